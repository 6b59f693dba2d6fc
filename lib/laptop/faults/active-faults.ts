import type { Clock } from '../clock.ts';
import type { Fault, FaultKind, FaultOf } from './fault.ts';

/**
 * A fault that has been set.
 *
 * It enters with `add` and leaves when its time is over, when it has struck as often as it may, or by `clear`.
 */
export type ActiveFault<Of extends Fault = Fault> = {
  readonly id: string;
  readonly fault: Of;
  /** How often it has struck. */
  readonly hits: number;
  readonly endsAtEpochMs?: number;
};

type Entry = { -readonly [Field in keyof ActiveFault]: ActiveFault[Field] } & {
  cancelEnd?: () => void;
  onEnd: () => void;
  /** Calls that a rate has let pass in the second that is `second`. */
  passed: { second: number; count: number };
};

export type ActiveFaults = ReturnType<typeof createActiveFaults>;

/** @param options.random From 0 up to 1, as `Math.random`. */
export function createActiveFaults({ clock, random }: { clock: Clock; random: () => number }) {
  const entries = new Map<string, Entry>();
  let count = 0;

  function end(id: string): void {
    const entry = entries.get(id);
    if (!entries.delete(id)) return;
    entry?.cancelEnd?.();
    entry?.onEnd();
  }

  function add(fault: Fault, onEnd: () => void = () => {}): ActiveFault {
    count += 1;
    const id = `fault-${count}`;
    const entry: Entry = { id, fault, hits: 0, onEnd, passed: { second: 0, count: 0 } };
    entries.set(id, entry);
    if (fault.forMs === undefined) return entry;
    entry.endsAtEpochMs = clock.now() + fault.forMs;
    entry.cancelEnd = clock.after(fault.forMs, () => end(id));
    return entry;
  }

  /** Whether the call passes because it is within the rate. */
  function isWithinRate({ fault, passed }: Entry): boolean {
    if (fault.kind !== 'throttle' || fault.perSecond === undefined) return false;
    const second = Math.floor(clock.now() / 1000);
    if (passed.second !== second) Object.assign(passed, { second, count: 0 });
    passed.count += 1;
    return passed.count <= fault.perSecond;
  }

  /** Whether the fault, which a call or an invocation could meet, meets it; counts it if so. */
  function strikes({ id }: ActiveFault): boolean {
    const entry = entries.get(id);
    if (!entry || entry.fault.kind === 'skew-clock') return false;
    const { probability = 1, times = Number.POSITIVE_INFINITY } = entry.fault;
    if (isWithinRate(entry) || random() >= probability) return false;
    entry.hits += 1;
    if (entry.hits >= times) end(id);
    return true;
  }

  return {
    add,
    strikes,
    all: (): ActiveFault[] => [...entries.values()],
    /** Those of a kind, in the order in which they were set. */
    ofKind: <Kind extends FaultKind>(...kinds: Kind[]) =>
      [...entries.values()].filter(({ fault }) => kinds.includes(fault.kind as Kind)) as unknown as ActiveFault<
        FaultOf<Kind>
      >[],
    clear() {
      for (const id of [...entries.keys()]) end(id);
    },
  };
}
