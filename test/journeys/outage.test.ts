import { afterAll, beforeAll, expect, test } from 'vitest';
import { FLOWS, type Hub, inParallel, startHub, until } from './hub.ts';
import { type Signed, shopifyOrder, sourceSecrets } from './vendors.ts';

/** Too few to open the breaker: each goes through all of its attempts. */
const ORDERS = 8;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;
/** The most attempts of one cycle. */
const MOST_ATTEMPTS = 12;

let hub: Hub;
let orders: Signed[];

beforeAll(async () => {
  hub = await startHub({ secrets: sourceSecrets });
  orders = await Promise.all(Array.from({ length: ORDERS }, (_, number) => shopifyOrder(`o-${number}`)));
});
afterAll(() => hub.stop());

test('orders wait while HubSpot is down, stop as transient within three days, and hold up no other flow', async () => {
  await hub.mode('hubspot', 'down');
  await inParallel(orders, 4, (order) => hub.post(order));
  await settled();
  const atFirst = await hub.deliveries(FLOWS.hubspot);
  await pass(3 * DAY_MS, 2 * HOUR_MS);
  const after = await hub.deliveries(FLOWS.hubspot);

  expect(states(atFirst)).toEqual({ 'waiting transient': ORDERS });
  expect(states(after)).toEqual({ 'stopped transient': ORDERS });
  expect(Math.max(...after.map(({ attempts }) => attempts))).toBeLessThanOrEqual(MOST_ATTEMPTS);
  expect(states(await hub.deliveries(FLOWS.http))).toEqual({ 'delivered null': ORDERS });
  expect(await hub.calls('hubspot')).toBeLessThanOrEqual(ORDERS * MOST_ATTEMPTS);
}, 120_000);

test('each has used up its attempts, not its receives, and lies in the dead-letter queue', async () => {
  await until('the dead letters', async () => ((await hub.deadLetters(FLOWS.hubspot)) === ORDERS ? true : undefined));
  const rows = await hub.deliveries(FLOWS.hubspot);

  expect(rows.map(({ attempts }) => attempts)).toEqual(Array.from({ length: ORDERS }, () => MOST_ATTEMPTS));
});

test('nothing is lost when the outage lasts two weeks but for an hour: so long the dead-letter queue keeps messages', async () => {
  await pass(10 * DAY_MS + 23 * HOUR_MS, 13 * HOUR_MS + 9 * MINUTE_MS);

  expect(await hub.deadLetters(FLOWS.hubspot)).toBe(ORDERS);
  expect(states(await hub.deliveries(FLOWS.hubspot))).toEqual({ 'stopped transient': ORDERS });
});

test('after the mend a redrive delivers each order once', async () => {
  await hub.mode('hubspot', 'ok');

  const moved = await hub.redrive(FLOWS.hubspot);
  await hub.quiet();
  const records = await hub.records('hubspot');

  expect(moved).toBe(ORDERS);
  expect(states(await hub.deliveries(FLOWS.hubspot))).toEqual({ 'delivered null': ORDERS });
  expect(await hub.deadLetters(FLOWS.hubspot)).toBe(0);
  expect(
    records
      .filter(({ type }) => type === 'deals')
      .map(({ fields }) => fields.dealname)
      .sort(),
  ).toEqual(orders.map(({ eventId }) => `Order #${eventId}`).sort());
  expect(new Set(records.map(({ writes }) => writes))).toEqual(new Set([1]));
});

/** Lets time pass in steps, each when all that fell due in the one before it is done. */
async function pass(spanMs: number, stepMs: number): Promise<void> {
  for (let passed = 0; passed < spanMs; passed += stepMs) {
    await hub.advance(stepMs);
    await settled();
  }
}

/** Waits until every delivery to HubSpot is final or waits for a time to come. */
const settled = () =>
  until('what is due to be done', async () => {
    const [rows, now] = [await hub.deliveries(FLOWS.hubspot), await hub.now()];
    const isOver = ({ state, notBefore }: (typeof rows)[number]) =>
      state === 'stopped' || (state === 'waiting' && Date.parse(notBefore ?? '') > now.getTime());
    return (rows.length === ORDERS && rows.every(isOver)) || undefined;
  });

function states(rows: Awaited<ReturnType<Hub['deliveries']>>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state, errorClass } of rows) {
    counts[`${state} ${errorClass}`] = (counts[`${state} ${errorClass}`] ?? 0) + 1;
  }
  return counts;
}
