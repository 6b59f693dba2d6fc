/**
 * One process's share of what its targets allow: calls of a lane go one by one, evenly apart.
 *
 * Evenly, because every process of every flow spends its share of the same limit and knows nothing of the others: a burst
 * of each at the same moment would be more than the vendor allows.
 */

/** Calls that share a limit: all of a target, or those of one operation with one key. */
export type Lane = { readonly id: string; readonly perSecond: number };

/** Beyond this, lanes that are free again are forgotten: keys are whatever the flows' payloads hold. */
const MANY_LANES = 1_000;

export class Pacing {
  readonly #freeAt = new Map<string, number>();

  /** When a call on all these lanes may go: `now`, or later. */
  turnAt(lanes: readonly Lane[], now: number): number {
    return Math.max(now, ...lanes.map(({ id }) => this.#freeAt.get(id) ?? now));
  }

  /** A call goes at this time: the next ones on its lanes keep their distance. */
  take(lanes: readonly Lane[], at: number): void {
    if (this.#freeAt.size > MANY_LANES) this.#forgetFree(at);
    for (const { id, perSecond } of lanes) this.#freeAt.set(id, at + Math.ceil(1_000 / perSecond));
  }

  #forgetFree(now: number): void {
    for (const [id, freeAt] of this.#freeAt) if (freeAt <= now) this.#freeAt.delete(id);
  }
}
