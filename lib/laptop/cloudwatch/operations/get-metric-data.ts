import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { AwsError, notEmulated } from '../../service.ts';
import type { InvocationCounts, MinuteCount } from '../invocation-counts.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Of metrics with a resolution of seconds, which Lambda's have not. */
const HIGH_RESOLUTION_SECONDS = [1, 5, 10, 20, 30];

const text = z.string().min(1).max(1024);
const metricStat = z.strictObject({
  Metric: z.strictObject({
    Namespace: text,
    MetricName: text,
    Dimensions: z
      .array(z.strictObject({ Name: text, Value: text }))
      .max(30)
      .optional(),
  }),
  Period: z
    .int()
    .min(1)
    .max(2 ** 31 - 1),
  Stat: text,
});
const query = z.strictObject({
  Id: z.string().regex(/^[a-z][A-Za-z0-9_]{0,254}$/),
  MetricStat: metricStat.optional(),
  Label: z.string().optional(),
  ReturnData: z.boolean().optional(),
});
/** Seconds since the epoch, up to the year 9999. */
const time = z.number().min(0).max(253_402_300_799);
const shape = z.strictObject({
  MetricDataQueries: z.array(query).min(1).max(500),
  StartTime: time,
  EndTime: time,
  ScanBy: z.enum(['TimestampAscending', 'TimestampDescending']).optional(),
});

type Query = z.infer<typeof query>;
type Bucket = { atMs: number; values: Statistics };
/** Of the samples in a period. */
type Statistics = Record<'SampleCount' | 'Sum' | 'Average' | 'Minimum' | 'Maximum', number>;

/**
 * `GetMetricData` for `Invocations` and `Errors` of `AWS/Lambda`, of one function or of all together, on one page.
 *
 * `StartTime` is rounded down, to the minute where it is less than 15 days ago, and included; `EndTime` is not. A function
 * that was never invoked has no values, which is no error.
 */
export function getMetricData(given: object, { counts, clock }: { counts: InvocationCounts; clock: Clock }): object {
  const { MetricDataQueries, StartTime, EndTime, ScanBy = 'TimestampDescending' } = readInput(given);
  if (StartTime >= EndTime) throw invalid('The parameter StartTime must be less than the parameter EndTime.');
  refuseRepeated(MetricDataQueries);
  const range = { fromMs: roundDown(StartTime * SECOND_MS, clock.now()), toMs: EndTime * SECOND_MS };
  const results = MetricDataQueries.map((one) => ({ one, buckets: bucketsOf(one, range, counts) }));
  const MetricDataResults = results
    .filter(({ one }) => one.ReturnData !== false)
    .map(({ one, buckets }) => {
      const ordered = buckets.sort((first, second) => first.atMs - second.atMs);
      if (ScanBy === 'TimestampDescending') ordered.reverse();
      return {
        ...{ Id: one.Id, Label: one.Label ?? one.MetricStat!.Metric.MetricName, StatusCode: 'Complete' },
        Timestamps: ordered.map(({ atMs }) => atMs / SECOND_MS),
        Values: ordered.map(({ values }) => values[one.MetricStat!.Stat as keyof Statistics]),
      };
    });
  return { MetricDataResults, Messages: [] };
}

function bucketsOf(
  { Id, MetricStat }: Query,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  counts: InvocationCounts,
): Bucket[] {
  if (!MetricStat) throw invalid(`The query '${Id}' has neither a MetricStat nor an Expression.`);
  const { Metric, Period, Stat } = MetricStat;
  const samplesOf = samplesOfMetric(Metric);
  refuseStatistic(Stat);
  const periodMs = periodOf(Period) * SECOND_MS;
  const { Namespace, MetricName, Dimensions = [] } = Metric;
  const [dimension, another] = Dimensions;
  if (another || (dimension && dimension.Name !== 'FunctionName')) {
    throw notEmulated('cloudwatch', `${Namespace} ${MetricName} by ${Dimensions.map(({ Name }) => Name).join(', ')}`);
  }
  const beginsAt = ({ atMs }: MinuteCount) => atMs - (atMs % periodMs);
  const minutes = counts.of(dimension?.Value).filter((minute) => beginsAt(minute) >= fromMs && minute.atMs < toMs);
  return [...Map.groupBy(minutes, beginsAt)].map(([atMs, within]) => {
    const samples = within.reduce((sum, { invocations }) => sum + invocations, 0);
    const ones = within.reduce((sum, minute) => sum + samplesOf(minute), 0);
    return { atMs, values: statisticsOf(samples, ones) };
  });
}

/** Of so many samples, of which some are 1 and the others 0. */
const statisticsOf = (samples: number, ones: number): Statistics => ({
  SampleCount: samples,
  Sum: ones,
  Average: ones / samples,
  Minimum: ones === samples ? 1 : 0,
  Maximum: ones > 0 ? 1 : 0,
});

const metrics = new Map<string, (minute: MinuteCount) => number>([
  ['AWS/Lambda Invocations', ({ invocations }) => invocations],
  ['AWS/Lambda Errors', ({ errors }) => errors],
]);

function samplesOfMetric({ Namespace, MetricName }: { Namespace: string; MetricName: string }) {
  const known = metrics.get(`${Namespace} ${MetricName}`);
  if (known) return known;
  throw notEmulated('cloudwatch', `the metric ${Namespace} ${MetricName}`);
}

function refuseStatistic(stat: string): void {
  if (!Object.hasOwn(statisticsOf(1, 1), stat)) throw notEmulated('cloudwatch', `the statistic ${stat}`);
}

function periodOf(seconds: number): number {
  if (seconds % 60 === 0) return seconds;
  if (HIGH_RESOLUTION_SECONDS.includes(seconds)) throw notEmulated('cloudwatch', `a period of ${seconds} seconds`);
  throw invalid(`The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60, not ${seconds}.`);
}

function roundDown(timeMs: number, nowMs: number): number {
  const ageMs = nowMs - timeMs;
  const grainMs = ageMs < 15 * DAY_MS ? MINUTE_MS : ageMs < 63 * DAY_MS ? 5 * MINUTE_MS : HOUR_MS;
  return timeMs - (timeMs % grainMs);
}

function refuseRepeated(queries: readonly Query[]): void {
  const ids = queries.map(({ Id }) => Id);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) throw invalid(`The values for parameter Id are not unique: ${repeated}.`);
}

/** @throws AwsError `SerializationException` for a wrong JSON type, `ValidationException`, `NotEmulatedException`. */
function readInput(given: object) {
  const { data, error } = shape.safeParse(given);
  if (data) return data;
  const issue = error.issues[0]!;
  const member = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') throw notEmulated('cloudwatch', `the member ${issue.keys.join(', ')}`);
  if (issue.code === 'invalid_type' && issue.input !== undefined && issue.input !== null) {
    throw new AwsError('SerializationException', `${member} is not of type ${issue.expected}.`);
  }
  throw invalid(`1 validation error detected: Value at '${member}' failed to satisfy constraint: ${issue.code}`);
}

const invalid = (message: string) => new AwsError('ValidationException', message);
