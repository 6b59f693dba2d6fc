/** What a hub promises beyond the sum of its deliveries, when everything is over and operators have done their part. */
import { isFinal } from '../../functions/core/ledger.ts';
import hubspotFlow from '../../functions/flows/shopify-order-to-hubspot-deal.ts';
import { definitionsOf } from '../../lib/cli/common.ts';
import { listParks } from '../../lib/ops/parks.ts';
import type { Ledger } from '../drills/ledger.ts';
import { FLOWS, type Hub } from '../journeys/hub-process.ts';
import type { Accepted, Effect } from './account.ts';
import type { Book } from './book.ts';

/** In a cycle, which a redrive begins anew. */
const MOST_ATTEMPTS = 12;
/** Failures that never reached a target, and classes that tell nothing about the delivery. */
const NOT_SENT = [
  'not-sent',
  'unreachable',
  'parked',
  'paused',
  'pacing',
  'no-connection',
  'bad-connection',
  'no-time',
];
const UNCOUNTED = ['auth', 'rate-limit'];

export async function checkInvariants(
  hub: Hub,
  events: readonly Accepted[],
  ledger: Ledger,
  book: Book,
): Promise<void> {
  checkRows(ledger, book);
  checkTries(ledger, book);
  checkRecords(await hub.records('hubspot'), events, book);
  const parks = await listParks(hub.address, await definitionsOf(hub.address.stage));
  for (const [flow, reasons] of parks) {
    book.check('no flow is parked any more', reasons.length === 0, () => `${flow}: ${JSON.stringify(reasons)}`);
  }
  const { queue, deadLetterQueue } = hub.names;
  for (const name of Object.values(FLOWS).flatMap((flow) => [queue(flow), deadLetterQueue(flow)])) {
    const depth = await hub.depth(name);
    book.check('queues and dead-letter queues are empty', depth === 0, () => `${name} holds ${depth} messages`);
  }
}

function checkRows({ rows }: Ledger, book: Book): void {
  for (const { flow, eventId, key, state, attempts } of rows) {
    const of = `${flow} ${key}`;
    book.check('every delivery is final', isFinal(state), () => `${of} is ${state}`, eventId);
    const isWithin = attempts <= MOST_ATTEMPTS;
    book.check('attempts stay within their budget', isWithin, () => `${of} had ${attempts}`, eventId);
  }
}

function checkTries({ rows, tries }: Ledger, book: Book): void {
  const eventIds = new Map(rows.map(({ flow, key, eventId }) => [`${flow} ${key}`, eventId]));
  const counted = new Map<string, number>();
  for (const { flow, key, cycle, errorClass, code, message, counted: isCounted } of tries) {
    const of = `${flow} ${key}`;
    const eventId = eventIds.get(of);
    const isWasted = isCounted && (NOT_SENT.includes(code) || UNCOUNTED.includes(errorClass));
    book.check('an attempt is a call that was sent', !isWasted, () => `${of}: ${errorClass} ${code} counted`, eventId);
    // Three workers killed in a row are what the rules call so.
    const isBug = errorClass === 'bug' && code !== 'crashes';
    book.check('nothing failed by a bug', !isBug, () => `${of}: ${code} ${message}`, eventId);
    const inCycle = (counted.get(`${of} ${cycle}`) ?? 0) + (isCounted ? 1 : 0);
    counted.set(`${of} ${cycle}`, inCycle);
    const isWithin = inCycle <= MOST_ATTEMPTS;
    book.check('attempts stay within their budget', isWithin, () => `${of} had ${inCycle} in a cycle`, eventId);
  }
}

/** An upsert may be written again; a record of its own may not come of it. */
function checkRecords(records: readonly Effect[], events: readonly Accepted[], book: Book): void {
  const identities = records.map(({ type, key, fields }) =>
    JSON.stringify([type, fields.dealname ?? fields.email ?? key]),
  );
  const times = Map.groupBy(identities, (identity) => identity);
  for (const [identity, { length }] of times) {
    book.check('no record is there twice', length === 1, () => `${identity} is there ${length} times`);
  }
  const dealOf = new Map(records.map((record) => [record.fields.dealname, record]));
  const byOrder = Map.groupBy(
    events.filter(({ source }) => source === 'shopify'),
    ({ order }) => order,
  );
  for (const [order, about] of byOrder) {
    const amount = String(dealOf.get(`Order #${order}`)?.fields.amount);
    const said = about.map(({ body }) => String(JSON.parse(body).total_price)).sort();
    const right = hubspotFlow.order === 'latest-wins' ? said.slice(-1) : said;
    const violation = () => `order ${order} has ${amount}, of ${right}`;
    book.check('a record is what its events said', right.includes(amount), violation, about.at(-1)?.eventId);
  }
}
