/**
 * The operators: when the troubles are over they do what the runbook says. What is unknown is looked up in the target and
 * resolved by what is there; what stopped is redriven.
 */
import { deliveryId } from '../../functions/core/delivery-id.ts';
import { isFinal } from '../../functions/core/ledger.ts';
import { showDeadLetters } from '../../lib/ops/dead-letters.ts';
import { resolveDelivery } from '../../lib/ops/resolve.ts';
import { type Ledger, readLedger } from '../drills/ledger.ts';
import { FLOWS, type Hub } from '../journeys/hub-process.ts';
import { type Accepted, effectOf, effectsIn, TARGET_NAMES } from './account.ts';
import type { Book } from './book.ts';
import type { TargetName } from './calendar.ts';
import { settle } from './settle.ts';
import type { World } from './world.ts';

const MOST_ROUNDS = 6;
const MOST_DEAD_LETTERS = 100_000;
/** The rest is resolved by what the command calls: a process for each would take most of the time. */
const BY_COMMAND = 3;

export type Repairs = { happened: number; repeated: number; redriven: number };

/** @returns What they did, in rounds, until the dead-letter queues were empty. */
export async function operate(world: World, events: readonly Accepted[], book: Book): Promise<Repairs> {
  const repairs: Repairs = { happened: 0, repeated: 0, redriven: 0 };
  const byId = new Map(events.map((event) => [event.eventId, event]));
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const hub = world.hub();
    const ledger = await readLedger(hub);
    if (round === 1) await checkBeforeAnyWord(hub, events, book);
    const dead = await lookAtDeadLetters(hub, ledger, book);
    if (dead === 0) break;
    for (const target of TARGET_NAMES) await resolveAll(hub, target, ledger, byId, repairs);
    for (const flow of Object.values(FLOWS)) repairs.redriven += await redrive(hub, flow);
    if (!(await settle(world))) break;
  }
  return repairs;
}

/** A message to Slack cannot be repeated, so none may be there twice. */
async function checkBeforeAnyWord(hub: Hub, events: readonly Accepted[], book: Book): Promise<void> {
  const posted = effectsIn('slack', await hub.records('slack'));
  for (const event of events.filter(({ source }) => source === 'stripe')) {
    const times = posted.get(effectOf('slack', event))?.length ?? 0;
    const violation = () => `${event.eventId} was posted ${times} times`;
    book.check('nothing is repeated without a human’s word', times <= 1, violation, event.eventId);
  }
}

/** Only what stopped, or is unknown, is moved there; its message may outlive its end by another copy. */
async function lookAtDeadLetters(hub: Hub, { rows }: Ledger, book: Book): Promise<number> {
  let count = 0;
  const found = new Set<string>();
  const eventIds = new Map(rows.map((row) => [deliveryId(row), row.eventId]));
  for (const flow of Object.values(FLOWS)) {
    for (const { deliveryId: id, state } of await showDeadLetters(hub.address, flow, MOST_DEAD_LETTERS)) {
      count += 1;
      found.add(id);
      const isEnded = ['stopped', 'unknown'].includes(state) || isFinal(state as Parameters<typeof isFinal>[0]);
      const violation = () => `${id} is ${state}, in a dead-letter queue`;
      book.check('no message ran out of receives', isEnded, violation, eventIds.get(id));
    }
  }
  for (const row of rows) {
    const id = deliveryId(row);
    const { state, reason, eventId } = row;
    const isIn = !['stopped', 'unknown'].includes(state) || found.has(id);
    const violation = () => `${id} is ${state} without a message`;
    book.check('what stopped or is unknown is in the dead-letter queue', isIn, violation, eventId);
    book.check('no message ran out of receives', reason !== 'receives', () => `${id} is ${state} by receives`, eventId);
  }
  return count;
}

async function resolveAll(
  hub: Hub,
  target: TargetName,
  { rows }: Ledger,
  events: ReadonlyMap<string, Accepted>,
  repairs: Repairs,
): Promise<void> {
  const unknown = rows.filter(({ flow, state }) => flow === FLOWS[target] && state === 'unknown');
  if (unknown.length === 0) return;
  const effects = effectsIn(target, await hub.records(target));
  for (const row of unknown) {
    const event = events.get(String(row.eventId));
    // Forged: the account says so.
    if (!event) continue;
    const hasHappened = effects.has(effectOf(target, event));
    const isByCommand = repairs.happened + repairs.repeated < BY_COMMAND;
    await (isByCommand ? resolveByCommand : resolveDirectly)(hub, deliveryId(row), hasHappened);
    repairs[hasHappened ? 'happened' : 'repeated'] += 1;
  }
}

async function resolveByCommand(hub: Hub, id: string, hasHappened: boolean): Promise<void> {
  // Both flows whose calls may be in doubt make one call only, the one that they return.
  const word = hasHappened ? ['--happened', '--step', 'result'] : ['--repeat'];
  const { code, stderr } = await hub.cli('resolve', id, ...word, '--by', 'chaos');
  if (code !== 0) throw new Error(`[chaos] syncline resolve ${id} failed: ${stderr}`);
}

async function resolveDirectly({ address }: Hub, id: string, hasHappened: boolean): Promise<void> {
  const word = hasHappened ? ({ how: 'happened', step: 'result' } as const) : ({ how: 'repeat' } as const);
  await resolveDelivery(address, id, word, { by: 'chaos', dryRun: false });
}

async function redrive(hub: Hub, flow: string): Promise<number> {
  const { code, stderr, json } = await hub.cli('dlq', 'redrive', flow, '--json');
  if (code !== 0) throw new Error(`[chaos] syncline dlq redrive ${flow} failed: ${stderr}`);
  return Number(json()[0]?.moved ?? 0);
}
