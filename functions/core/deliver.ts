/**
 * A batch of a flow's messages in, the ones that must come back out.
 *
 * Messages run in sequence. Each is claimed just before it runs; one whose last worker died runs last and alone. The
 * order on a wait is ledger, visibility, report: whatever breaks in between, the message comes back and the row is right.
 */
import { type AttemptPorts, attempt, type Outcome, WHEN } from './attempt.ts';
import { isLastReceive, receiveFloorMs } from './backoff.ts';
import { claimedRow, type Decision, decide, type Message } from './claim.ts';
import { type Commit, commitOf, finalRow, killsWorkers, outOfReceives } from './commit.ts';
import { DeliveryError, reach, Unreachable } from './delivery-error.ts';
import { deliveryId } from './delivery-id.ts';
import { decodeEnvelope, type Envelope, UNREADABLE } from './envelope.ts';
import type { Flow } from './flow.ts';
import { type DeliveryRow, isFinal, type StepRow } from './ledger.ts';
import {
  CALL_ABORT_MARGIN_MS,
  CALL_TIMEOUT_MS,
  LEASE_MARGIN_MS,
  METRICS,
  QUEUE,
  type Timing,
  visibilityTimeoutMs,
} from './names.ts';
import type { Telemetry } from './ports.ts';
import { redact } from './redact.ts';
import { LeaseLost } from './steps.ts';

export type DeliverPorts = AttemptPorts & { telemetry: Telemetry };

export type Invocation = {
  readonly flow: Flow;
  readonly flowName: string;
  readonly timing: Timing;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly deadline: number;
};

/** What becomes of a message: deleted, or back after `delayMs` (undefined: when its visibility ends by itself). */
type Verdict = { keep: false } | { keep: true; delayMs: number | undefined };
const DELETE: Verdict = { keep: false };
const DRAIN: Verdict = { keep: true, delayMs: 0 };
/** Touch nothing: somebody else works on it. */
const LEAVE: Verdict = { keep: true, delayMs: undefined };

/** Below this, no other message is claimed. */
const MIN_REMAINING_MS = CALL_TIMEOUT_MS + CALL_ABORT_MARGIN_MS;
const UNREACHABLE_DELAY_MS = 60_000;
/** Between SQS counting a receive and our clock seeing it lies at worst a cold start. */
const RECEIVE_SLACK_SECONDS = 30;
const YOUNG_MS = 3_600_000;
/** Lost races for a claim, each of which may need a look and a second look. */
const MAX_CLAIM_ROUNDS = 5;

/** @returns The ids of the messages that SQS must keep, for the partial batch response. */
export async function deliverBatch(
  messages: readonly Message[],
  invocation: Invocation,
  ports: DeliverPorts,
): Promise<string[]> {
  const kept: string[] = [];
  const suspects: Message[] = [];
  const settle = async (message: Message, verdict: Verdict) => {
    if (!verdict.keep) return;
    kept.push(message.messageId);
    await hide(message, verdict.delayMs, invocation, ports);
  };
  for (const message of messages) {
    const verdict = await handle(message, invocation, ports, messages.length === 1);
    if (verdict === 'suspect') suspects.push(message);
    else await settle(message, verdict);
  }
  for (const [index, message] of suspects.entries()) {
    const now = index === 0 || isLastReceive(message.receiveCount);
    const verdict = now ? await handle(message, invocation, ports, true) : handBack(message, invocation, ports);
    await settle(message, verdict === 'suspect' ? LEAVE : verdict);
  }
  return kept;
}

