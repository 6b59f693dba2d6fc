import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { METRICS } from '../../functions/core/names.ts';
import { physicalNames } from './physical-names.ts';

/** What can alarm. Each word is the heading of a section in docs/runbook.md and the end of the alarm's name. */
export type AlarmWord =
  | 'dlq-not-empty'
  | 'deliver-errors'
  | 'deliver-throttles'
  | 'auth-failed'
  | 'bug'
  | 'entity-parked'
  | 'parked'
  | 'unreachable'
  | 'expiring'
  | 'parked-long'
  | 'guard-missing'
  | 'guard-errors'
  | 'ingest-5xx'
  | 'ingest-throttles'
  | 'spooled'
  | 'verification-refused';

export type AlarmProps = {
  readonly stageName: string;
  /** The flow, the source, or what there is one of in a stage. */
  readonly subject: string;
  readonly word: AlarmWord;
  readonly metric: IMetric;
  /** Alarms at this value or above. @default 1 */
  readonly threshold?: number;
  /** Alarms when the metric is below the threshold or not there at all: for what must be heard. @default false */
  readonly mustBeHeard?: boolean;
};

/** An alarm that says where its runbook section is, and tells the stage's topic. */
export function addAlarm(scope: Construct, props: AlarmProps): void {
  const { stageName, subject, word, metric, threshold = 1, mustBeHeard = false } = props;
  const alarm = new Alarm(scope, `Alarm-${word}`, {
    alarmName: `syncline-${stageName}-${subject}-${word}`,
    alarmDescription: `${subject}: ${word}. What it means, how to look, how to fix: docs/runbook.md#${word}`,
    metric,
    threshold,
    evaluationPeriods: 1,
    comparisonOperator: mustBeHeard
      ? ComparisonOperator.LESS_THAN_THRESHOLD
      : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: mustBeHeard ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  });
  const topic = Topic.fromTopicArn(scope, `Topic-${word}`, physicalNames(scope, stageName).alarmTopicArn);
  alarm.addAlarmAction(new SnsAction(topic));
}

/** The sum over five minutes of a metric that the functions write; without a dimension, of one that a stage has once. */
export const ownMetric = (
  metricName: string,
  dimension: { flow: string } | { source: string } | Record<string, never> = {},
  options: { statistic?: 'Sum' | 'Maximum'; period?: Duration } = {},
) =>
  new Metric({
    namespace: METRICS.namespace,
    metricName,
    dimensionsMap: { service: 'syncline', ...dimension },
    statistic: options.statistic ?? 'Sum',
    period: options.period ?? Duration.minutes(5),
  });
