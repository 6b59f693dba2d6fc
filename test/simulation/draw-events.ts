/** What a seed's events are about. */
import { times } from './draw-moments.ts';
import { DAY, type EventPlan, type Notation, type Plan, SECOND, START } from './plan.ts';
import type { Chance } from './random.ts';

export const MAX_EVENTS = 204;
/** Two systems that answer each other's changes. */
export const LOOP_EVENTS = 50;

/** Events of few entities; most come about in the order in which they happened. */
export function eventPlans(chance: Chance, notation: Notation, saying: Chance | undefined): EventPlan[] {
  const entities = chance.pick([1, 2, 2, 4, 10]);
  const disorder = chance.pick([0, 2, 5, 20, 100]);
  return times(MAX_EVENTS + LOOP_EVENTS, (number) => {
    const says = saying && { fields: { name: saying.pick(['x', 'y', 'z']), size: saying.pick(['1', '2']) } };
    if (number >= MAX_EVENTS) return { entityId: 'e0', rank: number, ...written(number, notation), ...says };
    const entityId = chance.is(0.05) ? null : `e${chance.integer(0, entities - 1)}`;
    const rank = number + chance.integer(0, disorder);
    return chance.is(0.03)
      ? { entityId, rank: undefined, occurredAt: null, ...says }
      : { entityId, rank, ...written(rank, notation), ...says };
  });
}

/** An event that comes after all that were planned. */
export const eventOf = ({ notation }: Plan, number: number, entityId: string): EventPlan => ({
  ...{ entityId, rank: number, ...written(number, notation) },
});

/** A rank in a vendor's notation: half an hour from one to the next, and sequences that grow by a digit now and then. */
function written(rank: number, notation: Notation) {
  const at = START - 30 * DAY + rank * 1_800 * SECOND;
  const sequence = String(rank + 5);
  if (notation === 'sequence') return { occurredAt: null, sequence };
  if (notation === 'both') return { occurredAt: new Date(START).toISOString(), sequence };
  if (notation === 'iso') return { occurredAt: new Date(at).toISOString() };
  return { occurredAt: String(notation === 'seconds' ? at / SECOND : at) };
}
