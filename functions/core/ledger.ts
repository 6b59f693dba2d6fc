/**
 * The rows of the ledger.
 *
 * A delivery's row goes through these states; `final` ones are remembered for 35 days and never change again:
 *
 *   (none) ─claim─> delivering ─commit─> delivered | skipped | superseded | discarded      final
 *                      ├─wait──> waiting   (class, not-before) ─claim at its time─> delivering
 *                      ├─stop──> stopped   (drains to the dead-letter queue) ─redrive─> delivering, a new cycle
 *                      └───────> unknown   (goes to the dead-letter queue until a human resolves it)
 *
 * Every write carries a fresh `token` and is conditional on the one last read: whoever holds a lease is the only one
 * who writes, and a worker that lost its lease finds that it can write nothing (docs/delivery.md, rule 5).
 */
import type { ErrorClass } from './delivery-error.ts';
import type { Reissue } from './envelope.ts';

export type FinalState = 'delivered' | 'skipped' | 'superseded' | 'discarded';
export type DeliveryState = 'delivering' | 'waiting' | 'stopped' | 'unknown' | FinalState;

/** Why the current cycle began. */
export type CycleCause = 'first' | 'redrive' | 'resend' | Reissue['kind'];

/** All times are milliseconds since the epoch. */
export type DeliveryRow = {
  readonly flow: string;
  readonly source: string;
  readonly key: string;
  readonly state: DeliveryState;
  /** The publication that owns this delivery; its message is deleted only when the row is final. */
  readonly acceptId: string;
  /** The owner's copy on the queue; a redrive changes it. */
  readonly messageId: string;
  readonly token: string;
  readonly generation: number;
  /** The generation in idempotency keys, where it is behind: a call in doubt must go out under its old key. */
  readonly keyGeneration?: number;
  /** Steps that this generation performs again. */
  readonly again?: Reissue['again'];
  readonly type: string;
  readonly eventId: string | null;
  readonly entityId: string | null;
  readonly acceptedAt: number;
  /** When SQS drops the owner's copy. */
  readonly messageExpiresAt: number;
  /** When this row began: steps of before are those of a life that the ledger has forgotten. */
  readonly firstClaimedAt: number;
  /** 1 at first; a redrive of a stopped delivery begins another. */
  readonly cycle: number;
  readonly cycleCause: CycleCause;
  /** Later than that of any cycle before, whatever the clocks say. */
  readonly cycleStartedAt: number;
  /** Attempts of this cycle, and of all. Only calls that were sent and throws of the flow's own code count. */
  readonly attempts: number;
  readonly attemptsTotal: number;
  /** Failed tries written so far, counted or not: the number of the last `try#` item. */
  readonly tries: number;
  /** Leases that ran out in a row: the invocation died with the delivery in hand. */
  readonly crashes: number;
  /** While delivering: when another worker may take over. */
  readonly leaseUntil?: number;
  readonly claimedAt?: number;
  /** A call that cannot be repeated is under way under this step name, … */
  readonly openStep?: string;
  /** … since then, … */
  readonly openedAt?: number;
  /** … and how it can be told whether it took effect. */
  readonly openBy?: 'lookup' | 'none';
  /** Since when a call with an idempotency key may have taken effect without our knowing. */
  readonly ambiguousSince?: number;
  /** Which step's call that is; absent when its worker ended without a word. */
  readonly ambiguousStep?: string;
  /** The code that the current claim runs, … */
  readonly runHash: string;
  /** … and the one that ran when such a call was first in doubt. */
  readonly ambiguousRunHash?: string;
  /** Part of idempotency keys; raised by a new cycle whose last call was surely refused. */
  readonly round: number;
  /** While waiting. */
  readonly notBefore?: number;
  /** Of the last failure. */
  readonly errorClass?: ErrorClass;
  readonly code?: string;
  readonly message?: string;
  readonly fingerprint?: string;
  /** Counted failures of `errorClass` in a row. */
  readonly sameClassFailures?: number;
  /** When it was committed `stopped` or `unknown`. */
  readonly stoppedAt?: number;
  /** While final. */
  readonly finishedAt?: number;
  readonly durationMs?: number;
  /** An operator's word on an unknown outcome. */
  readonly resolution?: { readonly how: 'happened' | 'repeat'; readonly by: string; readonly at: number };
  /**
   * Why it was skipped, superseded or discarded; `receives` when a delivery was stopped because its receives ran out;
   * `entity-…` while it waits for its turn at its entity.
   */
  readonly reason?: string;
  /** The result of the operation that `run` returned; of an earlier generation as long as no later one has one. */
  readonly result?: object;
  /** Set only when the row is final. */
  readonly expiresAtEpochSeconds?: number;
};

/** A step's remembered result: ids and small scalars. */
export type StepRow = {
  readonly flow: string;
  readonly source: string;
  readonly key: string;
  readonly step: string;
  readonly result: unknown;
  readonly repeatableBy: string;
  /** The cycle that it was done in. */
  readonly cycleStartedAt: number;
  readonly generation: number;
  /** The claim that wrote it. */
  readonly token: string;
  readonly doneAt: number;
};

/** Another worker owns the delivery now: touch nothing. */
export class LeaseLost extends Error {
  constructor() {
    super('the lease was lost');
    this.name = 'LeaseLost';
  }
}

/** A try that did not end final. */
export type TryRow = {
  readonly flow: string;
  readonly source: string;
  readonly key: string;
  readonly number: number;
  readonly cycle: number;
  readonly cycleCause: CycleCause;
  readonly cycleStartedAt: number;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly errorClass: ErrorClass;
  readonly code: string;
  readonly message: string;
  /** Whether it counted as an attempt. */
  readonly counted: boolean;
  readonly outcome: 'waiting' | 'stopped' | 'unknown';
  readonly notBefore?: number;
};

const FINAL: readonly string[] = ['delivered', 'skipped', 'superseded', 'discarded'] satisfies FinalState[];
export const isFinal = (state: DeliveryState): state is FinalState => FINAL.includes(state);

/** Whether the `attention` index lists it: unfinished, and nobody is working on it. */
export const needsAttention = (state: DeliveryState) =>
  state === 'waiting' || state === 'stopped' || state === 'unknown';

/** The row once it is known how the open call ended. */
export function withoutMark({ openStep: _, openedAt: __, openBy: ___, ...row }: DeliveryRow): DeliveryRow {
  return row;
}

/** The row once it is known how the calls with an idempotency key ended. */
export function withoutAmbiguity(row: DeliveryRow): DeliveryRow {
  const { ambiguousSince: _, ambiguousStep: __, ambiguousRunHash: ___, keyGeneration: ____, ...settled } = row;
  return settled;
}
