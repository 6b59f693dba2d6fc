import { FLOWS, type Hub, until } from '../journeys/hub-process.ts';
import { mappingsOf } from './mappings.ts';
import type { MetricLine } from './metric-lines.ts';
import type { Queues } from './queues.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A function that has had a message for longer than its own timeout works on it no more. */
const DEFAULT_LOST_AFTER_MS = 60_000;
/** Paced calls take real time. */
const LONGEST_WAIT_MS = 300_000;
/** The guard watches by the hour: of what it tells, the timeline learns at most this much later. */
const LONGEST_MOVE_MS = 6 * HOUR_MS;

export type PassOptions = {
  /** No move is shorter: what falls due within it is received together. @default a minute */
  grainMs?: number;
  /** No move is longer, where something is to be seen minute by minute. @default 6 hours */
  longestMoveMs?: number;
  /**
   * An invocation that has a message of the flow for longer is taken for dead. Of a flow whose function cannot even start
   * this is shorter; of any other it must not be, or time moves under its worker's feet. @default a minute for each
   */
  lostAfterMs?: Readonly<Record<string, number>>;
  /** Waits after each move until the guard has run in the minute before it, so that it misses none. @default false */
  withGuard?: boolean;
  /** Nobody takes messages from the queues: what is visible stays so and is not waited for. @default false */
  standing?: boolean;
};

type Options = { hub: Hub; queues: Queues; onSettled: () => Promise<void> };

/** The passing of time: from one moment at which something is due to the next, each time when all that was due is done. */
export function createTime({ hub, queues, onSettled }: Options) {
  const mappings = mappingsOf(hub);

  async function look({ lostAfterMs = {}, standing = false }: PassOptions) {
    const [all, at] = await Promise.all([mappings(), hub.now()]);
    const now = at.getTime();
    // Nothing is received for a parked flow.
    const views = all
      .filter(({ isOn }) => isOn)
      .map(({ flow }) => {
        const at = { now, lostAfterMs: lostAfterMs[flow] ?? DEFAULT_LOST_AFTER_MS };
        return queues.look(hub.names.queue(flow), at);
      });
    const due = views.flatMap(({ nextDueAt }) => nextDueAt ?? []);
    const busy = views.some(({ visible, inFlight }) => (standing ? 0 : visible) + inFlight > 0);
    return { now, busy, nextDueAt: due.length > 0 ? Math.min(...due) : undefined };
  }

  /** Waits until everything that is due has been done. */
  async function settle(options: PassOptions = {}) {
    const idle = async () => {
      const seen = await look(options);
      return seen.busy ? undefined : seen;
    };
    const seen = await until('what is due to be done', idle, LONGEST_WAIT_MS);
    await onSettled();
    return seen;
  }

  /** When the guard last ended a run: it tells of itself then. */
  const guardRanAt = () => Number(heartbeats(hub.log(hub.names.guardFunction)).at(-1) ?? 0);

  async function move(ms: number, { withGuard = false }: PassOptions): Promise<void> {
    await hub.advance(ms);
    const now = (await hub.now()).getTime();
    if (withGuard) await until('the guard to run', async () => guardRanAt() > now - MINUTE_MS || undefined);
  }

  /** Lets this much time pass. */
  async function pass(spanMs: number, options: PassOptions = {}): Promise<void> {
    const { grainMs = MINUTE_MS, longestMoveMs = LONGEST_MOVE_MS } = options;
    const end = (await hub.now()).getTime() + spanMs;
    for (;;) {
      const { now, nextDueAt = end } = await settle(options);
      if (now >= end) return;
      const next = Math.max(nextDueAt, now + grainMs);
      await move(Math.ceil(Math.min(next, end, now + longestMoveMs) - now), options);
    }
  }

  /**
   * Lets time pass until no flow's queue holds a message any more, parked flows' included.
   *
   * @returns How long it took, in the hub's time.
   */
  async function passUntilDone(options: PassOptions & { withinMs: number }): Promise<number> {
    const begun = (await hub.now()).getTime();
    for (;;) {
      await settle(options);
      const now = (await hub.now()).getTime();
      const left = await Promise.all(Object.values(FLOWS).map((flow) => hub.depth(hub.names.queue(flow))));
      if (left.every((depth) => depth === 0)) return now - begun;
      if (now - begun > options.withinMs) throw new Error(`after ${now - begun} ms messages are left: ${left}`);
      await pass(options.grainMs ?? MINUTE_MS, options);
    }
  }

  return { settle, pass, passUntilDone };
}

const heartbeats = (lines: readonly Record<string, unknown>[]) =>
  lines.flatMap((line) => ('Heartbeat' in line ? (line as MetricLine)._aws.Timestamp : []));
