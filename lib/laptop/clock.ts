/** The time of the emulated services. The runner owns it, so that a test can move it. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `action` once, `delayMs` from now (never sooner); the returned function cancels it. */
  after(delayMs: number, action: () => void): () => void;
};

export const realClock: Clock = {
  now: () => Date.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, Math.min(Math.max(delayMs, 0), 2 ** 31 - 1));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