async function handle(
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
  try {
    if (isUnwanted(envelope, invocation.flow)) return await filterOut(message, envelope, invocation, ports);
    const isLate = invocation.deadline - ports.clock.now() < MIN_REMAINING_MS;
    if (isLate && !isLastReceive(message.receiveCount)) return handBack(message, invocation, ports);
    return await claimAndRun(message, envelope, invocation, ports, runSuspect);
  } catch (error) {
    if (error instanceof LeaseLost) return await afterLostLease(envelope, ports);
    // Anything else is a bug of ours; it must not take the other messages of the batch along.
    if (!(error instanceof Unreachable)) ports.telemetry.count(METRICS.bug);
    const { message: text, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
    const fields = {
      deliveryId: deliveryId(envelope),
      error: redact(text),
      ...(cause ? { cause: redact(String(cause)) } : {}),
    };
    ports.telemetry.log('error', 'not handled', fields);
    return { keep: true, delayMs: jitter(Math.max(UNREACHABLE_DELAY_MS, floor(message, invocation)), ports) };
  }
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

async function claimAndRun(
  message: Message,
  envelope: Envelope,
  invocation: Invocation,
  ports: DeliverPorts,
  runSuspect: boolean,
): Promise<Verdict | 'suspect'> {
  const { ledger, clock, random } = ports;
  // The first receive of a young message usually finds no row; of all others a read is cheaper than a failed condition.
  const isNew = message.receiveCount === 1 && clock.now() - envelope.acceptedAt < YOUNG_MS;
  let known: { row: DeliveryRow | undefined; steps: readonly StepRow[] | undefined } = isNew
    ? { row: undefined, steps: [] }
    : await reach('ledger', () => ledger.read(envelope));
  for (let round = 0; round < MAX_CLAIM_ROUNDS; round++) {
    const now = clock.now();
    const decision = decide(known.row, message, envelope, now, visibilityTimeoutMs(invocation.flow.freshness));
    if (decision.do !== 'claim') return await withoutClaim(decision, known.row, message, envelope, invocation, ports);
    if (decision.suspect && !runSuspect) return 'suspect';
    if (!known.steps) {
      known = await reach('ledger', () => ledger.read(envelope));
      continue;
    }
    const { row: previous, steps } = known;
    const lease = { token: random.id(), now, until: invocation.deadline + LEASE_MARGIN_MS };
    const row = claimedRow(previous, decision, message, envelope, lease);
    const write = await reach('ledger', () => ledger.write(row, previous?.token));
    if (write.written) return await run(row, steps, message, envelope, invocation, ports);
    known = { row: write.stored, steps: undefined };
  }
  return handBack(message, invocation, ports);
}

async function withoutClaim(
  decision: Exclude<Decision, { do: 'claim' }>,
  row: DeliveryRow | undefined,
  message: Message,
  envelope: Envelope,
  invocation: Invocation,
  ports: DeliverPorts,
): Promise<Verdict> {
  switch (decision.do) {
    case 'delete':
      ports.telemetry.count(METRICS.duplicates);
      return DELETE;
    case 'drain':
      if (row && decision.adopt) await adopt(row, message, ports);
      return DRAIN;
    case 'hold':
      return await hold(decision, row!, message, invocation, ports);
    case 'refuse': {
      const text = 'accepted more than 30 days ago and no longer remembered: replay it on purpose';
      const error = new DeliveryError('permanent', decision.why, text);
      const lease = { token: ports.random.id(), now: ports.clock.now(), until: ports.clock.now() };
      const claimed = claimedRow(undefined, { do: 'claim', cause: 'first', suspect: false }, message, envelope, lease);
      return await commit(claimed, undefined, { state: 'failed', error }, message, invocation, ports);
    }
  }
}

/** A redriven copy takes the place of the one the row names. */
async function adopt(row: DeliveryRow, message: Message, ports: DeliverPorts): Promise<void> {
  const messageExpiresAt = message.sentAt + QUEUE.retentionMs;
  const adopted = { ...row, messageId: message.messageId, messageExpiresAt, token: ports.random.id() };
  await reach('ledger', () => ports.ledger.write(adopted, row.token));
}

async function hold(
  decision: Extract<Decision, { do: 'hold' }>,
  row: DeliveryRow,
  message: Message,
  invocation: Invocation,
  ports: DeliverPorts,
): Promise<Verdict> {
  const now = ports.clock.now();
  if (isLastReceive(message.receiveCount) && row.state === 'waiting') {
    const stopped = outOfReceives(row, { now, random: ports.random });
    return await write({ row: stopped }, row.token, message, ports);
  }
  if (decision.adopt) await adopt(row, message, ports);
  return { keep: true, delayMs: Math.max(decision.until - now, floor(message, invocation)) };
}

async function run(
  row: DeliveryRow,
  steps: readonly StepRow[],
  message: Message,
  envelope: Envelope,
  invocation: Invocation,
  ports: DeliverPorts,
): Promise<Verdict> {
  if (killsWorkers(row)) {
    const text = `${row.crashes} workers ended in a row with this delivery in hand (time-out, memory or crash)`;
    const error = new DeliveryError('bug', 'crashes', text);
    return await commit(row, row.token, { state: 'failed', error }, message, invocation, ports);
  }
  const tried = await attempt({ flow: invocation.flow, envelope, row, steps, deadline: invocation.deadline }, ports);
  return await commit(tried.row, tried.row.token, tried.outcome, message, invocation, ports);
}

async function commit(
  row: DeliveryRow,
  previousToken: string | undefined,
  outcome: Outcome,
  message: Message,
  invocation: Invocation,
  ports: DeliverPorts,
): Promise<Verdict> {
  const context = {
    ...{ now: ports.clock.now(), receiveCount: message.receiveCount },
    ...{ timing: invocation.timing, random: ports.random },
  };
  return await write(commitOf(row, outcome, context), previousToken, message, ports);
}

/** The ledger first; what becomes of the message follows from the row. */
async function write(
  { row, failedTry }: Commit,
  previousToken: string | undefined,
  message: Message,
  ports: DeliverPorts,
): Promise<Verdict> {
  const written = await reach('ledger', () => ports.ledger.write(row, previousToken, failedTry));
  if (!written.written) throw new LeaseLost();
  report(row, message, ports);
  if (isFinal(row.state)) return DELETE;
  if (row.state !== 'waiting') return DRAIN;
  return { keep: true, delayMs: row.notBefore! - ports.clock.now() };
}

/** `when` says no: nothing is written, unless an unfinished row of an earlier predicate must end. */
async function filterOut(
  message: Message,
  envelope: Envelope,
  invocation: Invocation,
  ports: DeliverPorts,
): Promise<Verdict> {
  const { row } = await reach('ledger', () => ports.ledger.read(envelope));
  if (!row) {
    ports.telemetry.count(METRICS.skipped);
    return DELETE;
  }
  const now = ports.clock.now();
  const decision = decide(row, message, envelope, now, visibilityTimeoutMs(invocation.flow.freshness));
  const isIdle = row.state === 'waiting' || row.state === 'stopped';
  if (decision.do === 'delete' || (decision.do !== 'claim' && !isIdle)) {
    return await withoutClaim(decision, row, message, envelope, invocation, ports);
  }
  if (row.openStep !== undefined) {
    const error = new DeliveryError('unknown', 'open-call', `step ${row.openStep} was under way, then "when" said no`);
    return await commit(row, row.token, { state: 'failed', error }, message, invocation, ports);
  }
  const final = finalRow(row, { state: 'skipped', reason: WHEN }, { now, random: ports.random });
  return await write({ row: final }, row.token, message, ports);
}

/** Another worker has it: if that one has finished, so have we; otherwise touch nothing. */
async function afterLostLease(envelope: Envelope, ports: DeliverPorts): Promise<Verdict> {
  ports.telemetry.log('warn', 'lease lost', { deliveryId: deliveryId(envelope) });
  const { row } = await ports.ledger.read(envelope).catch(() => ({ row: undefined }));
  return row && isFinal(row.state) ? DELETE : LEAVE;
}

function handBack(message: Message, invocation: Invocation, ports: DeliverPorts): Verdict {
  return { keep: true, delayMs: Math.max(floor(message, invocation), jitter(1_000, ports)) };
}

const floor = (message: Message, { timing }: Invocation) => receiveFloorMs(message.receiveCount, timing);
const jitter = (delayMs: number, { random }: DeliverPorts) => delayMs * (1 + random.number() / 2);

/** A visibility that cannot be changed is no loss: the message comes back when the queue's own timeout ends. */
async function hide(message: Message, delayMs: number | undefined, invocation: Invocation, ports: DeliverPorts) {
  if (delayMs === undefined) return;
  const sinceReceive = Math.ceil((ports.clock.now() - invocation.startedAt) / 1_000) + RECEIVE_SLACK_SECONDS;
  const seconds = Math.min(Math.max(0, Math.ceil(delayMs / 1_000)), QUEUE.maxVisibilitySeconds - sinceReceive);
  try {
    await ports.queues.setVisibility(invocation.flowName, message.receiptHandle, seconds);
  } catch (error) {
    ports.telemetry.log('warn', 'visibility not changed', { messageId: message.messageId, error: String(error) });
  }
}

const METRIC_OF: Readonly<Record<string, string>> = {
  delivered: METRICS.delivered,
  skipped: METRICS.skipped,
  superseded: METRICS.skipped,
  discarded: METRICS.skipped,
  waiting: METRICS.waited,
  stopped: METRICS.stopped,
  unknown: METRICS.unknown,
};

/** One wide line a try. */
function report(row: DeliveryRow, message: Message, { telemetry, clock }: DeliverPorts): void {
  const failed = !isFinal(row.state);
  telemetry.count(METRIC_OF[row.state] ?? row.state);
  if (row.state === 'delivered') telemetry.milliseconds(METRICS.freshnessMs, clock.now() - row.acceptedAt);
  if (failed && row.errorClass === 'auth') telemetry.count(METRICS.authFailed);
  if (failed && row.errorClass === 'bug') telemetry.count(METRICS.bug);
  telemetry.log(failed ? 'warn' : 'info', 'attempt', {
    deliveryId: deliveryId(row),
    acceptId: row.acceptId,
    messageId: row.messageId,
    state: row.state,
    cycle: row.cycle,
    attempts: row.attempts,
    receives: message.receiveCount,
    durationMs: clock.now() - (row.claimedAt ?? clock.now()),
    ...(failed && { errorClass: row.errorClass, code: row.code, error: row.message, fingerprint: row.fingerprint }),
    ...(row.notBefore !== undefined && { notBefore: new Date(row.notBefore).toISOString() }),
  });
}
