/**
 * Who works on a delivery: a pure decision over the stored row and the message at hand.
 *
 * Three things tell messages apart: `acceptId` (one publication of the event), `messageId` (one copy on the queue; a
 * redrive makes a new one) and `sentAt` (when that copy was made). docs/delivery.md, rules 2 to 4.
 */
import type { Envelope } from './envelope.ts';
import { type CycleCause, type DeliveryRow, isFinal, withoutMark } from './ledger.ts';
import { INGEST_TIMEOUT_MS, MEMORY_MS, QUEUE } from './names.ts';

/** A message as received. Times are milliseconds since the epoch. */
export type Message = {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly receiveCount: number;
  readonly sentAt: number;
};

export type Decision =
  /** Nothing is left to do for this message: delete it. */
  | { do: 'delete'; why: 'final' | 'duplicate' | 'superseded' }
  /** Work on it. `suspect`: the last worker died with it in hand. */
  | { do: 'claim'; cause: CycleCause | 'continue'; suspect: boolean }
  /** Not now: back at `until`. `adopt`: this copy replaces the one the row names. */
  | { do: 'hold'; until: number; adopt: boolean }
  /** It is stopped or unknown: let SQS move it to the dead-letter queue. */
  | { do: 'drain'; adopt: boolean }
  /** We would have forgotten it: no row does not mean new. */
  | { do: 'refuse'; why: typeof BEYOND_MEMORY };

const BEYOND_MEMORY = 'beyond-memory';

/** A copy made by an SDK retry of SendMessage is stamped no later than this after the publication. */
const COPY_SLACK_MS = INGEST_TIMEOUT_MS + 5_000;
/** A message that comes back a little early runs; it need not be hidden once more. */
const EARLY_MS = 30_000;
/** An owner that is this much overdue (beyond V) has lost its message. */
const OVERDUE_MS = 3_600_000;

export function decide(
  row: DeliveryRow | undefined,
  message: Message,
  envelope: Envelope,
  now: number,
  visibilityMs: number,
): Decision {
  if (!row) {
    // An operator who publishes it anew knows that.
    const forgotten = now - envelope.acceptedAt > MEMORY_MS && !envelope.reissue;
    return forgotten ? { do: 'refuse', why: BEYOND_MEMORY } : { do: 'claim', cause: 'first', suspect: false };
  }
  if (envelope.generation < row.generation) return { do: 'delete', why: 'superseded' };
  if (envelope.generation > row.generation) return decideReissue(row, envelope, now);
  if (isFinal(row.state)) return { do: 'delete', why: 'final' };
  if (row.acceptId !== envelope.acceptId) return decideStranger(row, envelope, now, visibilityMs);
  const parked = row.state === 'stopped' || row.state === 'unknown';
  const isCopy = row.messageId !== message.messageId && message.sentAt <= envelope.publishedAt + COPY_SLACK_MS;
  const adopt = row.messageId !== message.messageId;
  if (parked && adopt && message.sentAt > (row.stoppedAt ?? 0)) {
    // A redrive. It starts a stopped delivery again, and an unknown one that a look-up can settle; never any other unknown
    // one, or one that we may have forgotten.
    const again = row.state === 'stopped' ? row.code !== BEYOND_MEMORY : row.openBy === 'lookup';
    return again ? { do: 'claim', cause: 'redrive', suspect: false } : { do: 'drain', adopt };
  }
  // Between two clocks a quick redrive may look like a copy made before the stop, and then it is all that is left.
  if (isCopy) return parked ? { do: 'drain', adopt: false } : { do: 'delete', why: 'duplicate' };
  return decideOwner(row, adopt, now);
}

/** A later generation, published by an operator. A live lease is waited out, and what is unknown must be resolved first. */
function decideReissue(row: DeliveryRow, { reissue }: Envelope, now: number): Decision {
  if (row.state === 'unknown') return { do: 'drain', adopt: false };
  const { leaseUntil = 0 } = row;
  if (row.state === 'delivering' && now < leaseUntil) return { do: 'hold', until: leaseUntil, adopt: false };
  return { do: 'claim', cause: reissue?.kind ?? 'replay', suspect: row.state === 'delivering' };
}

/** Another publication of the same event: the vendor's retry, or ours after a partial fan-out. */
function decideStranger(row: DeliveryRow, envelope: Envelope, now: number, visibilityMs: number): Decision {
  const dueAt = row.state === 'delivering' ? row.leaseUntil : row.state === 'waiting' ? row.notBefore : undefined;
  if (dueAt !== undefined && now > dueAt + visibilityMs + OVERDUE_MS) {
    return { do: 'claim', cause: 'continue', suspect: row.state === 'delivering' };
  }
  if (row.state === 'stopped' && envelope.acceptedAt > (row.stoppedAt ?? 0)) {
    return { do: 'claim', cause: 'resend', suspect: false };
  }
  return { do: 'delete', why: 'duplicate' };
}

