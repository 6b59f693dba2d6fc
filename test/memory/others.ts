import type { Bodies, Http, Random, Secrets, Telemetry } from '../../functions/core/ports.ts';
import type { HttpResponse } from '../../functions/core/target.ts';

/** A clock that stands until it is moved, or somebody sleeps. */
export function memoryClock(start: string) {
  let now = Date.parse(start);
  return {
    now: () => now,
    advance(ms: number) {
      now += ms;
    },
    async sleep(ms: number, signal?: AbortSignal) {
      // A sleep that may be ended leaves others their turn to end it.
      if (signal) await new Promise((resolve) => setImmediate(resolve));
      if (!signal?.aborted) now += ms;
    },
  };
}

/** Numbers from a fixed sequence, ids from a counter. */
export function memoryRandom(numbers: readonly number[] = [0.5]): Random {
  let count = 0;
  return {
    number: () => numbers[count++ % numbers.length]!,
    id: () => `id-${++count}`,
  };
}

export function memoryBodies() {
  const objects = new Map<string, Buffer>();
  const bodies: Bodies = {
    async put(key, body) {
      objects.set(key, body);
    },
    async get(key) {
      return objects.get(key);
    },
  };
  return { bodies, objects };
}

/**
 * Secrets by `source/<name>` and `target/<name>`, newest first.
 *
 * `fresher` is what a refresh finds; without it there was one within the last minute. `former` is what was valid once.
 * `refreshes` counts.
 */
export function memorySecrets(
  values: Record<string, readonly unknown[]>,
  fresher?: () => Record<string, readonly unknown[]>,
  former: Record<string, readonly unknown[]> = {},
) {
  let refreshes = 0;
  const secrets: Secrets = {
    connections: async (owner, name) => values[`${owner}/${name}`] ?? [],
    async refresh(owner, name) {
      refreshes++;
      return fresher?.()[`${owner}/${name}`];
    },
    former: (owner, name) => former[`${owner}/${name}`] ?? [],
  };
  return { secrets, refreshes: () => refreshes };
}

type Sent = Parameters<Http['send']>[0];
type Answer = Awaited<ReturnType<Http['send']>>;

/** The network: answers from a list, the last one for ever, and every request on record. */
export function memoryHttp(...answers: (Answer | ((request: Sent) => Answer))[]) {
  const sent: Sent[] = [];
  const http: Http = {
    async send(request) {
      const answer = answers[Math.min(sent.length, answers.length - 1)];
      sent.push(request);
      if (!answer) throw new Error('no answer was provided for this call');
      return typeof answer === 'function' ? answer(request) : answer;
    },
  };
  return { http, sent };
}

export function answered(status: number, body: unknown = {}, headers: Record<string, string> = {}): Answer {
  const response: HttpResponse = { status, headers, body: Buffer.from(JSON.stringify(body)) };
  return { kind: 'answered', response };
}

export function memoryTelemetry() {
  const lines: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const counts = new Map<string, number>();
  const telemetry: Telemetry = {
    log: (level, message, fields) => void lines.push({ level, message, fields }),
    count: (metric, value = 1) => void counts.set(metric, (counts.get(metric) ?? 0) + value),
    milliseconds: () => {},
  };
  return { telemetry, lines, counts };
}
