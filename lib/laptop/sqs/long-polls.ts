import type { ReceiveMessageResult } from '@aws-sdk/client-sqs';
import type { Clock } from '../clock.ts';
import type { GroupCommit } from './group-commit.ts';

/** One `ReceiveMessage` that found nothing and waits. */
export type LongPoll = {
  queueId: number;
  waitMs: number;
  /** Tries to receive, inside a transaction; `undefined` when the queue still has nothing. */
  attempt: () => ReceiveMessageResult | undefined;
  /** Ends the wait with an empty answer. */
  signal?: AbortSignal | undefined;
};

/** After a failed write. */
const retryMs = 1000;

type Waiting = LongPoll & { settle: (answer: ReceiveMessageResult | Promise<ReceiveMessageResult>) => void };

/**
 * The receives that wait for a message.
 *
 * A poll enters when its queue is empty, and leaves with messages, with an empty answer at the end of its time, or with
 * an error when its queue is deleted. Whoever makes a message visible calls `wake`; a timer wakes a queue when a delay
 * or a visibility timeout ends.
 */
export type LongPolls = ReturnType<typeof createLongPolls>;

export function createLongPolls(options: {
  clock: Clock;
  commit: () => GroupCommit;
  nextVisibleAt: (queueId: number, now: number) => number | null;
}) {
  const { clock } = options;
  const waiting = new Map<number, Set<Waiting>>();
  const woken = new Set<number>();
  const timers = new Map<number, () => void>();

  /** Something about the queue's messages changed: look again at the end of this turn. */
  function wake(queueId: number): void {
    if (waiting.has(queueId)) woken.add(queueId);
  }

  function wait(poll: LongPoll): Promise<ReceiveMessageResult> {
    return new Promise((resolve) => {
      const end = () => entry.settle({});
      const cancelTimer = clock.after(poll.waitMs, end);
      const entry: Waiting = {
        ...poll,
        settle(answer) {
          cancelTimer();
          poll.signal?.removeEventListener('abort', end);
          leave(entry);
          resolve(answer);
        },
      };
      poll.signal?.addEventListener('abort', end);
      const polls = waiting.get(poll.queueId) ?? new Set();
      waiting.set(poll.queueId, polls.add(entry));
      woken.add(poll.queueId);
    });
  }

  function leave(entry: Waiting): void {
    const polls = waiting.get(entry.queueId);
    polls?.delete(entry);
    if (polls?.size !== 0) return;
    waiting.delete(entry.queueId);
    setTimer(entry.queueId, null);
  }

  /** Serves the woken queues, first come first served. Runs inside the turn's transaction. */
  function serve(): void {
    // One time for looking and for the timer: what becomes visible between the two must not be missed by both.
    const now = clock.now();
    for (const queueId of woken) {
      woken.delete(queueId);
      for (const poll of waiting.get(queueId) ?? []) {
        if (!serveOne(poll)) break;
      }
      if (waiting.has(queueId)) setTimer(queueId, options.nextVisibleAt(queueId, now));
    }
  }

  function serveOne(poll: Waiting): boolean {
    let isEmpty = false;
    const answer = options.commit().run(() => {
      const result = poll.attempt();
      isEmpty = result === undefined;
      return result ?? {};
    });
    if (!isEmpty) poll.settle(answer);
    else answer.catch(() => {}); // the poll waits on, whether or not this turn's commit succeeds
    return !isEmpty;
  }

  function setTimer(queueId: number, at: number | null): void {
    timers.get(queueId)?.();
    timers.delete(queueId);
    if (at === null) return;
    timers.set(
      queueId,
      clock.after(at - clock.now(), () => void lookAgain(queueId)),
    );
  }

  async function lookAgain(queueId: number): Promise<void> {
    try {
      await options.commit().run(() => wake(queueId));
    } catch {
      setTimer(queueId, clock.now() + retryMs);
    }
  }

  /** Ends all waits with an empty answer. */
  function close(): void {
    for (const polls of waiting.values()) for (const poll of polls) poll.settle({});
  }

  return { wake, wait, serve, close };
}
