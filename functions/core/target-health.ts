/**
 * What the calls of one process tell about one target. Three things are kept, each with its own evidence:
 *
 * - **refusing our credentials**: one call that ends `auth`, after the secret was read again.
 * - **limiting us**: a 429 pauses this process's calls until Retry-After. A success ends the run of 429s; one that lasts two
 *   minutes means that the quota is used up.
 * - **failing**: calls whose outcome is not known, or that the network did not carry. Any answer that shows the target
 *   alive ends the run: a success, a refusal, a 4xx. Ten different deliveries over a minute mean that it is down; one
 *   delivery alone never does, however often it fails.
 */
import { askedDelayMs } from './backoff.ts';
import { type DeliveryError, NOT_SENT } from './delivery-error.ts';
import type { ParkReason } from './parks.ts';

const MINUTE_MS = 60_000;
const QUOTA_EVIDENCE_MS = 2 * MINUTE_MS;
/** 429s with a longer pause between them are two runs. A parked flow's messages come back within 15 minutes. */
const LIMITED_GAP_MS = 60 * MINUTE_MS;
const CIRCUIT_EVIDENCE_MS = MINUTE_MS;
const CIRCUIT_DELIVERIES = 10;
/** Of a 429 that names no time; and no park by quota is shorter. */
const PAUSE_MS = MINUTE_MS;

/** What a call has shown: a reason to park the target, and when it is over if that is known. */
export type Finding = { readonly reason: Extract<ParkReason, 'auth' | 'circuit' | 'quota'>; readonly until?: number };

export class TargetHealth {
  /** Calls before this time would be refused. */
  pausedUntil = 0;
  readonly #speed: number;
  #limitedSince: number | undefined;
  #failingSince = 0;
  readonly #failing = new Set<string>();

  /** @param speed How many times faster time passes (`speedOf`): by it the pauses that we choose ourselves are shorter. */
  constructor(speed: number) {
    this.#speed = speed;
  }

  /** A call of this delivery ended; `error` is undefined when it ended well. */
  learn(deliveryId: string, error: DeliveryError | undefined, now: number): Finding | undefined {
    if (error && tellsNothing(error)) return undefined;
    if (error && isFailure(error)) return this.#fail(deliveryId, now);
    this.#failing.clear();
    if (!error) this.#limitedSince = undefined;
    if (error?.errorClass === 'rate-limit') return this.#limit(error, now);
    return error?.errorClass === 'auth' ? { reason: 'auth' } : undefined;
  }

  #fail(deliveryId: string, now: number): Finding | undefined {
    if (this.#failing.size === 0) this.#failingSince = now;
    this.#failing.add(deliveryId);
    if (this.#failing.size < CIRCUIT_DELIVERIES || now - this.#failingSince < CIRCUIT_EVIDENCE_MS) return undefined;
    // Once it is resumed, it takes as much evidence again.
    this.#failing.clear();
    return { reason: 'circuit' };
  }

  #limit({ retryAfterMs }: DeliveryError, now: number): Finding | undefined {
    const shortestMs = PAUSE_MS / this.#speed;
    const askedMs = askedDelayMs(retryAfterMs);
    if (this.#limitedSince === undefined || now > this.pausedUntil + LIMITED_GAP_MS) this.#limitedSince = now;
    this.pausedUntil = now + (askedMs || shortestMs);
    if (now - this.#limitedSince < QUOTA_EVIDENCE_MS) return undefined;
    return { reason: 'quota', until: now + Math.max(askedMs, shortestMs) };
  }
}

/** Our own gate's refusals, an invocation that ends: the target has seen nothing of these. */
const tellsNothing = ({ outcome, code, errorClass }: DeliveryError) =>
  outcome === 'not-sent' && code !== NOT_SENT && errorClass !== 'auth';

/** A 408, 409 or 425 leaves the outcome open, but somebody gave it. */
const isFailure = ({ outcome, status = 0, errorClass }: DeliveryError) =>
  outcome !== 'refused' && errorClass !== 'auth' && errorClass !== 'rate-limit' && (status < 400 || status > 499);
