import { z } from 'zod';
import type { MovableClock } from '../movable-clock.ts';
import { wrongInput } from './control-error.ts';

/** Ten years: what lies further ahead is a slip of the keyboard. */
const MAX_ADVANCE_MS = 10 * 365 * 24 * 3_600_000;

const advanceInput = z.strictObject({ advanceMs: z.int().min(0).max(MAX_ADVANCE_MS) });

/** `now` is the hub's time, `offsetMs` by how much that is ahead of real time. */
export const readTime = (clock: MovableClock) => ({
  now: new Date(clock.now()).toISOString(),
  offsetMs: clock.offsetMs(),
});

/** @throws ControlError */
export function advanceTime(clock: MovableClock, given: unknown) {
  const { data } = advanceInput.safeParse(given);
  if (!data) {
    const next = `send { "advanceMs": … }, a whole number from 0 to ${MAX_ADVANCE_MS}; time never goes back`;
    throw wrongInput(`${JSON.stringify(given)} does not say by how much to move the time`, next);
  }
  clock.advance(data.advanceMs);
  return readTime(clock);
}
