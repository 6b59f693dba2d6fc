import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isoMillis, isoOfSeconds, isoSeconds, utc } from '../../../functions/sources/common/time.ts';

describe('a time as a number', () => {
  test('of seconds has no milliseconds', () => {
    expect(isoSeconds(1_795_167_000)).toBe('2026-11-20T09:30:00Z');
  });

  test('of milliseconds has them', () => {
    expect(isoMillis(1_795_167_000_000)).toBe('2026-11-20T09:30:00.000Z');
  });

  test.each([
    ['1795167000', '2026-11-20T09:30:00Z'],
    ['0', '1970-01-01T00:00:00Z'],
    ['999999999999', '+033658-09-27T01:46:39Z'],
    ['1795167000000', null],
    ['-1', null],
    ['1.5', null],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('as the text %j is %j', (text, iso) => {
    expect(isoOfSeconds(text)).toBe(iso);
  });
});

describe('a time as text', () => {
  test.each([
    ['2026-11-20T09:30:00Z', '2026-11-20T09:30:00Z'],
    ['2026-11-20T09:30:00.120Z', '2026-11-20T09:30:00.120Z'],
    ['2026-11-20T09:30:00.123456Z', '2026-11-20T09:30:00.123456Z'],
    ['2026-11-20 09:30:00', '2026-11-20T09:30:00Z'],
    ['2026-11-20T09:30:00.5', '2026-11-20T09:30:00.5Z'],
    ['2026-11-20T10:30:00+01:00', '2026-11-20T09:30:00Z'],
    ['2026-11-20T10:30:00+0100', '2026-11-20T09:30:00Z'],
    ['2026-11-20 10:30:00 +0100', '2026-11-20T09:30:00Z'],
    ['2026-11-20T00:30:00.250-09:30', '2026-11-20T10:00:00.250Z'],
    ['2026-12-31T23:30:00-01:00', '2027-01-01T00:30:00Z'],
  ])('%s is %s', (text, iso) => {
    expect(utc(text)).toBe(iso);
  });

  test.each(['', 'soon', '2026-11-20', '1795167000', '20.11.2026 09:30:00', '2026-11-20T10:30:00+25:00'])(
    'that is none stays: %j',
    (text) => {
      expect(utc(text)).toBe(text);
    },
  );

  test('with any offset is the same moment in UTC', () => {
    const moment = fc.date({
      min: new Date('1970-01-02T00:00:00Z'),
      max: new Date('2999-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    const offsetMinutes = fc.integer({ min: -14 * 60, max: 14 * 60 });

    fc.assert(
      fc.property(moment, offsetMinutes, (at, offset) => {
        const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, -1);
        const zone = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) =>
          String(part).padStart(2, '0'),
        );

        expect(utc(`${local}${offset < 0 ? '-' : '+'}${zone.join(':')}`)).toBe(at.toISOString());
      }),
    );
  });

  test('once in UTC is left alone', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(utc(utc(text))).toBe(utc(text));
      }),
    );
  });
});
