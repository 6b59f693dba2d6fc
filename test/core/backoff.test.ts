import { describe, expect, it } from 'vitest';
import { counts, isLastReceive, nextDelay, receiveFloorMs } from '../../functions/core/backoff.ts';
import type { ErrorClass } from '../../functions/core/delivery-error.ts';
import { memoryRandom } from '../memory/others.ts';
import { DAY, HOUR, MINUTE } from './given.ts';

const delay = (
  errorClass: ErrorClass,
  attempts: number,
  options: { draw?: number; retryAfterMs?: number; ofClass?: number; timing?: 'test' } = {},
) =>
  nextDelay(
    { errorClass, attempts, ofClass: options.ofClass ?? attempts, retryAfterMs: options.retryAfterMs },
    memoryRandom([options.draw ?? 1]),
    options.timing ?? 'normal',
  );

describe('nextDelay', () => {
  it.each([
    [0, 90_000],
    [1, 90_000],
    [2, 180_000],
    [5, 1_440_000],
    [9, 23_040_000],
    [10, 12 * HOUR],
    [11, 12 * HOUR],
    [12, 'stop'],
  ])('after %i attempts draws up to %s ms', (attempts, most) => {
    expect(delay('transient', attempts)).toBe(most);
  });

  it('draws from 0 on', () => {
    expect(delay('transient', 5, { draw: 0 })).toBe(0);
    expect(delay('transient', 5, { draw: 0.5 })).toBe(720_000);
  });

  it.each([
    ['bug', 1, MINUTE],
    ['bug', 2, 14 * MINUTE],
    ['bug', 3, 'stop'],
    ['not-found', 1, MINUTE],
    ['not-found', 2, 14 * MINUTE],
    ['not-found', 3, 'stop'],
  ] as const)('a %s is tried three times in 15 minutes: %i', (errorClass, attempts, expected) => {
    expect(delay(errorClass, attempts)).toBe(expected);
  });

  it('gives a bug its three tries though other failures came before, but no more than all attempts', () => {
    expect(delay('bug', 6, { ofClass: 1 })).toBe(MINUTE);
    expect(delay('bug', 12, { ofClass: 1 })).toBe('stop');
  });

  it.each(['validation', 'permanent', 'unknown'] as const)('stops at once for %s', (errorClass) => {
    expect(delay(errorClass, 1)).toBe('stop');
  });

  it('lets the target ask for more, up to a day', () => {
    expect(delay('transient', 1, { retryAfterMs: 2 * HOUR })).toBe(2 * HOUR);
    expect(delay('transient', 1, { retryAfterMs: 1 })).toBe(90_000);
    expect(delay('rate-limit', 0, { retryAfterMs: 5_000 })).toBe(5_000);
    expect(delay('rate-limit', 0, { retryAfterMs: 400 * DAY })).toBe(DAY);
  });

  it.each([Number.NaN, -5, undefined])('takes a Retry-After of %s for none', (retryAfterMs) => {
    expect(delay('transient', 1, retryAfterMs === undefined ? {} : { retryAfterMs })).toBe(90_000);
  });

  it('waits one to two minutes for a rate limit that names no time', () => {
    expect(delay('rate-limit', 0, { draw: 0 })).toBe(MINUTE);
    expect(delay('rate-limit', 0, { draw: 1 })).toBe(2 * MINUTE);
  });

  it('is a hundred times shorter in the test profile', () => {
    expect(delay('transient', 1, { timing: 'test' })).toBe(900);
    expect(delay('bug', 1, { timing: 'test' })).toBe(600);
  });
});

it.each([
  ['transient', true, true],
  ['transient', false, false],
  ['conflict', true, true],
  ['rate-limit', true, false],
  ['auth', true, false],
  ['bug', false, true],
  ['validation', false, false],
  ['unknown', true, true],
] as const)('a %s failure (call sent: %s) counts as an attempt: %s', (errorClass, sent, expected) => {
  expect(counts(errorClass, sent)).toBe(expected);
});

it.each([
  [1, 0],
  [20, 0],
  [21, 5 * MINUTE],
  [50, 5 * MINUTE],
  [51, HOUR],
  [80, HOUR],
  [81, 12 * HOUR],
  [99, 12 * HOUR],
])('receive %i has a floor of %i ms', (receives, floor) => {
  expect(receiveFloorMs(receives, 'normal')).toBe(floor);
  expect(receiveFloorMs(receives, 'test')).toBe(floor / 100);
});

it.each([
  [98, false],
  [99, true],
  [100, true],
])('receive %i is the last to decide on: %s', (receives, expected) => {
  expect(isLastReceive(receives)).toBe(expected);
});
