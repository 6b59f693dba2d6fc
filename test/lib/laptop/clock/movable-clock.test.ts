import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createMovableClock, withRealTimers } from '../../../../lib/laptop/movable-clock.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse('2026-11-20T00:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now: start });
  return () => vi.useRealTimers();
});

describe('a movable clock', () => {
  test('goes with real time, ahead of it by what it was moved', () => {
    const clock = createMovableClock({ offsetMs: hour });

    clock.advance(day);
    vi.advanceTimersByTime(5);

    expect(new Date(clock.now()).toISOString()).toBe('2026-11-21T01:00:00.005Z');
    expect(clock.offsetMs()).toBe(25 * hour);
  });

  test('runs what falls due at once and in the order of its times, the rest when its time has come', () => {
    const clock = createMovableClock();
    const ran: string[] = [];
    clock.after(3 * hour, () => ran.push('third'));
    clock.after(2 * hour, () => ran.push('second'));
    clock.after(hour, () => ran.push('first'));

    clock.advance(2 * hour);
    const atOnce = [...ran];
    vi.advanceTimersByTime(hour - 1);
    const early = [...ran];
    vi.advanceTimersByTime(1);

    expect(atOnce).toEqual(['first', 'second']);
    expect(early).toEqual(atOnce);
    expect(ran).toEqual(['first', 'second', 'third']);
  });

  test('lets all that a move runs see the new time', () => {
    const clock = createMovableClock();
    const seen: number[] = [];
    clock.after(hour, () => {
      seen.push(clock.now() - start);
      clock.after(hour, () => seen.push(clock.now() - start));
    });

    clock.advance(day);
    clock.advance(hour);

    expect(seen).toEqual([day, day + hour]);
  });

  test('never runs what was cancelled, be it by what ran just before', () => {
    const clock = createMovableClock();
    const ran: string[] = [];
    clock.after(1, () => cancel());
    const cancel = clock.after(2, () => ran.push('cancelled'));

    clock.advance(day);
    vi.advanceTimersByTime(day);

    expect(ran).toEqual([]);
  });

  test('runs what lies further ahead than one real timer reaches at its time, not before', () => {
    const clock = createMovableClock();
    const ran: number[] = [];
    clock.after(60 * day, () => ran.push(clock.now() - start));

    vi.advanceTimersByTime(59 * day);
    const early = [...ran];
    vi.advanceTimersByTime(day);

    expect(early).toEqual([]);
    expect(ran).toEqual([60 * day]);
  });

  test('tells who listens of a move before anything runs', () => {
    const clock = createMovableClock();
    const told: unknown[] = [];
    const stop = clock.onMove((offsetMs) => told.push(offsetMs));
    clock.after(hour, () => told.push('due'));

    clock.advance(hour);
    stop();
    clock.advance(hour);

    expect(told).toEqual([hour, 'due']);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('never goes back: refuses %s', (ms) => {
    const clock = createMovableClock();

    expect(() => clock.advance(ms)).toThrow(`time cannot be moved by ${ms} ms; a span is 0 or more milliseconds`);
    expect(() => createMovableClock({ offsetMs: ms })).toThrow(RangeError);
    expect(clock.now()).toBe(start);
  });
});

test('the same time with real timers does not run them at a move', () => {
  const clock = createMovableClock();
  const real = withRealTimers(clock);
  const ran: string[] = [];
  real.after(hour, () => ran.push('due'));

  clock.advance(day);
  const moved = [...ran];
  vi.advanceTimersByTime(hour);

  expect(moved).toEqual([]);
  expect(ran).toEqual(['due']);
  expect(real.now()).toBe(clock.now());
});
