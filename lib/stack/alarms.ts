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
  | 'ingest-5xx'
  | 'ingest-throttles'
  | 'spooled'
  | 'verification-refused';

export type AlarmProps = {
  readonly stageName: string;
  /** The flow or the source. */
  readonly subject: string;
  readonly word: AlarmWord;
  readonly metric: IMetric;
  /** Alarms at this value or above. @default 1 */
  readonly threshold?: number;
};

/** An alarm that says where its runbook section is, and tells the stage's topic. */
export function addAlarm(scope: Construct, props: AlarmProps): void {
  const { stageName, subject, word, metric, threshold = 1 } = props;
  const alarm = new Alarm(scope, `Alarm-${word}`, {
    alarmName: `syncline-${stageName}-${subject}-${word}`,
    alarmDescription: `${subject}: ${word}. What it means, how to look, how to fix: docs/runbook.md#${word}`,
    metric,
    threshold,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  const topic = Topic.fromTopicArn(scope, `Topic-${word}`, physicalNames(scope, stageName).alarmTopicArn);
  alarm.addAlarmAction(new SnsAction(topic));
}

/** The sum over five minutes of a metric that the functions write. */
export const ownMetric = (metricName: string, dimension: { flow: string } | { source: string }) =>
  new Metric({
    namespace: METRICS.namespace,
    metricName,
    dimensionsMap: { service: 'syncline', ...dimension },
    statistic: 'Sum',
    period: Duration.minutes(5),
  });
