import { type Clock, realClock } from './clock.ts';

/** Real time plus an offset that only grows: a clock that can be moved, never back. */
export type MovableClock = Clock & {
  /** By how much it is ahead of real time. */
  offsetMs(): number;
  /**
   * Moves the time at once, by any span: listeners hear of it first, then what falls due runs in the order of its times,
   * and all of it sees the new time. Whoever wants to see the times between moves in steps.
   *
   * @throws RangeError for a negative or infinite span.
   */
  advance(ms: number): void;
  /** Calls `listener` after each move; the returned function ends that. */
  onMove(listener: (offsetMs: number) => void): () => void;
};

type Timer = { at: number; action: () => void; handle?: NodeJS.Timeout };

/** The longest delay that `setTimeout` knows; a longer one is reached in several. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** @param options.offsetMs Where it begins, ahead of real time. @default 0 */
export function createMovableClock(options: { offsetMs?: number } = {}): MovableClock {
  let offsetMs = requireSpan(options.offsetMs ?? 0);
  const timers = new Set<Timer>();
  const listeners = new Set<(offsetMs: number) => void>();
  const now = () => Date.now() + offsetMs;

  function cancel(timer: Timer): void {
    clearTimeout(timer.handle);
    timers.delete(timer);
  }

  function fire(timer: Timer): void {
    cancel(timer);
    timer.action();
  }

  /** Sets the real timer behind it anew. */
  function arm(timer: Timer): void {
    clearTimeout(timer.handle);
    const delayMs = Math.min(Math.max(timer.at - now(), 0), MAX_DELAY_MS);
    timer.handle = setTimeout(() => (now() < timer.at ? arm(timer) : fire(timer)), delayMs).unref();
  }

  function fireDue(): void {
    const moved = now();
    const due = [...timers].filter(({ at }) => at <= moved).sort((one, other) => one.at - other.at);
    for (const timer of due) if (timers.has(timer)) fire(timer);
  }

  return {
    now,
    offsetMs: () => offsetMs,
    after(delayMs, action) {
      const timer = { at: now() + Math.max(delayMs, 0), action };
      timers.add(timer);
      arm(timer);
      return () => cancel(timer);
    },
    advance(ms) {
      offsetMs += requireSpan(ms);
      for (const listener of [...listeners]) listener(offsetMs);
      fireDue();
      for (const timer of timers) arm(timer);
    },
    onMove(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function requireSpan(ms: number): number {
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw new RangeError(`[syncline] [laptop] time cannot be moved by ${ms} ms; a span is 0 or more milliseconds`);
}

/**
 * The same time with real timers: for what takes real time whatever the clock says, such as a running invocation or a
 * call over the network, so that a move does not make it time out.
 */
export const withRealTimers = ({ now }: Clock): Clock => ({ now, after: realClock.after });
