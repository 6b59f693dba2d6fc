/** Counts what runs at once, against a limit that may change. */
export type Slots = {
  /** Waits until one more may run. */
  free(): Promise<void>;
  /** Runs `task`, which must not reject. */
  run(task: () => Promise<void>): void;
  /** Waits until nothing runs. */
  idle(): Promise<void>;
  /** To be called when the limit has changed. */
  changed(): void;
};

export function createSlots(limit: () => number): Slots {
  let running = 0;
  const waiting: (() => void)[] = [];
  const changed = () => {
    for (const wake of waiting.splice(0)) wake();
  };
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return {
    free: () => until(() => running < limit()),
    idle: () => until(() => running === 0),
    changed,
    run(task) {
      running += 1;
      void task().finally(() => {
        running -= 1;
        changed();
      });
    },
  };
}
