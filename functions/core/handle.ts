/**
 * One message of a flow's queue: claim its delivery, try it, commit what came of it, and say what becomes of the message.
 */
import { type AttemptPorts, attempt, type Outcome, WHEN } from './attempt.ts';
import { isLastReceive, receiveFloorMs, unreachableDelayMs } from './backoff.ts';
import { claimedRow, type Decision, decide, leftByDead, type Message } from './claim.ts';
import { type Commit, commitOf, finalRow, killsWorkers, outOfReceives } from './commit.ts';
import { DeliveryError, reach, Unreachable } from './delivery-error.ts';
import { deliveryId } from './delivery-id.ts';
import { decodeEnvelope, type Envelope, UNREADABLE } from './envelope.ts';
import type { Flow } from './flow.ts';
import { type DeliveryRow, isFinal, LeaseLost, type StepRow } from './ledger.ts';
import {
  CALL_ABORT_MARGIN_MS,
  CALL_TIMEOUT_MS,
  LEASE_MARGIN_MS,
  METRICS,
  QUEUE,
  type Timing,
  visibilityTimeoutMs,
} from './names.ts';
import { redact } from './redact.ts';
import { report } from './report.ts';
import { type Turn, type TurnPorts, takeTurn, turnNotTaken, writeLeaving } from './turns.ts';

export type DeliverPorts = AttemptPorts & TurnPorts;

export type Invocation = {
  readonly flow: Flow;
  readonly flowName: string;
  readonly timing: Timing;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly deadline: number;
};

/** What becomes of a message: deleted, or back after `delayMs` (undefined: when its visibility ends by itself). */
export type Verdict = { keep: false } | { keep: true; delayMs: number | undefined };
const DELETE: Verdict = { keep: false };
const DRAIN: Verdict = { keep: true, delayMs: 0 };
/** Touch nothing: somebody else works on it. */
export const LEAVE: Verdict = { keep: true, delayMs: undefined };

/** Below this, no other message is claimed. */
const MIN_REMAINING_MS = CALL_TIMEOUT_MS + CALL_ABORT_MARGIN_MS;
const YOUNG_MS = 3_600_000;
/** Lost races for a claim, each of which may need a look and a second look. */
const MAX_CLAIM_ROUNDS = 5;

/** A message of ours, and what there is to handle it with. */
type Received = {
  message: Message;
  envelope: Envelope;
  invocation: Invocation;
  ports: DeliverPorts;
  /** Its delivery has waited for the resumption of its entity … */
  wasParked?: boolean;
  /** … or has its turn there. */
  turn?: Turn;
};

/**
 * Handles one message.
 *
 * @param runSuspect Whether to run a delivery whose last worker died.
 * @returns `suspect` when it was not run for that reason.
 */
