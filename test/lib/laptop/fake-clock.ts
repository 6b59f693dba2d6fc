import type { Clock } from '../../../lib/laptop/clock.ts';

/** A clock that stands still until a test moves it. */
export type FakeClock = Clock & {
  /** Lets the time pass: runs what falls due, in order, each at its own time, and lets its consequences settle. */
  advance(ms: number): Promise<void>;
  /** How many timers wait. */
  pending(): number;
};

type Timer = { at: number; action: () => void };

export function fakeClock(start: string | number = '2026-11-20T00:00:00Z'): FakeClock {
  let now = new Date(start).getTime();
  const timers = new Set<Timer>();
  const firstDue = (end: number) =>
    [...timers].filter((timer) => timer.at <= end).sort((one, other) => one.at - other.at)[0];
  return {
    now: () => now,
    after(delayMs, action) {
      const timer = { at: now + Math.max(delayMs, 0), action };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (let timer = firstDue(end); timer; timer = firstDue(end)) {
        timers.delete(timer);
        now = Math.max(now, timer.at);
        timer.action();
        await settle();
      }
      now = end;
    },
    pending: () => timers.size,
  };
}

/** A few turns of the event loop: enough for promises and a group commit, not for the network. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
}
