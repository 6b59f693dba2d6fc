import { describe, expect, test } from 'vitest';
import { nextRun } from '../../../../lib/laptop/scheduler/expression.ts';

/** The runs from a moment on. */
function runs(expression: string, from: string, count: number, timezone = 'UTC', rest = {}): (string | undefined)[] {
  const timing = { ScheduleExpression: expression, ScheduleExpressionTimezone: timezone, ...rest };
  const madeMs = Date.parse(from);
  const found: number[] = [];
  for (let index = 0; index < count; index++) {
    const next = nextRun(timing, madeMs, found.at(-1));
    if (next === undefined) break;
    found.push(next);
  }
  return found.map((ms) => new Date(ms).toISOString().replace(':00.000Z', 'Z'));
}

describe('a cron expression of EventBridge', () => {
  test.each([
    ['cron(0 9 ? * 2-6 *)', ['2026-11-20T09:00Z', '2026-11-23T09:00Z'], 'days of the week from Sunday as 1'],
    ['cron(0 9 ? * MON-FRI *)', ['2026-11-20T09:00Z', '2026-11-23T09:00Z'], 'days by name'],
    ['cron(0 9 ? * 1,7 *)', ['2026-11-21T09:00Z', '2026-11-22T09:00Z'], 'Sunday and Saturday'],
    ['cron(0 9 ? * 5#3 *)', ['2026-12-17T09:00Z', '2027-01-21T09:00Z'], 'the third Thursday'],
    ['cron(0 9 ? * 6L *)', ['2026-11-27T09:00Z', '2026-12-25T09:00Z'], 'the last Friday'],
    ['cron(0 9 ? * L *)', ['2026-11-21T09:00Z', '2026-11-28T09:00Z'], 'Saturdays'],
    ['cron(0 9 L * ? *)', ['2026-11-30T09:00Z', '2026-12-31T09:00Z'], 'the last of the month'],
    ['cron(0 9 15W * ? *)', ['2026-12-15T09:00Z', '2027-01-15T09:00Z'], 'the weekday nearest to the 15th'],
    ['cron(0/20 8 20 11 ? *)', ['2026-11-20T08:00Z', '2026-11-20T08:20Z'], 'every 20 minutes from 0'],
    ['cron(10/25 * * * ? *)', ['2026-11-20T08:10Z', '2026-11-20T08:35Z'], 'every 25 minutes from 10'],
    ['cron(0-15/5 8 * * ? *)', ['2026-11-20T08:00Z', '2026-11-20T08:05Z'], 'a range with steps'],
    ['cron(0 0 1 1 ? 2027/2)', ['2027-01-01T00:00Z', '2029-01-01T00:00Z'], 'every second year'],
    ['cron(0 0 1 1 ? 2026)', [], 'a year that is over'],
  ])('%s runs at %j: %s', (expression, expected) => {
    expect(runs(expression, '2026-11-20T08:00:00Z', 2)).toEqual(expected);
  });

  test('leaves out a local time that does not exist, and runs once one that comes twice', () => {
    const daily = 'cron(30 2 * * ? *)';

    const spring = runs(daily, '2026-03-28T00:00:00Z', 3, 'Europe/Berlin');
    const autumn = runs(daily, '2026-10-24T00:00:00Z', 3, 'Europe/Berlin');

    expect(spring).toEqual(['2026-03-28T01:30Z', '2026-03-30T00:30Z', '2026-03-31T00:30Z']);
    expect(autumn).toEqual(['2026-10-24T00:30Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z']);
  });
});

describe('a rate', () => {
  test('runs at once and then at its interval', () => {
    expect(runs('rate(1 hour)', '2026-11-20T08:10:00Z', 2)).toEqual(['2026-11-20T08:10Z', '2026-11-20T09:10Z']);
  });

  test('begins and ends with its dates', () => {
    const dates = {
      StartDate: Date.parse('2026-11-20T10:00:00Z') / 1_000,
      EndDate: Date.parse('2026-11-21T10:00:00Z') / 1_000,
    };

    expect(runs('rate(1 day)', '2026-11-20T08:00:00Z', 3, 'UTC', dates)).toEqual([
      '2026-11-20T10:00Z',
      '2026-11-21T10:00Z',
    ]);
  });

  test('counts a day as 24 hours, whatever the clocks do', () => {
    expect(runs('rate(1 day)', '2026-03-28T12:00:00Z', 2, 'Europe/Berlin')[1]).toBe('2026-03-29T12:00Z');
  });
});

test('a one-time schedule runs once, at the local time of its zone', () => {
  const expected = ['2026-12-01T08:00Z'];

  expect(runs('at(2026-12-01T09:00:00)', '2026-11-20T08:00:00Z', 3, 'Europe/Berlin')).toEqual(expected);
});

test.each([
  ['rate(0 minutes)', 'UTC'],
  ['rate(5 seconds)', 'UTC'],
  ['at(tomorrow)', 'UTC'],
  ['at(2026-12-01T09:00:00)', 'Mars/Base'],
  ['cron(0 9 * * * *)', 'UTC'],
  ['cron(0 9 ? * MON-FRI)', 'UTC'],
  ['cron(99 9 ? * MON *)', 'UTC'],
  ['every day', 'UTC'],
])('refuses %s in %s', (expression, timezone) => {
  expect(() => runs(expression, '2026-11-20T08:00:00Z', 1, timezone)).toThrow(
    `Invalid Schedule Expression ${expression}.`,
  );
});
