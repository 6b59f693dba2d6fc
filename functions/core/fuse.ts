/**
 * The fuse: two systems that answer each other's changes would never stop. An entity with too many deliveries within an hour
 * is parked, until an operator resumes it (docs/delivery.md, rule 11).
 *
 * Where the latest event wins, the entity's own item counts. In all other flows a process counts for itself, so that the
 * straight path writes nothing more; the state table hears of it when the fuse blows, and is asked by deliveries that come
 * back, and by processes that have blown it.
 */
import { type EntityAddress, entityKey } from './entity.ts';
import type { Entities } from './ports.ts';

/** More of one entity within an hour are a loop rather than business. */
export const FUSE_DELIVERIES = 30;
const HOUR_MS = 3_600_000;
/** Entities that a process counts: the one that it has known for longest makes room for another. */
const MAX_ENTITIES = 10_000;

export class Fuse {
  readonly #counts = new Map<string, { from: number; count: number; isBlown: boolean }>();

  /**
   * Counts a delivery, and says whether its entity is parked.
   *
   * @param delivery.counts 0 when it was counted before. `wasParked`: it has waited for the entity's resumption.
   * @returns `blown`: it has just been parked.
   */
  async check(
    entity: EntityAddress,
    delivery: { counts: 0 | 1; wasParked: boolean; now: number },
    entities: Entities,
  ): Promise<'pass' | 'parked' | 'blown'> {
    const { now, wasParked } = delivery;
    const known = this.#count(entityKey(entity), delivery);
    if (known.isBlown || wasParked) {
      if ((await entities.read(entity))?.parkedAt !== undefined) return 'parked';
      // An operator has resumed it.
      Object.assign(known, { from: now, count: delivery.counts, isBlown: false });
      return 'pass';
    }
    if (known.count <= FUSE_DELIVERIES) return 'pass';
    await entities.park(entity, now);
    known.isBlown = true;
    return 'blown';
  }

  #count(key: string, { counts, now }: { counts: 0 | 1; now: number }) {
    const known = this.#counts.get(key);
    const isOver = known !== undefined && !known.isBlown && known.from <= now - HOUR_MS;
    const counted = known && !isOver ? known : { from: now, count: 0, isBlown: false };
    counted.count += counts;
    if (!known && this.#counts.size >= MAX_ENTITIES) this.#counts.delete(this.#counts.keys().next().value!);
    this.#counts.set(key, counted);
    return counted;
  }
}
