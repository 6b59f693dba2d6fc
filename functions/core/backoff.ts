import type { ErrorClass } from './delivery-error.ts';
import { QUEUE, speedOf, type Timing } from './names.ts';
import type { Random } from './ports.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const BASE_DELAY_MS = 90_000;
const MAX_DELAY_MS = 12 * HOUR_MS;
/** A target that asks for more is asked again after a day: the message must not expire while it waits. */
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;
const PARKED_DELAY_MS = 15 * MINUTE_MS;
/** Attempts in a cycle: 11 waits, 18 hours on average, about 24 at most in practice. */
const MAX_ATTEMPTS = 12;

/** A bug or a 404 is tried again soon and rarely: after one minute and after fourteen. */
const SHORT_DELAYS_MS = [MINUTE_MS, 14 * MINUTE_MS];

const SHORT: readonly ErrorClass[] = ['bug', 'not-found'];
const TERMINAL: readonly ErrorClass[] = ['validation', 'permanent', 'unknown'];
/** Classes that tell nothing about this delivery and so never use up its attempts. */
const UNCOUNTED: readonly ErrorClass[] = ['rate-limit', 'auth'];

/** Whether a failure of this class uses up an attempt, given that a call was sent or the flow's own code threw. */
export const counts = (errorClass: ErrorClass, sent: boolean) =>
  !UNCOUNTED.includes(errorClass) && (sent || errorClass === 'bug');

/**
 * How long to wait before the next try, or that there is none.
 *
 * Full jitter over `90 s * 2 ** (attempts - 1)`, up to 12 h; what the target asks for (`Retry-After`) wins when it is
 * longer. Uncounted failures wait like a first one: the floor by receive count makes them rarer.
 *
 * @param failure.attempts Attempts counted in this cycle, this failure included.
 * @param failure.ofClass Those of them that failed with this class, one after the other up to this one.
 * @returns Milliseconds, or `'stop'`.
 */
export function nextDelay(
  failure: { errorClass: ErrorClass; attempts: number; ofClass: number; retryAfterMs?: number | undefined },
  random: Random,
  timing: Timing,
): number | 'stop' {
  const { errorClass, attempts, ofClass } = failure;
  if (TERMINAL.includes(errorClass) || attempts >= MAX_ATTEMPTS) return 'stop';
  if (SHORT.includes(errorClass)) {
    const delay = SHORT_DELAYS_MS[Math.max(ofClass, 1) - 1];
    return delay === undefined ? 'stop' : delay / speedOf(timing);
  }
  const askedMs = askedDelayMs(failure.retryAfterMs);
  if (errorClass === 'rate-limit') return askedMs || (MINUTE_MS * (1 + random.number())) / speedOf(timing);
  const ceiling = Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** Math.max(attempts - 1, 0));
  return Math.max(askedMs, (random.number() * ceiling) / speedOf(timing));
}

/** What a `Retry-After` asks for, from 0 to a day: what a vendor writes there may be anything. */
export const askedDelayMs = (retryAfterMs = 0) =>
  Number.isNaN(retryAfterMs) ? 0 : Math.min(Math.max(retryAfterMs, 0), MAX_RETRY_AFTER_MS);

/** A port of ours that cannot be reached tells nothing about a delivery: it comes back in a minute to a minute and a half. */
export const unreachableDelayMs = (random: Random, timing: Timing) =>
  (MINUTE_MS * (1 + random.number() / 2)) / speedOf(timing);

/** A parked flow's message: long enough that it is received at most twice before the queue's mapping is off. */
export const parkedDelayMs = (timing: Timing) => PARKED_DELAY_MS / speedOf(timing);

/**
 * The shortest time after which a message may come back, by how often it was received: waits that use up no attempt must
 * not use up the receive budget either (none to receive 20, 5 min to 50, 1 h to 80, then 12 h).
 */
export function receiveFloorMs(receiveCount: number, timing: Timing): number {
  const floor =
    receiveCount <= 20 ? 0 : receiveCount <= 50 ? 5 * MINUTE_MS : receiveCount <= 80 ? HOUR_MS : 12 * HOUR_MS;
  return floor / speedOf(timing);
}

/** Whether this receive is the last on which something can still be decided before SQS moves the message. */
export const isLastReceive = (receiveCount: number) => receiveCount >= QUEUE.maxReceiveCount - 1;
