import type { ErrorClass } from './delivery-error.ts';
import type { Timing } from './names.ts';
import { QUEUE } from './names.ts';
import type { Random } from './ports.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const BASE_DELAY_MS = 90_000;
const MAX_DELAY_MS = 12 * HOUR_MS;
/** A target that asks for more is asked again after a day: the message must not expire while it waits. */
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;
/** Attempts in a cycle: 11 waits, 18 hours on average, about 24 at most in practice. */
const MAX_ATTEMPTS = 12;

/** A bug or a 404 is tried again soon and rarely: after one minute and after fourteen. */
const SHORT_DELAYS_MS = [MINUTE_MS, 14 * MINUTE_MS];

const SHORT: readonly ErrorClass[] = ['bug', 'not-found'];
const TERMINAL: readonly ErrorClass[] = ['validation', 'permanent', 'unknown'];
/** Classes that tell nothing about this delivery and so never use up its attempts. */
const UNCOUNTED: readonly ErrorClass[] = ['rate-limit', 'auth'];

/** The `test` profile lets a day of retries pass in minutes. */
const scale = (timing: Timing) => (timing === 'test' ? 100 : 1);
export const perTiming = (delayMs: number, timing: Timing) => delayMs / scale(timing);

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
    return delay === undefined ? 'stop' : delay / scale(timing);
  }
  const askedMs = askedDelayMs(failure.retryAfterMs);
  if (errorClass === 'rate-limit') return askedMs || (MINUTE_MS * (1 + random.number())) / scale(timing);
  const ceiling = Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** Math.max(attempts - 1, 0));
  return Math.max(askedMs, (random.number() * ceiling) / scale(timing));
}

/** What a vendor writes there may be anything. */
const askedDelayMs = (retryAfterMs = 0) =>
  Number.isNaN(retryAfterMs) ? 0 : Math.min(Math.max(retryAfterMs, 0), MAX_RETRY_AFTER_MS);

/**
 * The shortest time after which a message may come back, by how often it was received: waits that use up no attempt must
 * not use up the receive budget either (none to receive 20, 5 min to 50, 1 h to 80, then 12 h).
 */
export function receiveFloorMs(receiveCount: number, timing: Timing): number {
  const floor =
    receiveCount <= 20 ? 0 : receiveCount <= 50 ? 5 * MINUTE_MS : receiveCount <= 80 ? HOUR_MS : 12 * HOUR_MS;
  return floor / scale(timing);
}

/** Whether this receive is the last on which something can still be decided before SQS moves the message. */
export const isLastReceive = (receiveCount: number) => receiveCount >= QUEUE.maxReceiveCount - 1;
