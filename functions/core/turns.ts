/**
 * A delivery's turn at its entity: in a flow whose latest event wins, one delivery of an entity is at work at a time, and
 * never one that is older than what was applied (docs/delivery.md, rule 11).
 *
 * The turn is asked for right after the claim and left with the commit. Both leases end at the same time, so whoever takes
 * over a delivery from a dead worker may take over its turn.
 */
import { type Outcome, WHEN } from './attempt.ts';
import { isLastReceive, parkedDelayMs, receiveFloorMs } from './backoff.ts';
import { type Commit, finalRow, outOfReceives } from './commit.ts';
import { DeliveryError, reach, Unreachable } from './delivery-error.ts';
import { deliveryId } from './delivery-id.ts';
import type { Admission, Entry, Hold, Leaving } from './entity.ts';
import { type Envelope, UNREADABLE } from './envelope.ts';
import type { Flow } from './flow.ts';
import { FUSE_DELIVERIES, type Fuse } from './fuse.ts';
import type { DeliveryRow } from './ledger.ts';
import { METRICS, speedOf, type Timing } from './names.ts';
import type { Clock, Entities, Ledger, Random, Telemetry, Written } from './ports.ts';
import { versionOf } from './version.ts';

/** What a delivery must say when it leaves its turn. */
export type Turn = Omit<Leaving, 'as' | 'now'>;

export type TurnPorts = { entities: Entities; fuse: Fuse; clock: Clock; random: Random; telemetry: Telemetry };

export type Asking = {
  readonly row: DeliveryRow;
  /** It has waited for the resumption of its entity. */
  readonly wasParked: boolean;
  readonly envelope: Envelope;
  readonly flow: Flow;
  readonly receiveCount: number;
  readonly timing: Timing;
};

/** `run`: it is its turn, or it needs none. Else what to commit without a run: an outcome, or the row itself. */
export type Taken =
  | { do: 'run'; turn: Turn | undefined }
  | { do: 'commit'; outcome: Outcome }
  | { do: 'write'; row: DeliveryRow; turn: Turn | undefined };

const FIRST_DELAY_MS = 2_000;
const LONGEST_BUSY_MS = 30_000;
/** The newer event has mostly failed and waits itself. Soon after its next try is when something may have become of it. */
const LONGEST_AFTER_TRY_MS = 300_000;
/** An operator may publish the newer one anew before its time. */
const LONGEST_BEHIND_MS = 3_600_000;

/** Asks for the turn of a claimed delivery. */
export async function takeTurn(asking: Asking, ports: TurnPorts): Promise<Taken> {
  const { row } = asking;
  try {
    const turn = turnOf(asking.flow, asking.envelope, row);
    if (!turn) return await passFuse(asking, ports);
    const entry = entryOf(turn, row, ports.clock.now());
    return judge(await reach('state table', () => ports.entities.enter(turn.entity, entry)), turn, asking, ports);
  } catch (error) {
    return { do: 'commit', outcome: { state: 'failed', error: asFailure(error) } };
  }
}

/** A delivery without an order to keep needs no turn, but may be part of a loop. */
async function passFuse(asking: Asking, ports: TurnPorts): Promise<Taken> {
  const { row, wasParked, flow, envelope } = asking;
  const entityId = entityIdOf(flow, envelope);
  if (!entityId) return { do: 'run', turn: undefined };
  const { flow: name, source } = row;
  const delivery = { counts: countOf(row), wasParked, now: ports.clock.now() };
  const passed = await reach('state table', () => {
    return ports.fuse.check({ flow: name, source, entityId }, delivery, ports.entities);
  });
  if (passed === 'pass') return { do: 'run', turn: undefined };
  if (passed === 'blown') reportParked(row, entityId, ports);
  return { do: 'write', row: heldRow('entity-parked', undefined, asking, ports), turn: undefined };
}

/** Writes a commit, and with it what it means for the entity. */
export function writeLeaving(
  { row, failedTry }: Commit,
  previousToken: string | undefined,
  turn: Turn | undefined,
  ports: { ledger: Ledger; entities: Entities; clock: Clock },
): Promise<Written> {
  const as = turn && leavesAs(row, turn);
  if (!turn || !as) return ports.ledger.write(row, previousToken, failedTry);
  const commit = { row, ...(failedTry && { failedTry }) };
  return ports.entities.leave(commit, previousToken, { ...turn, as, now: ports.clock.now() });
}

/** For a delivery that ends without its turn, but may be the one whose version is wanted. */
export function turnNotTaken(flow: Flow, envelope: Envelope, row: DeliveryRow): Turn | undefined {
  try {
    return turnOf(flow, envelope, row);
  } catch {
    // The flow's own `entity` threw, now or before: then nothing was ever wanted.
    return undefined;
  }
}

/** The turn of a delivery in a flow whose latest event wins; without a lease as yet. */
function turnOf(flow: Flow, envelope: Envelope, row: DeliveryRow): Turn | undefined {
  if (flow.order !== 'latest-wins') return undefined;
  const entityId = entityIdOf(flow, envelope);
  // The row's time is that of the first publication, which a sender's second one does not change.
  const version = versionOf({ ...envelope, acceptedAt: row.acceptedAt });
  if (!entityId || version === undefined) return undefined;
  const entity = { flow: row.flow, source: row.source, entityId };
  return { entity, delivery: row.key, version, token: undefined, newHour: undefined };
}