export async function handle(
  message: Message,
  invocation: Invocation,
  ports: DeliverPorts,
  runSuspect: boolean,
): Promise<Verdict | 'suspect'> {
  const envelope = envelopeOf(message, invocation);
  if ('problem' in envelope) {
    ports.telemetry.log('error', 'not a message of ours', { messageId: message.messageId, problem: envelope.problem });
    return DRAIN;
  }
  const received = { message, envelope, invocation, ports };
  try {
    if (isUnwanted(envelope, invocation.flow)) return await filterOut(received);
    if (isLate(invocation, ports) && !isLastReceive(message.receiveCount)) return handBack(message, invocation, ports);
    return await claimAndRun(received, runSuspect);
  } catch (error) {
    if (error instanceof LeaseLost) return await afterLostLease(received);
    // Anything else is a bug of ours; it must not take the other messages of the batch along.
    ports.telemetry.count(error instanceof Unreachable ? METRICS.unreachable : METRICS.bug);
    const { message: text, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
    const fields = {
      deliveryId: deliveryId(envelope),
      error: redact(text),
      ...(cause ? { cause: redact(String(cause)) } : {}),
    };
    ports.telemetry.log('error', 'not handled', fields);
    return putOff(message, invocation, ports);
  }
}

/** What it takes to handle the message cannot be reached: nothing of this needs a database. */
export function putOff(message: Message, invocation: Invocation, ports: DeliverPorts): Verdict {
  const delayMs = Math.max(
    unreachableDelayMs(ports.random, invocation.timing),
    jitter(floor(message, invocation), ports),
  );
  return { keep: true, delayMs };
}

/** Our envelope, for this flow. Another flow's message (a redrive to the wrong queue) would run under its row. */
function envelopeOf(message: Message, { flowName }: Invocation): Envelope | { problem: string } {
  const envelope = decodeEnvelope(message.body);
  if ('problem' in envelope || envelope.flow === flowName) return envelope;
  return { problem: `the message is for flow ${envelope.flow.slice(0, 100)}` };
}

/** A predicate that throws is asked again by the attempt, where it is a bug of this delivery alone. */
function isUnwanted(envelope: Envelope, flow: Flow): boolean {
  try {
    return envelope.type !== UNREADABLE && flow.when?.(envelope) === false;
  } catch {
    return false;
  }
}

async function claimAndRun(received: Received, runSuspect: boolean): Promise<Verdict | 'suspect'> {
  const { message, envelope, invocation, ports } = received;
  const { ledger, clock, random } = ports;
  // The first receive of a young message usually finds no row; of all others a read is cheaper than a failed condition.
  const isYoung = clock.now() - envelope.acceptedAt < YOUNG_MS && !envelope.reissue;
  const isNew = message.receiveCount === 1 && isYoung;
  let known: { row: DeliveryRow | undefined; steps: readonly StepRow[] | undefined } = isNew
    ? { row: undefined, steps: [] }
    : await reach('ledger', () => ledger.read(envelope));
  for (let round = 0; round < MAX_CLAIM_ROUNDS; round++) {
    const now = clock.now();
    const decision = decide(known.row, message, envelope, now, visibilityTimeoutMs(invocation.flow.freshness));
    if (decision.do !== 'claim') return await withoutClaim(decision, known.row, received);
    if (decision.suspect && !runSuspect) return 'suspect';
    if (!known.steps) {
      known = await reach('ledger', () => ledger.read(envelope));
      continue;
    }
    const { row: previous, steps } = known;
    const { runHash } = invocation.flow;
    const lease = { token: random.id(), now, until: invocation.deadline + LEASE_MARGIN_MS, runHash };
    const row = claimedRow(previous, decision, message, envelope, lease);
    const write = await reach('ledger', () => ledger.write(row, previous?.token));
    if (write.written) return await run(row, steps, { ...received, wasParked: previous?.reason === 'entity-parked' });
    known = { row: write.stored, steps: undefined };
  }
  return handBack(message, invocation, ports);
}

async function withoutClaim(
  decision: Exclude<Decision, { do: 'claim' }>,
  row: DeliveryRow | undefined,
  received: Received,
): Promise<Verdict> {
  const { message, envelope, ports } = received;
  switch (decision.do) {
    case 'delete':
      ports.telemetry.count(METRICS.duplicates);
      return DELETE;
    case 'drain':
      if (row && decision.adopt) await adopt(row, received);
      return DRAIN;
    case 'hold':
      return await hold(decision, row!, received);
    case 'refuse': {
      const text = 'accepted more than 30 days ago and no longer remembered: replay it on purpose';
      const error = new DeliveryError('permanent', decision.why, text);
      const now = ports.clock.now();
      const lease = { token: ports.random.id(), now, until: now, runHash: received.invocation.flow.runHash };
      const claimed = claimedRow(undefined, { do: 'claim', cause: 'first', suspect: false }, message, envelope, lease);
      return await commit(claimed, undefined, { state: 'failed', error }, received);
    }
  }
}

/** A redriven copy takes the place of the one the row names. */
async function adopt(row: DeliveryRow, { message, ports }: Received): Promise<void> {
  const messageExpiresAt = message.sentAt + QUEUE.retentionMs;
  const adopted = { ...row, messageId: message.messageId, messageExpiresAt, token: ports.random.id() };
  await reach('ledger', () => ports.ledger.write(adopted, row.token));
}

async function hold(
  decision: Extract<Decision, { do: 'hold' }>,
  row: DeliveryRow,
  received: Received,
): Promise<Verdict> {
  const { message, invocation, ports } = received;
  const now = ports.clock.now();
  if (isLastReceive(message.receiveCount) && row.state === 'waiting') {
    const stopped = outOfReceives(row, { now, random: ports.random });
    return await write({ row: stopped }, row.token, received);
  }
  if (decision.adopt) await adopt(row, received);
  return { keep: true, delayMs: Math.max(decision.until - now, floor(message, invocation)) };
}

async function run(row: DeliveryRow, steps: readonly StepRow[], received: Received): Promise<Verdict> {
  const { envelope, invocation, ports } = received;
  if (killsWorkers(row)) {
    const text = `${row.crashes} workers ended in a row with this delivery in hand (time-out, memory or crash)`;
    const error = new DeliveryError('bug', 'crashes', text);
    return await commit(row, row.token, { state: 'failed', error }, received);
  }
  const { flow, timing, deadline } = invocation;
  const { wasParked = false } = received;
  const { receiveCount } = received.message;
  const taken = await takeTurn({ row, wasParked, envelope, flow, receiveCount, timing }, ports);
  if (taken.do === 'commit') return await commit(row, row.token, taken.outcome, received);
  const inTurn = { ...received, ...(taken.turn && { turn: taken.turn }) };
  if (taken.do === 'write') return await write({ row: taken.row }, row.token, inTurn);
  const tried = await attempt({ flow, envelope, row, steps, deadline }, ports);
  return await commit(tried.row, tried.row.token, tried.outcome, inTurn);
}

async function commit(
  row: DeliveryRow,
  previousToken: string | undefined,
  outcome: Outcome,
  received: Received,
): Promise<Verdict> {
  const { message, invocation, ports } = received;
  const context = {
    ...{ now: ports.clock.now(), receiveCount: message.receiveCount },
    ...{ timing: invocation.timing, random: ports.random },
  };
  return await write(commitOf(row, outcome, context), previousToken, received);
}

/** The ledger first; what becomes of the message follows from the row. */
async function write(decided: Commit, previousToken: string | undefined, received: Received): Promise<Verdict> {
  const { row } = decided;
  const { message, envelope, invocation, ports } = received;
  const turn = received.turn ?? turnNotTaken(invocation.flow, envelope, row);
  const written = await reach('ledger', () => writeLeaving(decided, previousToken, turn, ports));
  if (!written.written) throw new LeaseLost();
  report(row, message, ports);
  if (isFinal(row.state)) return DELETE;
  if (row.state !== 'waiting') return DRAIN;
  return { keep: true, delayMs: row.notBefore! - ports.clock.now() };
}

/** `when` says no: nothing is written, unless an unfinished row of an earlier predicate must end. */
async function filterOut(received: Received): Promise<Verdict> {
  const { message, envelope, invocation, ports } = received;
  const { row: stored } = await reach('ledger', () => ports.ledger.read(envelope));
  if (!stored || isFinal(stored.state)) {
    ports.telemetry.count(stored ? METRICS.duplicates : METRICS.skipped);
    return DELETE;
  }
  const now = ports.clock.now();
  const decision = decide(stored, message, envelope, now, visibilityTimeoutMs(invocation.flow.freshness));
  const isIdle = stored.state === 'waiting' || stored.state === 'stopped';
  if (decision.do === 'delete' || (decision.do !== 'claim' && !isIdle)) {
    return await withoutClaim(decision, stored, received);
  }
  const row = decision.do === 'claim' && decision.suspect ? leftByDead(stored, now) : stored;
  if (row.openStep !== undefined) {
    const error = new DeliveryError('unknown', 'open-call', `step ${row.openStep} was under way, then "when" said no`);
    return await commit(row, row.token, { state: 'failed', error }, received);
  }
  const final = finalRow(row, { state: 'skipped', reason: WHEN }, { now, random: ports.random });
  return await write({ row: final }, row.token, received);
}

/** Another worker has it: if that one has finished, so have we; otherwise touch nothing. */
async function afterLostLease({ envelope, ports }: Received): Promise<Verdict> {
  ports.telemetry.log('warn', 'lease lost', { deliveryId: deliveryId(envelope) });
  const { row } = await ports.ledger.read(envelope).catch(() => ({ row: undefined }));
  return row && isFinal(row.state) ? DELETE : LEAVE;
}

/** Not now: another message comes first, or too little time is left. */
export function handBack(message: Message, invocation: Invocation, ports: DeliverPorts): Verdict {
  return { keep: true, delayMs: Math.max(floor(message, invocation), jitter(1_000, ports)) };
}

/** Too little is left of the invocation to begin with another message. */
export const isLate = ({ deadline }: Invocation, { clock }: DeliverPorts) => deadline - clock.now() < MIN_REMAINING_MS;

const floor = (message: Message, { timing }: Invocation) => receiveFloorMs(message.receiveCount, timing);
const jitter = (delayMs: number, { random }: DeliverPorts) => delayMs * (1 + random.number() / 2);
