import type { Clock } from './ports.ts';

/**
 * Ends work that takes too long.
 *
 * @param work Its `signal` is aborted when the time is up; whatever it does from then on, nobody hears.
 * @throws Error when the time is up, and whatever `work` throws before.
 */
export async function within<Value>(
  timeoutMs: number,
  clock: Clock,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const late = new AbortController();
  const ended = new AbortController();
  const timeout = clock.sleep(timeoutMs, ended.signal).then((): never => {
    const error = new Error(`it took longer than ${timeoutMs} ms`);
    // Work that ended in time must not be aborted any more; nobody waits for this promise then.
    if (!ended.signal.aborted) late.abort(error);
    throw error;
  });
  try {
    return await Promise.race([work(late.signal), timeout]);
  } finally {
    ended.abort();
  }
}
