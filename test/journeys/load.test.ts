import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FLOWS, type Hub, inParallel, resourceNames, SOON, startHub } from './hub.ts';
import {
  genericLead,
  type Signed,
  shopifyOrder,
  sourceSecrets,
  standardWebhook,
  stripePaymentFailed,
} from './vendors.ts';

const REQUESTS = 2_000;
const CONCURRENCY = 16;
/** Of each hundred requests: the last five are forged, the five before repeat others. */
const FORGED_FROM = 95;
const REPEATED_FROM = 90;

const VENDORS = [shopifyOrder, stripePaymentFailed, standardWebhook, genericLead];

let hub: Hub;

beforeAll(async () => {
  hub = await startHub({ secrets: sourceSecrets });
});
afterAll(() => hub.stop());

test('2,000 webhooks, with repeated and forged ones among them, become exactly the right records', async () => {
  const requests: { signed: Signed; kind: 'new' | 'repeated' | 'forged' }[] = [];
  for (let number = 0; number < REQUESTS; number++) {
    const vendor = VENDORS[number % VENDORS.length]!;
    const place = number % 100;
    if (place >= FORGED_FROM) requests.push({ signed: await vendor(`f-${number}`, { forged: true }), kind: 'forged' });
    else if (place >= REPEATED_FROM) requests.push({ ...requests[number - 40]!, kind: 'repeated' });
    else requests.push({ signed: await vendor(`n-${number}`), kind: 'new' });
  }
  const fresh = (source?: string) =>
    requests.filter(({ signed, kind }) => kind === 'new' && (source === undefined || signed.source === source));
  const ids = (source?: string) => fresh(source).map(({ signed }) => signed.eventId);

  const statuses = await inParallel(requests, CONCURRENCY, async ({ signed }) => (await hub.post(signed)).status);
  await hub.quiet(60_000);

  expect(statuses).toEqual(requests.map(({ kind }) => (kind === 'forged' ? 401 : 200)));
  expect([fresh().length, requests.length - fresh().length]).toEqual([1_800, 200]);
  const rows = await hub.deliveries();
  const rowsOf = (name: string) => rows.filter(({ flow }) => flow === name).map(({ eventId }) => eventId);
  expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['delivered']));
  expect(rowsOf(FLOWS.http).sort()).toEqual(ids().sort());
  expect(rowsOf(FLOWS.hubspot).sort()).toEqual(ids('shopify').sort());
  expect(rowsOf(FLOWS.slack).sort()).toEqual(ids('stripe').sort());
  for (const flow of Object.values(FLOWS)) expect(await hub.deadLetters(flow)).toBe(0);

  const records = {
    hubspot: await hub.records('hubspot'),
    slack: await hub.records('slack'),
    http: await hub.records('http'),
  };
  expect(new Set(Object.values(records).flatMap((all) => all.map(({ writes }) => writes)))).toEqual(new Set([1]));
  const orders = fresh('shopify').length;
  expect(countsByType(records.hubspot)).toEqual({ contacts: orders, deals: orders, association: orders });
  expect(countsByType(records.slack)).toEqual({ message: fresh('stripe').length });
  expect(countsByType(records.http)).toEqual({ webhook: fresh().length });
  expect(Object.values(records).flat().filter(isForged)).toEqual([]);
  // On a slow machine an SDK may send a message twice: each that SQS took beside the one that was delivered is a duplicate.
  const superfluous = messagesTaken() - rows.length;
  expect(superfluous).toBeGreaterThanOrEqual(repeatedMessages());
  await expect.poll(() => duplicates(), SOON).toBe(superfluous);

  function repeatedMessages() {
    const repeated = requests.filter(({ kind }) => kind === 'repeated');
    return repeated.reduce((sum, { signed }) => sum + (['shopify', 'stripe'].includes(signed.source) ? 2 : 1), 0);
  }
}, 120_000);

const duplicates = () =>
  Object.values(FLOWS).reduce((sum, flow) => sum + hub.metric(resourceNames.deliverFunction(flow), 'Duplicates'), 0);

/** By all queues since the hub was made, from their own store: SQS numbers messages, and no call tells how many there were. */
function messagesTaken(): number {
  using database = new DatabaseSync(join(hub.folder, 'sqs.sqlite'), { readOnly: true, timeout: 5_000 });
  const taken = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'message'").get();
  return Number(taken?.seq);
}

const isForged = (record: { key: string; fields: object }) => /\bf-\d/.test(JSON.stringify(record));

function countsByType(records: readonly { type: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of records) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
