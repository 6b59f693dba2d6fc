import type { Clock } from '../clock.ts';
import { isOneTime, nextRun } from './expression.ts';
import type { Schedule, Store } from './store.ts';

export type TimetablePorts = {
  store: Store;
  clock: Clock;
  /** Runs the target; its failure is its own affair. */
  run: (schedule: Schedule, scheduledMs: number) => Promise<void>;
};

/** No timer waits longer: real ones cannot wait a month. */
const LONGEST_WAIT_MS = 86_400_000;

/**
 * Runs what is due.
 *
 * A schedule that was due while the hub was down is run at the start if it is a one-time one, and goes on with its next
 * time if it recurs; one that was due several times at once, because the clock jumped, is run once.
 */
export function createTimetable({ store, clock, run }: TimetablePorts) {
  const openedMs = clock.now();
  const running = new Set<Promise<void>>();
  let cancel = () => {};
  let started = false;

  function arm(): void {
    cancel();
    if (!started) return;
    const dues = store.list().flatMap((schedule) => (isDue(schedule) ? [schedule.nextMs!] : []));
    if (dues.length === 0) return;
    cancel = clock.after(Math.min(Math.min(...dues) - clock.now(), LONGEST_WAIT_MS), runDue);
  }

  function runDue(): void {
    for (const schedule of store.list()) {
      if (isDue(schedule) && schedule.nextMs! <= clock.now()) begin(schedule, schedule.nextMs!);
    }
    arm();
  }

  function begin(schedule: Schedule, scheduledMs: number): void {
    const nextMs = nextRun(schedule.definition, schedule.modifiedMs, Math.max(scheduledMs, clock.now())) ?? null;
    store.put({ ...schedule, nextMs, runningMs: scheduledMs });
    const ended = run(schedule, scheduledMs).finally(() => {
      running.delete(ended);
      end(schedule.definition, scheduledMs);
    });
    running.add(ended);
  }

  function end({ GroupName, Name }: Schedule['definition'], scheduledMs: number): void {
    const schedule = store.find(GroupName, Name);
    if (schedule?.runningMs !== scheduledMs) return;
    if (schedule.nextMs === null && schedule.definition.ActionAfterCompletion === 'DELETE') store.remove(schedule);
    else store.put({ ...schedule, runningMs: null });
  }

  function catchUp(): void {
    for (const schedule of store.list()) {
      if (schedule.runningMs !== null) begin(schedule, schedule.runningMs);
      else if (isDue(schedule) && schedule.nextMs! < openedMs && !isOneTime(schedule.definition)) {
        store.put({ ...schedule, nextMs: nextRun(schedule.definition, schedule.modifiedMs, clock.now()) ?? null });
      }
    }
  }

  return {
    /** To be called when a schedule was changed. */
    arm,
    start() {
      started = true;
      catchUp();
      arm();
    },
    /** Begins no more runs and waits for those that have begun. */
    async stop() {
      started = false;
      cancel();
      await Promise.all(running);
    },
  };
}

const isDue = ({ definition, nextMs }: Schedule) => nextMs !== null && definition.State === 'ENABLED';
