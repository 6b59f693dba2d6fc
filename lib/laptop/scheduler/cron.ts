import { Cron } from 'croner';

/** First and last value of each field: minutes, hours, day of month, month, day of week, year. */
const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [1, 7],
  [1970, 2199],
] as const;
const DAY_OF_WEEK = 4;
/** More gaps than any time zone has between two runs of a schedule. */
const MAX_SKIPS = 10;

/**
 * When a `cron(…)` of EventBridge runs next.
 *
 * A local time that a change of clocks leaves out is not run; one that comes twice is run once.
 *
 * @param fields The six fields between the brackets.
 * @returns Milliseconds since the epoch, after `afterMs`; undefined when it never runs again.
 * @throws Error when the fields are no schedule.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function cronAfter(fields: string, timezone: string, afterMs: number): number | undefined {
  const cron = new Cron(toCroner(fields), { timezone, paused: true });
  let run = cron.nextRun(new Date(afterMs));
  // Croner moves what falls into a gap behind it.
  for (let skipped = 0; run && !cron.match(run) && skipped < MAX_SKIPS; skipped++) run = cron.nextRun(run);
  return run?.getTime();
}

/** Seconds first, nothing open but by `*`, and Sunday as 0, where EventBridge has 1. */
function toCroner(text: string): string {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== RANGES.length) throw new Error(`${fields.length} fields, not ${RANGES.length}`);
  if ((fields[2] === '?') === (fields[DAY_OF_WEEK] === '?')) throw new Error('one of the two days must be "?"');
  return ['0', ...fields.map(toCronerField)].join(' ');
}

function toCronerField(field: string, index: number): string {
  if (field === '?') return '*';
  const parts = field.split(',').map((part) => openStep(part, RANGES[index]![1]));
  return (index === DAY_OF_WEEK ? parts.map(fromSunday) : parts).join(',');
}

/** `0/5` counts from 0 to the field's end. */
const openStep = (part: string, last: number) => part.replace(/^(\w+)\/(\d+)$/, `$1-${last}/$2`);

/** Days of the week count from 1; `L` is Saturday, `6L` the month's last Friday. What follows `#` or `/` is no day. */
function fromSunday(part: string): string {
  if (part === 'L') return '6';
  const [days = '', rest = ''] = part.split(/(?=[#/])/, 2);
  const shifted = days.replace(/\d+/g, (day) => String(Number(day) - 1)).replace(/^(\w+)L$/, '$1#L');
  return shifted + rest;
}

/** The instant of a local date and time. @throws Error when it is none. */
export function localTime(text: string, timezone: string): number {
  const run = new Cron(text, { timezone, paused: true }).nextRun(new Date(0));
  if (!run) throw new Error(`${text} is before 1970`);
  return run.getTime();
}
