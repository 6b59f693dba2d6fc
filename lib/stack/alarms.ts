import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
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
  | 'standstill'
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
  /** Alarms after so many periods in a row. @default 1 */
  readonly evaluationPeriods?: number;
  /** Alarms when the metric is below the threshold or not there at all: for what must be heard. @default false */
  readonly mustBeHeard?: boolean;
};

/** An alarm that says where its runbook section is, and tells the stage's topic. */
export function addAlarm(scope: Construct, props: AlarmProps): void {
  const { stageName, subject, word, metric, threshold = 1, evaluationPeriods = 1, mustBeHeard = false } = props;
  const alarm = new Alarm(scope, `Alarm-${word}`, {
    alarmName: `syncline-${stageName}-${subject}-${word}`,
    alarmDescription: `${subject}: ${word}. What it means, how to look, how to fix: docs/runbook.md#${word}`,
    metric,
    threshold,
    evaluationPeriods,
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

/** Messages that are seen in each of these parts of a flow's freshness stand still; a single look may meet one that comes. */
const STANDSTILL_PERIODS = 5;
/** A period's longest. */
const DAY_MINUTES = 24 * 60;

/**
 * That nothing of a flow was done for its freshness while messages were visible in its queue, told in five parts of that
 * time: 1 in each part in which messages were seen, none was done and nobody had parked the flow, else 0. A freshness of
 * less than five minutes counts as five, one of more than five days as five days.
 *
 * Messages that wait hidden for their next try are not visible, on purpose. What is missing is nought: a flow that does
 * nothing counts nothing, and a queue that nobody uses is not measured.
 */
export function standstill(flow: string, visible: IMetric, freshness: Duration) {
  const minutes = Math.ceil(freshness.toMinutes({ integral: false }) / STANDSTILL_PERIODS);
  const period = Duration.minutes(Math.min(minutes, DAY_MINUTES));
  const own = (metric: string, statistic: 'Sum' | 'Maximum' = 'Sum') => ownMetric(metric, { flow }, { statistic });
  const metric = new MathExpression({
    label: 'standing still',
    expression: 'IF(FILL(visible, 0) > 0, IF(FILL(delivered, 0) + FILL(skipped, 0) + FILL(held, 0) > 0, 0, 1), 0)',
    usingMetrics: {
      visible,
      delivered: own(METRICS.delivered),
      skipped: own(METRICS.skipped),
      held: own(METRICS.held, 'Maximum'),
    },
    period,
  });
  return { metric, evaluationPeriods: STANDSTILL_PERIODS };
}
