/**
 * Parks: reasons to hold a flow's messages back.
 *
 * A flow is parked while it, or any of its targets, has at least one reason that is not over. Reasons are a set: each has
 * its own writer, which adds and removes only its own (docs/delivery.md, rule 9).
 */

/**
 * - `auth`: the target refuses our credentials. - `circuit`: the target fails delivery after delivery.
 * - `quota`: the target's quota is used up, `until` a time. - `operator`: somebody parked it.
 * - `broken`: nine of ten invocations of the flow's function fail for five minutes; the guard's.
 */
export const PARK_REASONS = ['auth', 'circuit', 'quota', 'operator', 'broken'] as const;
export type ParkReason = (typeof PARK_REASONS)[number];

export type ParkSubject = { readonly kind: 'flow' | 'target'; readonly name: string };

/** Times are milliseconds since the epoch. */
export type Park = {
  readonly subject: ParkSubject;
  readonly reason: ParkReason;
  readonly since: number;
  /** When it is over by itself; without it, when it is removed. */
  readonly until?: number;
  /** Who parked it: a flow's name, `guard`, or an operator's. */
  readonly by: string;
  /** In a few words, without secrets. */
  readonly why: string;
};

/** Whether a reason still holds. */
export const holds = ({ until }: Park, now: number) => until === undefined || until > now;
