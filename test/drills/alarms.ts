import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetricLine } from './metric-lines.ts';

/** An alarm of the templates, as far as a drill can tell whether it fires. */
export type Alarm = {
  name: string;
  /** The flow or source that it watches, or `webhooks`. */
  subject: string;
  namespace: string;
  metric: string;
  statistic: string;
  threshold: number;
  periodMs: number;
};

type Properties = {
  AlarmName: string;
  AlarmDescription?: string;
  ComparisonOperator: string;
  Namespace?: string;
  MetricName?: string;
  Statistic?: string;
  Threshold: number;
  Period?: number;
};

/** The alarms of an assembly that fire at a value or above; their description begins with their subject. */
export function readAlarms(assembly: string): Alarm[] {
  const templates = readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
  const resources = templates.flatMap((file) =>
    Object.values(JSON.parse(readFileSync(join(assembly, file), 'utf8')).Resources as Record<string, Resource>),
  );
  return resources.flatMap(({ Type, Properties: alarm }) => {
    if (Type !== 'AWS::CloudWatch::Alarm') return [];
    if (!alarm.MetricName || alarm.ComparisonOperator !== 'GreaterThanOrEqualToThreshold') return [];
    const { Namespace = '', MetricName, Statistic = 'Sum', Threshold, Period = 300 } = alarm;
    const subject = alarm.AlarmDescription?.split(':')[0] ?? '';
    const what = { namespace: Namespace, metric: MetricName, statistic: Statistic, threshold: Threshold };
    return [{ name: alarm.AlarmName, subject, ...what, periodMs: Period * 1_000 }];
  });
}

type Resource = { Type: string; Properties: Properties };

/** Whether these lines make an alarm on a metric of our own fire in one of its periods. */
export function firesOn(
  { subject, metric, statistic, threshold, periodMs }: Alarm,
  lines: readonly MetricLine[],
): boolean {
  const own = lines.filter((line) => metric in line && (line.flow ?? line.source ?? subject) === subject);
  const periods = Map.groupBy(own, ({ _aws }) => Math.floor(_aws.Timestamp / periodMs));
  return [...periods.values()].some((inPeriod) => {
    const values = inPeriod.flatMap((line) => [line[metric]].flat()).map(Number);
    const value = statistic === 'Maximum' ? Math.max(...values) : values.reduce((sum, each) => sum + each, 0);
    return value >= threshold;
  });
}
