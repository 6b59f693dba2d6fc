/** Which flows must make no calls (docs/delivery.md, rule 9), whatever a worker believes. */
import { holds, type Park, type ParkReason, type ParkSubject } from '../../functions/core/parks.ts';
import { type FlowPlan, MINUTE, type Plan } from './plan.ts';

type Scene = { readonly plan: Plan; readonly now: () => number };

/** A copy of the parks lives half a minute, and for five while they cannot be read. */
const PARKS_KNOWN_MS = 7 * MINUTE;
const parkId = ({ kind, name }: ParkSubject, reason: ParkReason) => `${kind} ${name} ${reason}`;

export class ParkWitness {
  readonly #scene: Scene;
  readonly #parks = new Map<string, Park>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** A flow or a target is parked from now on … */
  parked(park: Park): void {
    const id = parkId(park.subject, park.reason);
    const now = this.#scene.now();
    const known = this.#parks.get(id);
    // A timed one is over for some workers a little earlier than for others.
    const lasts = known && holds(known, now + 2 * this.#scene.plan.maxSkewMs + MINUTE);
    this.#parks.set(id, { ...park, since: lasts ? known.since : now });
  }

  /** … and no more. */
  unparked(subject: ParkSubject, reason: ParkReason): void {
    this.#parks.delete(parkId(subject, reason));
  }

  /** Why a flow makes no calls, once every worker's copy of the parks has aged. */
  isParked({ name: flow, operations }: FlowPlan): Park | undefined {
    const now = this.#scene.now();
    const { plan } = this.#scene;
    const since = now - PARKS_KNOWN_MS;
    if (plan.services.ledger.some(({ from, to }) => from <= now && to >= since)) return undefined;
    const vendors = operations.map(({ vendor }) => `vendor${vendor}`);
    return [...this.#parks.values()].find(({ subject, ...park }) => {
      const isOwn = subject.kind === 'flow' ? subject.name === flow : vendors.includes(subject.name);
      return isOwn && park.since <= since && (park.until === undefined || park.until - plan.maxSkewMs > now);
    });
  }
}
