import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetricLine } from './metric-lines.ts';

/** A metric that an alarm looks at. */
export type Watched = { namespace: string; metric: string; statistic: string };

/** An alarm of the templates, as far as a drill can tell whether it fires. */
export type Alarm = {
  name: string;
  /** The flow or source that it watches, or `webhooks`. */
  subject: string;
  /** What it looks at: one metric, or those of its expression by their ids. */
  watched: Watched | { expression: string; metrics: Readonly<Record<string, Watched>> };
  threshold: number;
  periodMs: number;
  /** So many in a row. */
  periods: number;
};

type MetricStat = { Metric: { Namespace: string; MetricName: string }; Period: number; Stat: string };
type Properties = {
  AlarmName: string;
  AlarmDescription?: string;
  ComparisonOperator: string;
  EvaluationPeriods: number;
  Namespace?: string;
  MetricName?: string;
  Statistic?: string;
  Threshold: number;
  Period?: number;
  Metrics?: { Id: string; Expression?: string; MetricStat?: MetricStat }[];
};

/** The alarms of an assembly that fire at a value or above; their description begins with their subject. */
export function readAlarms(assembly: string): Alarm[] {
  const templates = readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
  const resources = templates.flatMap((file) =>
    Object.values(JSON.parse(readFileSync(join(assembly, file), 'utf8')).Resources as Record<string, Resource>),
  );
  return resources.flatMap(({ Type, Properties: alarm }) => {
    if (Type !== 'AWS::CloudWatch::Alarm' || alarm.ComparisonOperator !== 'GreaterThanOrEqualToThreshold') return [];
    const looks = alarm.Metrics ? expressionOf(alarm.Metrics) : metricOf(alarm);
    if (!looks) return [];
    const subject = alarm.AlarmDescription?.split(':')[0] ?? '';
    const { AlarmName: name, Threshold: threshold, EvaluationPeriods: periods } = alarm;
    return [{ name, subject, threshold, periods, ...looks }];
  });
}

type Resource = { Type: string; Properties: Properties };
type Looks = Pick<Alarm, 'watched' | 'periodMs'>;

function metricOf({ Namespace = '', MetricName, Statistic = 'Sum', Period = 300 }: Properties): Looks | undefined {
  if (!MetricName) return undefined;
  const watched = { namespace: Namespace, metric: MetricName, statistic: Statistic };
  return { watched, periodMs: Period * 1_000 };
}

function expressionOf(metrics: NonNullable<Properties['Metrics']>): Looks | undefined {
  const expression = metrics.find(({ Expression }) => Expression !== undefined)?.Expression;
  const stats = metrics.flatMap(({ Id, MetricStat }) => (MetricStat ? [{ Id, ...MetricStat }] : []));
  if (expression === undefined || !stats[0]) return undefined;
  const watched = stats.map(({ Id, Metric, Stat }): [string, Watched] => [
    Id,
    { namespace: Metric.Namespace, metric: Metric.MetricName, statistic: Stat },
  ]);
  return { watched: { expression, metrics: Object.fromEntries(watched) }, periodMs: stats[0].Period * 1_000 };
}

/** A metric's value at a time. */
export type Sample = { at: number; value: number };

/**
 * Whether an alarm has fired: in so many periods in a row, all of them over, its value was not below the threshold.
 *
 * @param samplesOf What is known of a metric of the alarm's subject.
 */
export function firesOn(alarm: Alarm, samplesOf: (watched: Watched) => readonly Sample[], now: number): boolean {
  const { watched, threshold, periodMs, periods } = alarm;
  const metrics = 'expression' in watched ? watched.metrics : { value: watched };
  const compute = formula('expression' in watched ? watched.expression : 'FILL(value, 0)', Object.keys(metrics));
  const series = Object.values(metrics).map((one) => valuesByPeriod(samplesOf(one), one.statistic, periodMs));
  const known = new Set(series.flatMap((values) => [...values.keys()]));
  const breaches = (period: number) =>
    (period + 1) * periodMs <= now && compute(series.map((values) => values.get(period))) >= threshold;
  return [...known].some((last) => Array.from({ length: periods }, (_, back) => last - back).every(breaches));
}

function valuesByPeriod(samples: readonly Sample[], statistic: string, periodMs: number): Map<number, number> {
  const grouped = Map.groupBy(samples, ({ at }) => Math.floor(at / periodMs));
  return new Map(
    [...grouped].map(([period, within]) => {
      const values = within.map(({ value }) => value);
      const sum = values.reduce((total, each) => total + each, 0);
      return [period, statistic === 'Maximum' ? Math.max(...values) : sum];
    }),
  );
}

/** Metric math as far as our templates speak it: IF, FILL, numbers, comparisons. A value that is missing is undefined. */
function formula(expression: string, ids: readonly string[]): (values: readonly (number | undefined)[]) => number {
  const IF = (condition: unknown, then: number, otherwise: number) => (condition ? then : otherwise);
  const FILL = (value: number | undefined, fill: number) => value ?? fill;
  const foreign = expression.match(/[A-Za-z_]\w*/g)?.filter((word) => ![...ids, 'IF', 'FILL'].includes(word)) ?? [];
  if (foreign.length > 0) throw new Error(`a drill cannot compute ${foreign} in ${expression}`);
  const compute = new Function('IF', 'FILL', ...ids, `return ${expression};`);
  return (values) => Number(compute(IF, FILL, ...values));
}

/** What the functions wrote of a metric, for a flow, a source or the whole hub. */
export const samplesIn =
  (lines: readonly MetricLine[], subject: string) =>
  ({ metric }: Watched): Sample[] =>
    lines
      .filter((line) => metric in line && (line.flow ?? line.source ?? subject) === subject)
      .flatMap((line) => [line[metric]].flat().map((value) => ({ at: line._aws.Timestamp, value: Number(value) })));
