/**
 * What a claimed delivery's row becomes after a try: a pure function of the row and the outcome.
 */
import { hash } from 'node:crypto';
import type { Outcome } from './attempt.ts';
import { counts, isLastReceive, nextDelay, receiveFloorMs, unreachableDelayMs } from './backoff.ts';
import { DeliveryError, Unreachable } from './delivery-error.ts';
import { type DeliveryRow, type TryRow, withoutAmbiguity, withoutMark } from './ledger.ts';
import { LEDGER_TTL_MS, type Timing } from './names.ts';
import type { Random } from './ports.ts';
import { redact } from './redact.ts';

/** Three leases that ran out in a row: the delivery kills its workers. */
const MAX_CRASHES = 3;

export type CommitContext = { now: number; receiveCount: number; timing: Timing; random: Random };

export type Commit = { row: DeliveryRow; failedTry?: TryRow };

export function commitOf(row: DeliveryRow, outcome: Outcome, context: CommitContext): Commit {
  return outcome.state === 'failed'
    ? commitFailure(row, outcome.error, context)
    : { row: finalRow(row, outcome, context) };
}

/** A final row keeps what identifies the delivery and how it went; and, unless it was delivered, the calls that are still in doubt. */
export function finalRow(
  row: DeliveryRow,
  outcome: Exclude<Outcome, { state: 'failed' }>,
  { now, random }: Pick<CommitContext, 'now' | 'random'>,
): DeliveryRow {
  const settled = outcome.state === 'delivered' ? withoutAmbiguity(withoutMark(row)) : row;
  const {
    leaseUntil: _1,
    notBefore: _2,
    stoppedAt: _3,
    reason: _4,
    errorClass: _5,
    code: _6,
    message: _7,
    fingerprint: _8,
    sameClassFailures: _9,
    ...clean
  } = settled;
  return {
    ...clean,
    ...outcome,
    token: random.id(),
    attempts: row.attempts + (outcome.state === 'delivered' ? 1 : 0),
    attemptsTotal: row.attemptsTotal + (outcome.state === 'delivered' ? 1 : 0),
    finishedAt: now,
    durationMs: now - (row.claimedAt ?? now),
    expiresAtEpochSeconds: Math.ceil((now + LEDGER_TTL_MS) / 1_000),
  };
}

function commitFailure(row: DeliveryRow, error: DeliveryError, context: CommitContext): Commit {
  const { now, receiveCount, timing, random } = context;
  const { errorClass, retryAfterMs } = error;
  const sent = error.outcome !== undefined && error.outcome !== 'not-sent';
  const counted = counts(errorClass, sent);
  const one = counted ? 1 : 0;
  const attempts = row.attempts + one;
  const sameClassFailures = (row.errorClass === errorClass ? (row.sameClassFailures ?? 0) : 0) + one;
  const last = isLastReceive(receiveCount);
  const byClass = () => nextDelay({ errorClass, attempts, ofClass: sameClassFailures, retryAfterMs }, random, timing);
  const wait = () => (error.cause instanceof Unreachable ? unreachableDelayMs(random, timing) : byClass());
  const delayMs = last || killsWorkers(row) ? 'stop' : wait();
  const next =
    delayMs === 'stop' ? ending(row, error, now) : { ...waiting(row, now, delayMs, context), ...described(error) };
  const committed: DeliveryRow = {
    ...next,
    ...{ attempts, sameClassFailures, attemptsTotal: row.attemptsTotal + one, tries: row.tries + 1 },
    token: random.id(),
    ...(last && { reason: 'receives' }),
  };
  return { row: committed, failedTry: tryOf(committed, row, { counted, now }) };
}

/** A wait that the receive budget does not allow any more: stopped as what it was, and no try. */
export function outOfReceives(row: DeliveryRow, { now, random }: Pick<CommitContext, 'now' | 'random'>): DeliveryRow {
  const { errorClass = 'transient', code = 'receives', message = 'the receives ran out' } = row;
  const { notBefore: _, ...kept } = row;
  const ended = ending(kept, new DeliveryError(errorClass, code, message), now);
  return { ...ended, token: random.id(), reason: 'receives' };
}

/** Terminal. `stopped` never hides a call whose outcome is not known: its mark makes the row `unknown`, and stays. */
function ending(row: DeliveryRow, error: DeliveryError, now: number): DeliveryRow {
  const { leaseUntil: _, ...kept } = row;
  if (error.errorClass === 'unknown') return { ...kept, ...described(error), state: 'unknown', stoppedAt: now };
  if (row.openStep === undefined) return { ...kept, ...described(error), state: 'stopped', stoppedAt: now };
  const message = `step ${row.openStep} was under way when its worker ended, and then: ${error.message}`;
  const unknown = new DeliveryError('unknown', 'open-call', message);
  return { ...kept, ...described(unknown), state: 'unknown', stoppedAt: now };
}

function waiting(
  row: DeliveryRow,
  now: number,
  delayMs: number,
  { receiveCount, timing }: { receiveCount: number; timing: Timing },
): DeliveryRow {
  const { leaseUntil: _, ...kept } = row;
  const notBefore = Math.ceil(now + Math.max(delayMs, receiveFloorMs(receiveCount, timing)));
  return { ...kept, state: 'waiting', notBefore, crashes: 0 };
}

function described(error: DeliveryError) {
  const failure = { errorClass: error.errorClass, code: redact(error.code), message: redact(error.message) };
  const fingerprint = hash('sha256', JSON.stringify(failure), 'hex').slice(0, 12);
  return { ...failure, fingerprint };
}

function tryOf(committed: DeliveryRow, claimed: DeliveryRow, context: { counted: boolean; now: number }): TryRow {
  const { flow, source, key, cycle, cycleCause, cycleStartedAt, tries, errorClass, code, message } = committed;
  const startedAt = claimed.claimedAt ?? context.now;
  return {
    ...{ flow, source, key, cycle, cycleCause, cycleStartedAt, startedAt },
    number: tries,
    durationMs: context.now - startedAt,
    errorClass: errorClass!,
    code: code ?? '',
    message: message ?? '',
    counted: context.counted,
    outcome: committed.state as TryRow['outcome'],
    ...(committed.notBefore !== undefined && { notBefore: committed.notBefore }),
  };
}

/** Whether a claimed delivery must not be run because it has killed its workers. */
export const killsWorkers = (row: DeliveryRow) => row.crashes >= MAX_CRASHES;