/** The owner's message, or a redrive of one that was never stopped. */
function decideOwner(row: DeliveryRow, adopt: boolean, now: number): Decision {
  switch (row.state) {
    case 'delivering': {
      const leaseUntil = row.leaseUntil ?? 0;
      // Nobody but its holder writes a leased row, so a new copy is adopted by the claim after the lease.
      if (now < leaseUntil) return { do: 'hold', until: leaseUntil, adopt: false };
      return { do: 'claim', cause: 'continue', suspect: true };
    }
    case 'waiting': {
      const notBefore = row.notBefore ?? 0;
      if (now < notBefore - EARLY_MS) return { do: 'hold', until: notBefore, adopt };
      return { do: 'claim', cause: 'continue', suspect: false };
    }
    default:
      return { do: 'drain', adopt };
  }
}

/** The row after a claim: a lease for `token`, and a new cycle where the decision says so. */
export function claimedRow(
  row: DeliveryRow | undefined,
  decision: Extract<Decision, { do: 'claim' }>,
  message: Message,
  envelope: Envelope,
  lease: { token: string; now: number; until: number; runHash: string },
): DeliveryRow {
  const claim = {
    state: 'delivering' as const,
    acceptId: envelope.acceptId,
    messageId: message.messageId,
    messageExpiresAt: message.sentAt + QUEUE.retentionMs,
    token: lease.token,
    claimedAt: lease.now,
    leaseUntil: lease.until,
    runHash: lease.runHash,
  };
  if (!row) return { ...firstRow(envelope, lease.now), ...claim };
  const continued = decision.suspect ? { ...leftByDead(row, lease.now), ...claim } : { ...unfinished(row), ...claim };
  return decision.cause === 'continue' ? continued : newCycle(continued, decision.cause, envelope, lease.now);
}

/** Without what only a row at rest has. */
function unfinished(row: DeliveryRow): DeliveryRow {
  const {
    notBefore: _1,
    stoppedAt: _2,
    reason: _3,
    finishedAt: _4,
    durationMs: _5,
    expiresAtEpochSeconds: _6,
    ...open
  } = row;
  return open;
}

/**
 * What a worker that died has left: it may have had a call under way, of whichever step, so what it did since its claim is
 * ambiguous. Whoever writes such a row must say so, or a later cycle takes new idempotency keys.
 */
export function leftByDead(row: DeliveryRow, now: number): DeliveryRow {
  const { ambiguousStep: _, ...kept } = unfinished(row);
  const { ambiguousSince = row.claimedAt ?? now, ambiguousRunHash = row.runHash } = row;
  return { ...kept, crashes: row.crashes + 1, ambiguousSince, ambiguousRunHash };
}

/**
 * Attempts begin from nought. Idempotency keys change, else a stored refusal would be replayed for ever; but not while a call
 * is in doubt, which the vendor would then take for another one.
 */
function newCycle(row: DeliveryRow, cause: CycleCause, { generation, reissue }: Envelope, now: number): DeliveryRow {
  const raised = generation !== row.generation;
  const again = reissue?.again ?? [];
  const doesAnyway = raised && row.openStep !== undefined && (again === 'all' || again.includes(row.openStep));
  const { sameClassFailures: _, keyGeneration = row.generation, ...kept } = doesAnyway ? withoutMark(row) : row;
  const settled = row.ambiguousSince === undefined;
  return {
    ...kept,
    ...{ cycle: row.cycle + 1, cycleCause: cause, cycleStartedAt: Math.max(now, row.cycleStartedAt + 1) },
    ...{ attempts: 0, crashes: 0, round: row.round + (settled ? 1 : 0) },
    generation,
    ...(!settled && keyGeneration !== generation && { keyGeneration }),
    ...(raised && { again }),
  };
}

function firstRow(envelope: Envelope, now: number) {
  return {
    flow: envelope.flow,
    source: envelope.source,
    key: envelope.key,
    generation: envelope.generation,
    ...(envelope.reissue && { again: envelope.reissue.again }),
    type: envelope.type,
    eventId: envelope.eventId,
    entityId: envelope.entityId,
    acceptedAt: envelope.acceptedAt,
    firstClaimedAt: now,
    cycle: 1,
    cycleCause: 'first' as const,
    cycleStartedAt: now,
    attempts: 0,
    attemptsTotal: 0,
    tries: 0,
    crashes: 0,
    round: 0,
  };
}
