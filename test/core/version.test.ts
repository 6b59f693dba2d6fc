import { describe, expect, it } from 'vitest';
import { instantOf, isNewer, versionOf } from '../../functions/core/version.ts';
import { startMs } from './given.ts';

describe('an instant', () => {
  it.each([
    ['2026-11-20T00:00:00Z'],
    ['2026-11-20T00:00:00.000Z'],
    ['2026-11-20T00:00:00'],
    ['2026-11-20 00:00:00'],
    ['2026-11-20 00:00:00 UTC'],
    ['2026-11-20'],
    ['2026-11-20T00:00Z'],
    ['2026-11-20T01:00:00+01:00'],
    ['2026-11-19T19:00:00.000-0500'],
    ['2026-11-20T05:30:00+05:30'],
    ['2026-11-20T01:00:00+01'],
    ['Fri, 20 Nov 2026 00:00:00 GMT'],
    ['Fri, 20 Nov 2026 01:00:00 +0100'],
    ['1795132800'],
    ['1795132800.000'],
    ['1795132800000'],
    ['1795132800000000'],
    ['1795132800000000000'],
    [' 1795132800 '],
  ])('is read from %j', (text) => {
    expect(instantOf(text)).toBe(startMs);
  });

  it('keeps milliseconds', () => {
    expect(instantOf('2026-11-20T00:00:00.123456Z')).toBe(startMs + 123);
    expect(instantOf('1795132800.5')).toBe(startMs + 500);
    expect(instantOf('1795132800007')).toBe(startMs + 7);
  });

  it.each([
    '',
    'yesterday',
    '20.11.2026',
    'Fri, 20 Nov 2026 00:00:00',
    '2026-11-20T00:00:00 CET',
    '2026-13-01',
    '-5',
    'NaN',
  ])('is not guessed from %j', (text) => {
    expect(instantOf(text)).toBeUndefined();
  });
});

describe('a version', () => {
  type Event = Parameters<typeof versionOf>[0];
  const event = (changes: Partial<Event> = {}): Event => ({
    ...{ occurredAt: '2026-11-20T00:00:00Z', sequence: null, acceptedAt: startMs, key: 'k' },
    ...changes,
  });
  const newer = (one: Partial<Event>, other: Partial<Event>) =>
    isNewer(versionOf(event(one))!, versionOf(event(other))!);

  it('goes by when it happened, whatever the notation', () => {
    expect(newer({ occurredAt: '1795132801' }, { occurredAt: '2026-11-20T00:00:00.999Z' })).toBe(true);
    expect(newer({ occurredAt: '1999-01-01' }, { occurredAt: '2026-11-20' })).toBe(false);
  });

  it('then by the sequence, as a number where it is one', () => {
    expect(newer({ sequence: '10' }, { sequence: '9' })).toBe(true);
    expect(newer({ sequence: '9'.repeat(40) }, { sequence: `1${'0'.repeat(40)}` })).toBe(false);
    expect(newer({ sequence: '0010' }, { sequence: '9' })).toBe(true);
    expect(newer({ sequence: 'b' }, { sequence: 'ab' })).toBe(true);
    expect(newer({ sequence: 'ab' }, { sequence: 'a' })).toBe(true);
    expect(newer({ sequence: '1' }, { sequence: null })).toBe(true);
  });

  it('then by when it was accepted, then by its key, so that no two are alike', () => {
    expect(newer({ acceptedAt: startMs + 1, key: 'a' }, { key: 'b' })).toBe(true);
    expect(newer({ key: 'b' }, { key: 'a' })).toBe(true);
    expect(newer({}, {})).toBe(false);
  });

  it('has a sequence alone', () => {
    expect(newer({ occurredAt: null, sequence: '10' }, { occurredAt: null, sequence: '9' })).toBe(true);
    expect(newer({ occurredAt: 'last week', sequence: '10' }, { occurredAt: null, sequence: '9' })).toBe(true);
  });

  it('is none without a time that can be read and without a sequence', () => {
    expect(versionOf(event({ occurredAt: null }))).toBeUndefined();
    expect(versionOf(event({ occurredAt: 'last week' }))).toBeUndefined();
    expect(versionOf(event({ occurredAt: null, sequence: '' }))).toBeUndefined();
  });
});
