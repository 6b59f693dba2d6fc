/**
 * What a claimed delivery's row becomes after a try: a pure function of the row and the outcome.
 */
import { createHash } from 'node:crypto';
import type { Outcome } from './attempt.ts';
import { counts, isLastReceive, nextDelay, receiveFloorMs } from './backoff.ts';
import type { DeliveryError } from './delivery-error.ts';
import type { DeliveryRow, TryRow } from './ledger.ts';
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

/** A final row keeps what identifies the delivery and how it went; its memory of calls in doubt goes. */
export function finalRow(
  row: DeliveryRow,
  outcome: Exclude<Outcome, { state: 'failed' }>,
  { now, random }: Pick<CommitContext, 'now' | 'random'>,
): DeliveryRow {
  const { leaseUntil: _, openStep: __, ambiguousSince: ___, notBefore: ____, stoppedAt: _____, ...kept } = row;
  const { errorClass: _6, code: _7, message: _8, fingerprint: _9, reason: _10, ...clean } = kept;
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
  const sent = error.outcome !== undefined && error.outcome !== 'not-sent';
  const counted = counts(error.errorClass, sent);
  const attempts = row.attempts + (counted ? 1 : 0);
  const { errorClass, retryAfterMs } = error;
  const last = isLastReceive(receiveCount);
  const delayMs = last ? 'stop' : nextDelay({ errorClass, attempts, retryAfterMs }, random, timing);
  const next = delayMs === 'stop' ? ending(row, error, now) : waiting(row, now, delayMs, receiveCount, timing);
  const failure = { errorClass, code: redact(error.code), message: redact(error.message) };
  const fingerprint = createHash('sha256').update(JSON.stringify(failure)).digest('hex').slice(0, 12);
  const counters = { attempts, attemptsTotal: row.attemptsTotal + (counted ? 1 : 0), tries: row.tries + 1 };
  const committed: DeliveryRow = {
    ...next,
    ...failure,
    ...counters,
    fingerprint,
    token: random.id(),
    ...(last && { reason: 'receives' }),
  };
  return { row: committed, failedTry: tryOf(committed, row, { counted, now }) };
}

/** Terminal: `unknown` keeps its open mark for the human who resolves it. */
function ending(row: DeliveryRow, error: DeliveryError, now: number): DeliveryRow {
  const { leaseUntil: _, openStep, ...kept } = row;
  if (error.errorClass !== 'unknown') return { ...kept, state: 'stopped', stoppedAt: now };
  return { ...kept, state: 'unknown', stoppedAt: now, ...(openStep !== undefined && { openStep }) };
}

function waiting(row: DeliveryRow, now: number, delayMs: number, receiveCount: number, timing: Timing): DeliveryRow {
  const { leaseUntil: _, openStep: __, ...kept } = row;
  const notBefore = Math.ceil(now + Math.max(delayMs, receiveFloorMs(receiveCount, timing)));
  return { ...kept, state: 'waiting', notBefore, crashes: 0 };
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
