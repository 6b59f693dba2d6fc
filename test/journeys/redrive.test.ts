import { afterAll, beforeAll, expect, test } from 'vitest';
import { FLOWS, type Hub, startHub, until } from './hub.ts';
import { type Signed, shopifyOrder, sourceSecrets } from './vendors.ts';

/** The tests tell one story, in their order: HubSpot refuses, is mended, and what stopped is sent again. */
let hub: Hub;
const orders: Signed[] = [];

beforeAll(async () => {
  hub = await startHub({ secrets: sourceSecrets });
  for (const number of [1, 2, 3, 4, 5, 6]) orders.push(await shopifyOrder(`order-${number}`));
});
afterAll(() => hub.stop());

const statesOf = async () => (await hub.deliveries(FLOWS.hubspot)).map(({ state }) => state);
const of = <Value>(value: Value) => orders.map(() => value);

test('orders that HubSpot refuses stop as validation and go to the dead-letter queue, one message each', async () => {
  await hub.mode('hubspot', 'down');
  await Promise.all(orders.map(hub.post));
  await until('all to be tried', async () => {
    const tried = (await hub.deliveries(FLOWS.hubspot)).filter(({ attempts }) => attempts > 0);
    return tried.length === orders.length ? tried : undefined;
  });
  // Accepted before the stop: the vendor has not understood our first answer.
  await Promise.all(orders.map(hub.post));
  await hub.mode('hubspot', 'refuse');

  await hub.quiet();

  const deliveries = await hub.deliveries(FLOWS.hubspot);
  expect(deliveries.map(({ state, errorClass }) => [state, errorClass])).toEqual(of(['stopped', 'validation']));
  expect(await hub.deadLetters(FLOWS.hubspot)).toBe(orders.length);
  expect(await hub.records('hubspot')).toEqual([]);
});

test('the vendor’s own resend of a stopped order is tried again, and stops again', async () => {
  const calls = await hub.calls('hubspot');

  await hub.post(orders[0]!);
  await hub.quiet();

  expect((await hub.calls('hubspot')) - calls).toBe(1);
  expect(await statesOf()).toEqual(of('stopped'));
  expect(await hub.deadLetters(FLOWS.hubspot)).toBe(orders.length + 1);
});

test('"dlq list" and "dlq show" say what stopped and why', async () => {
  const [list, show] = await Promise.all([
    hub.cli('dlq', 'list', '--json'),
    hub.cli('dlq', 'show', FLOWS.hubspot, '--json'),
  ]);

  expect(list.json()).toEqual([
    { flow: FLOWS.http, messages: 0 },
    { flow: FLOWS.hubspot, messages: orders.length + 1 },
    { flow: FLOWS.slack, messages: 0 },
  ]);
  expect(show.json()).toHaveLength(orders.length + 1);
  expect(show.json()[0]).toMatchObject({
    ...{ type: 'orders/paid', state: 'stopped', errorClass: 'validation', code: 'VALIDATION_ERROR' },
    message: 'hubspot.upsertContact: Property values were not valid: the sandbox is told to refuse',
  });
});

test('once HubSpot is mended, the redrive of the AWS console delivers each, once', async () => {
  await hub.mode('hubspot', 'ok');

  const moved = await hub.redrive(FLOWS.hubspot);
  await hub.quiet();

  expect(moved).toBe(orders.length + 1);
  expect(await statesOf()).toEqual(of('delivered'));
  expect(await hub.deadLetters(FLOWS.hubspot)).toBe(0);
  const records = await hub.records('hubspot');
  expect(records.map(({ type }) => type).sort()).toEqual([...of('association'), ...of('contacts'), ...of('deals')]);
  expect(records.map(({ writes }) => writes)).toEqual([...of(1), ...of(1), ...of(1)]);
});

test('"show" tells it all: accepted, each try with its class and duration, the redrive, the ids', async () => {
  const shown = await hub.cli('show', orders[1]!.eventId, '--json');

  const [toHubSpot] = shown.json().filter(({ flow }) => flow === FLOWS.hubspot);
  const timeline = (toHubSpot!.timeline as { at: string; what: string }[]).map(({ what }) => what);
  const tries = timeline.filter((what) => what.startsWith('try'));
  expect(shown.code).toBe(0);
  expect(toHubSpot).toMatchObject({ eventId: orders[1]!.eventId, state: 'delivered', type: 'orders/paid' });
  expect(timeline[0]).toBe('accepted as orders/paid');
  expect(tries.length).toBeGreaterThanOrEqual(2);
  expect(tries[0]).toMatch(
    /^try 1 failed after \d+ ms: transient \(http-503\) hubspot\.upsertContact: status 503; waits until \d/,
  );
  expect(tries.at(-1)).toMatch(
    /^try \d+ failed after \d+ ms: validation \(VALIDATION_ERROR\) hubspot\.upsertContact: .*; stopped$/,
  );
  expect(timeline.slice(timeline.indexOf(tries.at(-1)!) + 1)).toEqual([
    'redriven: cycle 2 begins',
    expect.stringMatching(/^step contact done: \{"id":"\d+","created":true\}$/),
    expect.stringMatching(/^step deal done: \{"id":"\d+","created":true\}$/),
    expect.stringMatching(/^delivered in \d+ ms, attempt \d+: \{"fromId":"\d+","toId":"\d+"\}$/),
  ]);
});

test('redriving what was delivered meanwhile changes nothing', async () => {
  const order = await shopifyOrder('resent-7');
  await hub.mode('hubspot', 'refuse');
  await hub.post(order);
  await hub.quiet();
  await hub.mode('hubspot', 'ok');
  await hub.post(order);
  await hub.reaches(FLOWS.hubspot, order.eventId, 'delivered');
  const before = { records: await hub.records('hubspot'), calls: await hub.calls('hubspot') };

  const redriven = await hub.cli('dlq', 'redrive', FLOWS.hubspot, '--json');
  await hub.quiet();

  expect(redriven.json()).toEqual([{ flow: FLOWS.hubspot, messages: 1, moved: 1 }]);
  expect({ records: await hub.records('hubspot'), calls: await hub.calls('hubspot') }).toEqual(before);
  expect(await hub.deadLetters(FLOWS.hubspot)).toBe(0);
  expect(await hub.delivery(FLOWS.hubspot, order.eventId)).toMatchObject({ state: 'delivered' });
});

test('"dlq redrive" of an empty dead-letter queue moves nothing and says so', async () => {
  const redriven = await hub.cli('dlq', 'redrive', FLOWS.hubspot);

  expect(redriven).toMatchObject({
    code: 0,
    stdout: `0 messages in the dead-letter queue of ${FLOWS.hubspot}; nothing was moved\n`,
  });
});
