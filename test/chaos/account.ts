import { FLOWS, type Hub } from '../journeys/hub-process.ts';
import type { Signed } from '../journeys/vendors.ts';
import { type Book, openBook } from './book.ts';

export type Account = {
  /** Deliveries by their state. */
  states: Record<string, number>;
  /** Effects in the sandbox, each counted once. */
  effects: number;
  /** What was checked, and how often. */
  checks: Record<string, number>;
  violations: string[];
};

type Flow = keyof typeof FLOWS;
type Row = Pick<Awaited<ReturnType<Hub['deliveries']>>[number], 'flow' | 'eventId' | 'state'>;
export type Effect = Awaited<ReturnType<Hub['records']>>[number];
/** `order`: the name of the order that it is about, where that is not its id. */
export type Accepted = Signed & { order?: string };

export const TARGET_NAMES = Object.keys(FLOWS) as Flow[];
const IN_DEAD_LETTER_QUEUE = ['unknown', 'stopped'];

/**
 * Holds what a hub has against what it acknowledged. Nothing may be under way any more.
 *
 * @param deliveries Every row of the ledger. @default as the command line lists them, up to its cap
 * @param book Where it is written down. @default a new one
 */
export async function account(
  hub: Hub,
  acknowledged: readonly Accepted[],
  deliveries?: readonly Row[],
  book: Book = openBook(),
): Promise<Account> {
  const all = deliveries ?? (await hub.deliveries());
  const states: Record<string, number> = {};
  let effects = 0;
  for (const flow of TARGET_NAMES) {
    const rows = all.filter((row) => row.flow === FLOWS[flow]);
    const records = await hub.records(flow);
    for (const { state } of rows) states[state] = (states[state] ?? 0) + 1;
    const events = acknowledged.filter(({ source }) => wants(flow, source));
    const rowsOf = Map.groupBy(rows, ({ eventId }) => eventId);
    const effectsOf = effectsIn(flow, records);
    const eventsOf = Map.groupBy(events, (event) => effectOf(flow, event));
    for (const event of events) {
      const done = effectsOf.get(effectOf(flow, event))?.length ?? 0;
      checkDelivery(flow, event, rowsOf.get(event.eventId) ?? [], done, book);
    }
    await checkQueues(hub, flow, rows, book);
    book.check('nothing forged got in', rows.length === events.length && !records.some(isForged), () => {
      return `${flow}: ${rows.length} deliveries of ${events.length} events`;
    });
    for (const record of records) {
      const ofSeveral = (eventsOf.get(EFFECT[flow].of(record) ?? '')?.length ?? 1) > 1;
      // An update that comes later is a write of its own.
      if (ofSeveral) continue;
      const violation = () => `${flow}: ${record.key} was written ${record.writes} times`;
      book.check('every effect was written once', record.writes === 1, violation);
    }
    effects += records.length;
  }
  return { states, effects, checks: book.checks, violations: book.violations };
}

/** Of one event and flow: one row; its effect once if it was delivered, at most once if it was not. */
function checkDelivery(flow: Flow, { eventId }: Signed, rows: readonly Row[], effects: number, book: Book): void {
  const [row] = rows;
  const of = `${flow}: ${eventId}`;
  book.check('nothing acknowledged is lost', rows.length === 1, () => `${of} has ${rows.length} deliveries`, eventId);
  book.check('nothing is done twice', effects <= 1, () => `${of} has ${effects} effects`, eventId);
  const isDone = row?.state !== 'delivered' || effects === 1;
  const without = () => `${of} is delivered, with ${effects} effects`;
  book.check('what is delivered has its effect', isDone, without, eventId);
}

async function checkQueues(hub: Hub, flow: Flow, rows: readonly Row[], book: Book): Promise<void> {
  const expected = rows.filter(({ state }) => IN_DEAD_LETTER_QUEUE.includes(state)).length;
  const [waiting, dead] = [rows.filter(isOpen).length, await hub.deadLetters(FLOWS[flow])];
  const left = await hub.depth(hub.names.queue(FLOWS[flow]));
  book.check('every unknown or stopped delivery lies in the dead-letter queue', dead === expected, () => {
    return `${flow}: ${dead} dead letters for ${expected} unknown or stopped deliveries`;
  });
  book.check('every waiting delivery has its message', waiting === left, () => {
    return `${flow}: ${waiting} deliveries are under way, with ${left} messages`;
  });
}

export const wants = (flow: Flow, source: string) =>
  flow === 'http' || (flow === 'hubspot' && source === 'shopify') || (flow === 'slack' && source === 'stripe');

const isOpen = ({ state }: Row) => state === 'waiting' || state === 'delivering';

/** What tells that a record is the effect of an event; a deal stands for its contact and their association. */
const EFFECT: Record<Flow, { of: (record: Effect) => string | undefined; wanted: (event: Accepted) => string }> = {
  http: { of: ({ fields }) => JSON.stringify(fields.data), wanted: ({ body }) => body },
  hubspot: {
    of: ({ fields }) => String(fields.dealname),
    wanted: ({ eventId, order = eventId }) => `Order #${order}`,
  },
  slack: {
    of: ({ fields }) => /\(([^)]*)\)/.exec(String(fields.text))?.[1],
    wanted: ({ eventId }) => eventId.replace('evt_', ''),
  },
};

/** A target's records by what `effectOf` says of an event. */
export const effectsIn = (flow: Flow, records: readonly Effect[]) => Map.groupBy(records, EFFECT[flow].of);
export const effectOf = (flow: Flow, event: Accepted): string => EFFECT[flow].wanted(event);

const isForged = ({ fields }: Effect) => /\bf-\d/.test(JSON.stringify(fields));
