/** When something happens in a seed's world, and how often. */
import { MINUTE, SECOND, START, type Window } from './plan.ts';
import type { Chance } from './random.ts';

export const times = <Value>(count: number, make: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Most of what matters happens early: that is when the load comes. */
export const moment = (chance: Chance, troubledMs: number) =>
  chance.is(0.3) ? chance.between(0, troubledMs) : chance.magnitude(10 * SECOND, troubledMs);

/** Up to three stretches of trouble, none in most seeds. */
export function windows<Kind extends string>(
  chance: Chance,
  troubledMs: number,
  longestMs: number,
  kinds: readonly Kind[],
  probability: number,
): Window<Kind>[] {
  if (!chance.is(probability)) return [];
  return times(chance.integer(1, 3), () => {
    const from = START + moment(chance, troubledMs);
    const to = Math.min(from + chance.magnitude(MINUTE, longestMs), START + troubledMs);
    return { from, to, kind: chance.pick(kinds) };
  });
}
