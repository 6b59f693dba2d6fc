import type { Day, Timing } from './day.ts';

/** One outage, from its beginning to its end, and what must be true afterwards. */
export type Drill = {
  readonly name: string;
  /** In a sentence. */
  readonly purpose: string;
  readonly timing: Timing;
  /** When its story begins, UTC; 0 is Sunday. */
  readonly begins: { readonly weekday: number; readonly hour: number };
  run(day: Day, options: DrillOptions): Promise<void>;
};

export type DrillOptions = {
  /** Of the drill that is about a number. */
  readonly events: number;
};
