import { FLOWS, type Hub } from '../journeys/hub-process.ts';
import type { Signed } from '../journeys/vendors.ts';

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
type Effect = Awaited<ReturnType<Hub['records']>>[number];
type Book = Pick<Account, 'checks' | 'violations'>;

const FLOW_NAMES: readonly Flow[] = ['http', 'hubspot', 'slack'];
const IN_DEAD_LETTER_QUEUE = ['unknown', 'stopped'];

/**
 * Holds what a hub has against what it acknowledged. Nothing may be under way any more.
 *
 * @param deliveries Every row of the ledger. @default as the command line lists them, up to its cap
 */
export async function account(
  hub: Hub,
  acknowledged: readonly Signed[],
  deliveries?: readonly Row[],
): Promise<Account> {
  const all = deliveries ?? (await hub.deliveries());
  const book: Book = { checks: {}, violations: [] };
  const states: Record<string, number> = {};
  let effects = 0;
  for (const flow of FLOW_NAMES) {
    const rows = all.filter((row) => row.flow === FLOWS[flow]);
    const records = await hub.records(flow);
    for (const { state } of rows) states[state] = (states[state] ?? 0) + 1;
    const events = acknowledged.filter(({ source }) => wants(flow, source));
    const rowsOf = Map.groupBy(rows, ({ eventId }) => eventId);
    const effectsOf = Map.groupBy(records, EFFECT[flow].of);
    for (const event of events) {
      const done = effectsOf.get(EFFECT[flow].wanted(event))?.length ?? 0;
      checkDelivery(flow, event, rowsOf.get(event.eventId) ?? [], done, book);
    }
    const expected = rows.filter(({ state }) => IN_DEAD_LETTER_QUEUE.includes(state)).length;
    const [waiting, dead] = [rows.filter(isOpen).length, await hub.deadLetters(FLOWS[flow])];
    const left = await hub.depth(hub.names.queue(FLOWS[flow]));
    check(book, 'every unknown or stopped delivery lies in the dead-letter queue', dead === expected, () => {
      return `${flow}: ${dead} dead letters for ${expected} unknown or stopped deliveries`;
    });
    check(book, 'every waiting delivery has its message', waiting === left, () => {
      return `${flow}: ${waiting} deliveries are under way, with ${left} messages`;
    });
    check(book, 'nothing forged got in', rows.length === events.length && !records.some(isForged), () => {
      return `${flow}: ${rows.length} deliveries of ${events.length} events`;
    });
    for (const record of records) {
      check(
        book,
        'every effect was written once',
        record.writes === 1,
        () => `${flow}: ${record.key} was written ${record.writes} times`,
      );
    }
    effects += records.length;
  }
  return { states, effects, ...book };
}

/** Of one event and flow: one row; its effect once if it was delivered, at most once if it was not. */
function checkDelivery(flow: Flow, { eventId }: Signed, rows: readonly Row[], effects: number, book: Book): void {
  const [row] = rows;
  const of = `${flow}: ${eventId}`;
  check(book, 'nothing acknowledged is lost', rows.length === 1, () => `${of} has ${rows.length} deliveries`);
  check(book, 'nothing is done twice', effects <= 1, () => `${of} has ${effects} effects`);
  const isDone = row?.state !== 'delivered' || effects === 1;
  check(book, 'what is delivered has its effect', isDone, () => `${of} is delivered, with ${effects} effects`);
}

function check(book: Book, name: string, holds: boolean, violation: () => string): void {
  book.checks[name] = (book.checks[name] ?? 0) + 1;
  if (!holds) book.violations.push(violation());
}

const wants = (flow: Flow, source: string) =>
  flow === 'http' || (flow === 'hubspot' && source === 'shopify') || (flow === 'slack' && source === 'stripe');

const isOpen = ({ state }: Row) => state === 'waiting' || state === 'delivering';

/** What tells that a record is the effect of an event; a deal stands for its contact and their association. */
const EFFECT: Record<Flow, { of: (record: Effect) => string | undefined; wanted: (event: Signed) => string }> = {
  http: { of: ({ fields }) => JSON.stringify(fields.data), wanted: ({ body }) => body },
  hubspot: { of: ({ fields }) => String(fields.dealname), wanted: ({ eventId }) => `Order #${eventId}` },
  slack: {
    of: ({ fields }) => /\(([^)]*)\)/.exec(String(fields.text))?.[1],
    wanted: ({ eventId }) => eventId.replace('evt_', ''),
  },
};

const isForged = (record: Effect) => /\bf-\d/.test(JSON.stringify(record));
