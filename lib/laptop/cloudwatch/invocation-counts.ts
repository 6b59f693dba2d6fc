/** AWS keeps values of a minute for 15 days. */
const KEPT_MS = 15 * 24 * 3_600_000;
const MINUTE_MS = 60_000;

/** What is counted of a function in a minute: each invocation is a sample, of `Invocations` 1, of `Errors` 0 or 1. */
export type MinuteCount = { atMs: number; invocations: number; errors: number };

export type InvocationCounts = {
  /** An invocation that began then has ended. */
  add(functionName: string, invocation: { beganMs: number; hasFailed: boolean }): void;
  /** Minutes with invocations of a function, or without a name of all together, in no order. */
  of(functionName?: string): MinuteCount[];
};

/** Counts invocations by the minute in which they began, in memory: a restart of the hub begins from nought. */
export function createInvocationCounts(): InvocationCounts {
  const all = new Map<number, MinuteCount>();
  const byFunction = new Map<string, Map<number, MinuteCount>>();

  function addTo(minutes: Map<number, MinuteCount>, atMs: number, hasFailed: boolean): void {
    const minute = minutes.get(atMs) ?? { atMs, invocations: 0, errors: 0 };
    minute.invocations += 1;
    if (hasFailed) minute.errors += 1;
    minutes.set(atMs, minute);
    for (const old of minutes.keys()) {
      if (old > atMs - KEPT_MS) break;
      minutes.delete(old);
    }
  }

  return {
    add(functionName, { beganMs, hasFailed }) {
      const atMs = beganMs - (beganMs % MINUTE_MS);
      const own = byFunction.get(functionName) ?? new Map();
      byFunction.set(functionName, own);
      addTo(own, atMs, hasFailed);
      addTo(all, atMs, hasFailed);
    },
    of: (functionName) => [
      ...(functionName === undefined ? all : (byFunction.get(functionName) ?? new Map())).values(),
    ],
  };
}