/** A request that could not be read is about nothing yet. */
function entityIdOf({ entity }: Flow, envelope: Envelope): string | null {
  if (envelope.type === UNREADABLE) return null;
  return entity ? entity(envelope) : envelope.entityId;
}

/** For the fuse a delivery counts once, when it first gets to run. */
const countOf = ({ tries, crashes }: DeliveryRow): 0 | 1 => (tries === 0 && crashes === 0 ? 1 : 0);

function entryOf({ delivery, version }: Turn, row: DeliveryRow, now: number): Entry {
  const { token, leaseUntil = now, messageExpiresAt: wantedUntil } = row;
  return { delivery, version, wantedUntil, token, now, leaseUntil, counts: countOf(row) };
}

function judge(admission: Admission, idle: Turn, asking: Asking, ports: TurnPorts): Taken {
  const { row } = asking;
  switch (admission.do) {
    case 'enter': {
      const turn = { ...idle, token: row.token, newHour: admission.newHour };
      if (admission.count <= FUSE_DELIVERIES) return { do: 'run', turn };
      reportParked(row, idle.entity.entityId, ports);
      return { do: 'write', row: heldRow('entity-parked', undefined, asking, ports), turn };
    }
    case 'supersede':
      return supersede(row, admission.by, ports);
    case 'wait':
      return { do: 'write', row: heldRow(admission.why, admission.until, asking, ports), turn: undefined };
  }
}

function supersede(row: DeliveryRow, by: string, ports: TurnPorts): Taken {
  if (row.openStep !== undefined) {
    const text = `step ${row.openStep} was under way, then a newer event of the entity was applied`;
    return { do: 'commit', outcome: { state: 'failed', error: new DeliveryError('unknown', 'open-call', text) } };
  }
  const reason = `a newer event of the entity was applied: ${deliveryId({ ...row, key: by })}`;
  const context = { now: ports.clock.now(), random: ports.random };
  return { do: 'write', row: finalRow(row, { state: 'superseded', reason }, context), turn: undefined };
}

/** Not its turn: no attempt and no failure. */
function heldRow(why: Hold, until: number | undefined, asking: Asking, { clock, random }: TurnPorts): DeliveryRow {
  const { row, receiveCount, timing } = asking;
  const now = clock.now();
  if (isLastReceive(receiveCount)) return outOfReceives(row, { now, random });
  const { leaseUntil: _, ...kept } = row;
  const delayMs = heldMs(why, until === undefined ? undefined : Math.max(0, until - now), asking, random);
  const notBefore = Math.ceil(now + Math.max(delayMs, receiveFloorMs(receiveCount, timing)));
  return { ...kept, state: 'waiting', reason: why, notBefore, token: random.id() };
}

/**
 * The holder of a lease is usually done within a second or two and a lease lasts for the rest of its invocation, so these
 * waits begin short and double up to the lease's end. Behind a newer event they begin anew when that one is tried again.
 */
function heldMs(why: Hold, untilMs: number | undefined, { receiveCount, timing }: Asking, random: Random): number {
  const backoffMs = (longestMs: number) =>
    (Math.min(longestMs, FIRST_DELAY_MS * 2 ** (receiveCount - 1)) * (0.5 + random.number() / 2)) / speedOf(timing);
  switch (why) {
    case 'entity-parked':
      return parkedDelayMs(timing);
    case 'entity-busy':
      return Math.min(backoffMs(LONGEST_BUSY_MS), untilMs ?? LONGEST_BUSY_MS);
    case 'entity-behind':
      return Math.min((untilMs ?? 0) + backoffMs(LONGEST_AFTER_TRY_MS), LONGEST_BEHIND_MS / speedOf(timing));
  }
}

function reportParked(row: DeliveryRow, entityId: string, { telemetry }: TurnPorts): void {
  telemetry.count(METRICS.entityParked);
  telemetry.log('error', 'entity parked', { deliveryId: deliveryId(row), entity: `${row.source}/${entityId}` });
}

/**
 * Every end but `superseded` is an end of this version, so that older ones are superseded: a skipped newest state too, for
 * what it says is that the target needs nothing, and an older state that said otherwise is out of date. What the flow's
 * `when` does not want was never an event of the flow.
 */
function leavesAs({ state, reason }: DeliveryRow, { token }: Turn): Leaving['as'] | undefined {
  if (state === 'delivering' || state === 'superseded') return undefined;
  if (state === 'waiting') return token === undefined ? undefined : reason === 'entity-parked' ? 'park' : 'wait';
  return state === 'stopped' || state === 'unknown' || reason === WHEN || token === undefined ? 'give-up' : 'apply';
}

/** Where the state table cannot be reached, or the flow's `entity` throws: the delivery waits as for any other such fault. */
function asFailure(error: unknown): DeliveryError {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof Unreachable)) return new DeliveryError('bug', 'entity', message, { cause: error });
  return new DeliveryError('transient', 'unreachable', message, { outcome: 'not-sent', cause: error });
}
