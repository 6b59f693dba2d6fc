/**
 * Systems that tell of every change of their records, of ours as well: what a flow has written into one comes back to the
 * door as an event. Flows that write to each other's system would never come to rest, were such echoes not known as echoes.
 */
import type { Door } from './door.ts';
import { eventOf } from './draw-events.ts';
import { MINUTE, type RecordPlan, SECOND } from './plan.ts';
import type { World } from './world.ts';

/**
 * After so many echoes before the calm their systems are silent until then: what waits in trouble for more than ten minutes is
 * news again, and each retry whose answer is lost is told once more. In the calm nothing but echoes ends a loop.
 */
const MAX_ECHOES = 1_000;

export class Echoing {
  readonly #world: World;
  readonly #door: Door;
  #told = 0;

  constructor(world: World, door: Door) {
    this.#world = world;
    this.#door = door;
  }

  /** A write took effect: its system tells of it, mostly soon. */
  tellOf(vendor: number, deliveryId: string, record: RecordPlan): void {
    const { plan, chance, scheduler, isCalm, witness } = this.#world;
    const type = plan.echoes.find((echo) => echo.vendor === vendor)?.type;
    if (!type) return;
    if (!isCalm && (++this.#told > MAX_ECHOES || chance.is(0.1))) {
      this.#world.count('echo left out');
      return;
    }
    const hops = isCalm ? witness.echoes.returns(deliveryId) : 0;
    const event = { ...eventOf(plan, plan.events.length, record.entity), fields: record.fields, hops };
    const number = plan.events.push(event) - 1;
    const delayMs =
      isCalm || chance.is(0.8) ? chance.magnitude(2 * SECOND, 2 * MINUTE) : chance.magnitude(20, 30 * MINUTE);
    const at = scheduler.now + delayMs;
    scheduler.at(at, () => {
      this.#world.count('vendor echoes');
      this.#door.post({ at, events: [`${type}${number}`], large: false, again: [] });
    });
  }
}
