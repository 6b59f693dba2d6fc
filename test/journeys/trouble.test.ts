import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FLOWS, type Hub, resourceNames, SOON, startHub } from './hub.ts';
import { genericLead, shopifyOrder, sourceSecrets, stripePaymentFailed } from './vendors.ts';

const MINUTE_MS = 60_000;

let hub: Hub;

beforeAll(async () => {
  hub = await startHub({ secrets: sourceSecrets });
});
afterAll(() => hub.stop());

describe('an order, while HubSpot', () => {
  test.each([
    // What it does, the class that the delivery waits with, and whether such a failure counts as an attempt.
    ['down', 'transient', true],
    ['lose-answers', 'transient', true],
    ['revoke', 'auth', false],
  ])('is told to "%s", waits as %s, and arrives once it is well', async (mode, errorClass, counted) => {
    const order = await shopifyOrder(`${mode}-${mode.length}`);
    await hub.mode('hubspot', mode);

    const answer = await hub.post(order);
    const waiting = await hub.reaches(FLOWS.hubspot, order.eventId, 'waiting');
    await hub.mode('hubspot', 'ok');
    // Refused credentials park the flow, until the guard's probe finds them good again.
    if (errorClass === 'auth') await hub.guardRuns(2 * MINUTE_MS);
    const delivered = await hub.reaches(FLOWS.hubspot, order.eventId, 'delivered');

    expect(answer.status).toBe(200);
    expect(waiting.errorClass).toBe(errorClass);
    expect(waiting.attempts > 0).toBe(counted);
    expect(delivered).toMatchObject({ errorClass: null, code: null });
    expect(delivered.attempts > 1).toBe(counted);
    expect(await writesOf(mode)).toEqual(['contacts 1', 'deals 1']);
    expect(await hub.deadLetters(FLOWS.hubspot)).toBe(0);
  });

  test('has revoked the token, raises the metric AuthFailed', async () => {
    const deliver = resourceNames.deliverFunction(FLOWS.hubspot);

    await expect.poll(() => hub.metric(deliver, 'AuthFailed'), SOON).toBeGreaterThan(0);
  });

  test('is down, holds up nobody but its own flow', async () => {
    const order = await shopifyOrder('alone-21');
    await hub.mode('hubspot', 'down');

    await hub.post(order);
    await hub.reaches(FLOWS.hubspot, order.eventId, 'waiting');
    const other = await hub.reaches(FLOWS.http, order.eventId, 'delivered');
    await hub.mode('hubspot', 'ok');

    expect(other.attempts).toBe(1);
    await hub.reaches(FLOWS.hubspot, order.eventId, 'delivered');
  });
});

test('a payment waits as long as Slack asks for, which is no attempt, and arrives', async () => {
  const payment = await stripePaymentFailed('rate-limited');
  await hub.mode('slack', 'rate-limit');

  await hub.post(payment);
  const waiting = await hub.reaches(FLOWS.slack, payment.eventId, 'waiting');
  await hub.mode('slack', 'ok');
  const delivered = await hub.reaches(FLOWS.slack, payment.eventId, 'delivered');

  expect(waiting).toMatchObject({ errorClass: 'rate-limit', code: 'ratelimited', attempts: 0 });
  expect(Date.parse(waiting.notBefore ?? '') - Date.parse(waiting.acceptedAt)).toBeGreaterThanOrEqual(2_000);
  expect(delivered.attempts).toBe(1);
  expect(await messagesAbout('rate-limited')).toEqual([1]);
});

test('a lead is delivered at the first attempt though its receiver is slow', async () => {
  const lead = await genericLead('slow');
  await hub.mode('http', 'slow');

  await hub.post(lead);
  const delivered = await hub.reaches(FLOWS.http, lead.eventId, 'delivered');
  await hub.mode('http', 'ok');

  expect(delivered.attempts).toBe(1);
});

test('a message to Slack whose answer was lost is unknown, goes to the dead-letter queue and is never posted again', async () => {
  const payment = await stripePaymentFailed('lost');
  await hub.mode('slack', 'lose-answers');
  const callsBefore = await hub.calls('slack');

  await hub.post(payment);
  const unknown = await hub.reaches(FLOWS.slack, payment.eventId, 'unknown');
  await hub.quiet();
  await hub.mode('slack', 'ok');
  const deadLetters = await hub.deadLetters(FLOWS.slack);
  const moved = await hub.redrive(FLOWS.slack);
  await hub.quiet();
  await hub.post(payment);
  await hub.quiet();

  expect(unknown).toMatchObject({ errorClass: 'unknown', code: 'no-answer' });
  expect([deadLetters, moved]).toEqual([1, 1]);
  expect(await hub.delivery(FLOWS.slack, payment.eventId)).toMatchObject({
    state: 'unknown',
    attempts: unknown.attempts,
  });
  expect(await hub.deadLetters(FLOWS.slack)).toBe(1);
  expect((await hub.calls('slack')) - callsBefore).toBe(1);
  expect(await messagesAbout('lost')).toEqual([1]);
});

test.each([
  ['--happened', 'delivered', 1],
  ['--repeat', 'delivered', 2],
])('what is unknown is resolved by "%s", and leaves the dead-letter queue', async (word, state, posts) => {
  const invoice = `resolved${word}`;
  const payment = await stripePaymentFailed(invoice);
  await hub.mode('slack', 'lose-answers');
  await hub.post(payment);
  await hub.reaches(FLOWS.slack, payment.eventId, 'unknown');
  await hub.quiet();
  await hub.mode('slack', 'ok');
  const before = await hub.deadLetters(FLOWS.slack);
  const { deliveryId } = (await hub.delivery(FLOWS.slack, payment.eventId))!;

  const tried = await hub.cli('resolve', deliveryId, word, '--dry-run', '--json');
  const resolved = await hub.cli('resolve', deliveryId, word, '--by', 'ada', '--json');
  await hub.quiet();
  const again = await hub.cli('resolve', deliveryId, word);

  expect([tried.code, resolved.code]).toEqual([0, 0]);
  expect(await hub.delivery(FLOWS.slack, payment.eventId)).toMatchObject({ state });
  expect(await hub.deadLetters(FLOWS.slack)).toBe(before - 1);
  expect(await messagesAbout(invoice)).toEqual(Array(posts).fill(1));
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('only an unknown delivery is resolved') });
});

/** How often the order's contact and deal were written. */
async function writesOf(id: string) {
  const records = await hub.records('hubspot');
  const own = records.filter(({ key, fields }) => key.startsWith(id) || String(fields.dealname).includes(id));
  return own.map(({ type, writes }) => `${type} ${writes}`);
}

/** The writes of each message that names this invoice. */
const messagesAbout = async (invoice: string) =>
  (await hub.records('slack'))
    .filter(({ fields }) => String(fields.text).includes(invoice))
    .map(({ writes }) => writes);
