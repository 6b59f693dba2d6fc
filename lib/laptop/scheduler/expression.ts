import type { ScheduleDefinition } from '../assembly/schedules.ts';
import { AwsError } from '../service.ts';
import { cronAfter, localTime } from './cron.ts';

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/;
const AT = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/;
const CRON = /^cron\((.+)\)$/;

/** What decides when a schedule runs. */
export type Timing = Pick<ScheduleDefinition, 'ScheduleExpression' | 'ScheduleExpressionTimezone'> &
  Partial<Pick<ScheduleDefinition, 'StartDate' | 'EndDate'>>;

/**
 * When a schedule runs next.
 *
 * A rate begins with its start date or, without one, at once, and goes on by hours of 60 minutes whatever the clocks do.
 * A one-time schedule knows neither start nor end.
 *
 * @param afterMs The run before this one; undefined for the first.
 * @param madeMs When the schedule was made: nothing recurring runs before.
 * @returns Milliseconds since the epoch; undefined when it runs no more.
 * @throws AwsError `ValidationException` for an expression or a time zone that is none.
 */
export function nextRun(timing: Timing, madeMs: number, afterMs?: number): number | undefined {
  const { ScheduleExpression: expression, ScheduleExpressionTimezone: timezone } = timing;
  try {
    const at = AT.exec(expression)?.[1];
    if (at) return later(localTime(at, timezone), afterMs);
    const fromMs = timing.StartDate === undefined ? madeMs : timing.StartDate * 1_000;
    const next = recurring(expression, timezone, fromMs, afterMs);
    return next === undefined || next > (timing.EndDate ?? Number.POSITIVE_INFINITY) * 1_000 ? undefined : next;
  } catch {
    throw new AwsError('ValidationException', `Invalid Schedule Expression ${expression}.`);
  }
}

const later = (run: number, afterMs: number | undefined) => (afterMs !== undefined && run <= afterMs ? undefined : run);

function recurring(expression: string, timezone: string, fromMs: number, afterMs: number | undefined) {
  const cron = CRON.exec(expression)?.[1];
  if (cron) return cronAfter(cron, timezone, Math.max(fromMs - 1, afterMs ?? 0));
  const everyMs = rateMs(expression);
  if (afterMs === undefined || afterMs < fromMs) return fromMs;
  return fromMs + (Math.floor((afterMs - fromMs) / everyMs) + 1) * everyMs;
}

function rateMs(expression: string): number {
  const [, value, unit = ''] = RATE.exec(expression) ?? [];
  const ms = Number(value) * (UNIT_MS[unit] ?? 0);
  if (!(ms > 0)) throw new Error('no rate');
  return ms;
}

export const isOneTime = ({ ScheduleExpression }: Pick<Timing, 'ScheduleExpression'>) => AT.test(ScheduleExpression);
