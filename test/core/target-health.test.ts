import { describe, expect, it } from 'vitest';
import { DeliveryError, type ErrorClass } from '../../functions/core/delivery-error.ts';
import { TargetHealth } from '../../functions/core/target-health.ts';
import { DAY, HOUR, MINUTE, SECOND, startMs } from './given.ts';

const failure = (
  errorClass: ErrorClass,
  outcome: DeliveryError['outcome'],
  options: { status?: number; code?: string; retryAfterMs?: number } = {},
) => new DeliveryError(errorClass, options.code ?? 'code', 'it failed', { outcome, ...options });
const down = failure('transient', 'unknown', { status: 503 });
const limited = (retryAfterMs?: number) =>
  failure('rate-limit', 'refused', { status: 429, ...(retryAfterMs !== undefined && { retryAfterMs }) });

/** Learns of one call after the other: `[seconds after the start, delivery, how it ended]`. */
function learn(calls: readonly (readonly [number, string, DeliveryError | undefined])[], health = new TargetHealth(1)) {
  return calls.map(([seconds, delivery, error]) => health.learn(delivery, error, startMs + seconds * SECOND));
}
const failing = (count: number, secondsApart: number, error: DeliveryError = down, from = 0) =>
  Array.from({ length: count }, (_, number) => [from + number * secondsApart, `d${from}-${number}`, error] as const);

describe('the breaker', () => {
  it('opens on ten different deliveries that fail in a row for a minute', () => {
    const found = learn(failing(10, 7));

    expect(found.slice(0, 9).every((finding) => finding === undefined)).toBe(true);
    expect(found[9]).toEqual({ reason: 'circuit' });
  });

  it('waits for the minute, however many fail', () => {
    const found = learn(failing(61, 1));

    expect(found.findIndex((finding) => finding !== undefined)).toBe(60);
  });

  it('never opens on one delivery, however often it fails', () => {
    const found = learn(failing(500, 60).map(([seconds, , error]) => [seconds, 'd', error] as const));

    expect(found.filter(Boolean)).toEqual([]);
  });

  it.each<[string, DeliveryError]>([
    ['a 5xx', down],
    ['no answer', failure('transient', 'unknown')],
    ['no answer to a call that cannot be repeated', failure('unknown', 'unknown')],
    ['a connection that was refused', failure('transient', 'not-sent', { code: 'not-sent' })],
    ['a word for an error of its own in a 200', failure('transient', 'unknown', { status: 200 })],
  ])('counts %s', (_, error) => {
    expect(learn(failing(10, 7, error)).at(-1)).toEqual({ reason: 'circuit' });
  });

  it.each<[string, DeliveryError | undefined]>([
    ['a success', undefined],
    ['a validation error', failure('validation', 'refused', { status: 422 })],
    ['a conflict, though it leaves the outcome open', failure('conflict', 'unknown', { status: 409 })],
    ['a refused credential', failure('auth', 'refused', { status: 401 })],
    ['a rate limit', limited()],
  ])('begins anew after %s: the target is alive', (_, alive) => {
    const found = learn([...failing(9, 7), [63, 'alive', alive], ...failing(9, 7, down, 70)]);

    expect(found.filter((finding) => finding?.reason === 'circuit')).toEqual([]);
  });

  it.each<[string, DeliveryError]>([
    ['our own pacing', failure('rate-limit', 'not-sent', { code: 'pacing' })],
    ['a parked flow', failure('transient', 'not-sent', { code: 'parked' })],
    ['an invocation that ends', failure('transient', 'not-sent', { code: 'no-time' })],
  ])('learns nothing from %s', (_, error) => {
    expect(learn(failing(20, 7, error)).filter(Boolean)).toEqual([]);
    expect(learn([...failing(9, 7), [63, 'd', error], [64, 'last', down]]).at(-1)).toEqual({ reason: 'circuit' });
  });

  it('counts a look-up that nobody answers, and one that is answered shows the target alive', () => {
    const lookUp = failure('transient', undefined, { code: 'look-up' });
    const answered = failure('transient', undefined, { status: 403 });

    expect(learn(failing(20, 7, lookUp)).filter(Boolean)).toHaveLength(2);
    expect(learn([...failing(9, 7), [63, 'd', answered], [64, 'last', down]]).at(-1)).toBeUndefined();
  });

  it('wants as much evidence again after it has opened', () => {
    const found = learn([...failing(10, 7), ...failing(10, 7, down, 100)]);

    expect(found.map((finding, index) => (finding ? index : -1)).filter((index) => index >= 0)).toEqual([9, 19]);
  });
});

describe('a 429', () => {
  it.each([
    [undefined, MINUTE],
    [5 * SECOND, 5 * SECOND],
    [2 * HOUR, 2 * HOUR],
    [400 * DAY, DAY],
    [Number.NaN, MINUTE],
  ])('with Retry-After of %s ms pauses the calls for %s ms', (retryAfterMs, pauseMs) => {
    const health = new TargetHealth(1);

    learn([[0, 'd', limited(retryAfterMs)]], health);

    expect(health.pausedUntil - startMs).toBe(pauseMs);
  });

  it('pauses for less in the test profile, if the pause is ours', () => {
    const health = new TargetHealth(100);

    learn([[0, 'd', limited()]], health);

    expect(health.pausedUntil - startMs).toBe(600);
  });

  it('that goes on for two minutes means that the quota is used up', () => {
    const found = learn([
      [0, 'a', limited()],
      [60, 'b', limited()],
      [119, 'c', limited(10 * SECOND)],
      [120, 'd', limited(10 * SECOND)],
      [200, 'e', limited(2 * HOUR)],
      [10_000, 'f', limited(400 * DAY)],
    ]);

    expect(found).toEqual([
      ...[undefined, undefined, undefined],
      { reason: 'quota', until: startMs + 180 * SECOND },
      { reason: 'quota', until: startMs + 200 * SECOND + 2 * HOUR },
      { reason: 'quota', until: startMs + 10_000 * SECOND + DAY },
    ]);
  });

  it('begins anew after a success', () => {
    const found = learn([
      [0, 'a', limited()],
      [110, 'b', undefined],
      [120, 'c', limited()],
      [230, 'd', limited()],
    ]);

    expect(found.filter(Boolean)).toEqual([]);
  });

  it('begins anew when the last one was long ago', () => {
    const found = learn([
      [0, 'a', limited()],
      [3 * 3_600, 'b', limited()],
    ]);

    expect(found.filter(Boolean)).toEqual([]);
  });
});

it.each<[string, DeliveryError]>([
  ['a 401', failure('auth', 'refused', { status: 401 })],
  ['no secret', failure('auth', 'not-sent', { code: 'no-connection' })],
])('finds credentials that are refused by one call: %s', (_, error) => {
  expect(learn([[0, 'd', error]])).toEqual([{ reason: 'auth' }]);
});
