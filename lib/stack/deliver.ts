import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  BODIES_PREFIX,
  deliverTimeoutMs,
  freshnessMs,
  LEASE_MARGIN_MS,
  METRICS,
  names,
  QUEUE,
  STATE,
  visibilityTimeoutMs,
} from '../../functions/core/names.ts';
import { type NamedFlow, targetsOf } from '../definitions.ts';
import type { Stage } from '../stage.ts';
import { acknowledge } from './acknowledge.ts';
import { addAlarm, ownMetric, standstill } from './alarms.ts';
import { HubFunction } from './function.ts';
import { batchSizeOf, type Pace } from './pace.ts';
import { physicalNames } from './physical-names.ts';
import { allow, onKeys } from './policy.ts';
import { removalPolicyOf } from './removal-policy.ts';

/** A long weekend. What is parked for 14 days begins to expire, and `expiring` tells four days before. */
const PARKED_LONG_DAYS = 3;

export type DeliverProps = {
  readonly stageName: string;
  readonly stage: Stage;
  readonly named: NamedFlow;
  readonly folder: string;
  /** Of its own targets. */
  readonly pace: Pace;
  /** Targets whose echoes some flow of the stage looks for. */
  readonly echoTargets: readonly string[];
};

/** What delivers one flow: its queue with a dead-letter queue, its function, the mapping between them, its alarms. */
export class Deliver extends Construct {
  constructor(scope: Construct, id: string, props: DeliverProps) {
    super(scope, id);
    const { stageName, stage, named } = props;
    const { freshness } = named.flow;
    const timeout = Duration.millis(deliverTimeoutMs(freshness));
    const visibilityTimeout = Duration.millis(visibilityTimeoutMs(freshness));
    assertLeaseFits(timeout, visibilityTimeout);

    const { queue, deadLetterQueue } = this.#queues(props, visibilityTimeout);
    const physical = physicalNames(this, stageName);
    const deliver = new HubFunction(this, 'Deliver', {
      functionName: physical.deliverFunction(named.name),
      description: named.flow.purpose,
      folder: props.folder,
      timeout,
      memoryMb: 512,
      logRetentionDays: stage.logRetentionDays,
      environment: {
        ledgerTable: physical.ledgerTable,
        stateTable: physical.stateTable,
        bucket: physical.bucketName,
        secretPrefix: names(stageName).sourceSecret('').replace('/source/', ''),
        queueUrlPrefix: physical.queueUrlPrefix,
        timing: stage.timing,
        pace: JSON.stringify(props.pace),
        echoTargets: this.#notedTargets(props).join(','),
      },
      permissions: this.#permissions(props, queue),
    });
    acknowledge(deliver, {
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${names(stageName).bucket('<AWS::AccountId>', '<AWS::Region>')}/${BODIES_PREFIX}*]`]:
        'Objects are named by day and a random id; the prefix is the narrowest rule that S3 has.',
    });
    // Not CDK's SqsEventSource, which would grant more than the mapping needs.
    deliver.function.addEventSourceMapping('Mapping', {
      eventSourceArn: queue.queueArn,
      batchSize: batchSizeOf(named, props.pace),
      maxBatchingWindow: Duration.millis(QUEUE.maximumBatchingWindowMs),
      maxConcurrency: QUEUE.maximumConcurrency,
      reportBatchItemFailures: true,
    });
    this.#addAlarms(props, { queue, deadLetterQueue, deliver });
  }

  #queues({ stageName, stage, named }: DeliverProps, visibilityTimeout: Duration) {
    const physical = physicalNames(this, stageName);
    const common = {
      retentionPeriod: Duration.millis(QUEUE.retentionMs),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: removalPolicyOf(stage) as RemovalPolicy,
    };
    const deadLetterQueue = new Queue(this, 'DeadLetterQueue', {
      ...common,
      queueName: physical.deadLetterQueue(named.name),
      // By its name: a reference would make a cycle between the two queues.
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: [Queue.fromQueueArn(this, 'QueueByName', physical.queueArn(named.name))],
      },
    });
    const queue = new Queue(this, 'Queue', {
      ...common,
      queueName: physical.queue(named.name),
      visibilityTimeout,
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: QUEUE.maxReceiveCount },
    });
    return { queue, deadLetterQueue };
  }

  /** Its own targets of which somebody must know what it wrote. */
  #notedTargets({ named, echoTargets }: DeliverProps): string[] {
    return targetsOf(named.flow).filter((target) => echoTargets.includes(target));
  }

  /** Its own queue, its own keys of the tables, its own targets' secrets. */
  #permissions(props: DeliverProps, queue: Queue): PolicyStatement[] {
    const { stageName, named } = props;
    const physical = physicalNames(this, stageName);
    const { echo } = named.flow;
    const targets = targetsOf(named.flow);
    const subjects = [STATE.subject('flow', named.name), ...targets.map((target) => STATE.subject('target', target))];
    const echoKeys = (target: string) => `${STATE.echoesOf(target)}*`;
    const notes = this.#notedTargets(props).map(echoKeys);
    return [
      allow(
        // SendMessage: events of a request that could be read only later go back to this flow's own queue.
        [
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ChangeMessageVisibility',
          'sqs:SendMessage',
        ],
        [queue.queueArn],
      ),
      allow(['dynamodb:Query', 'dynamodb:PutItem'], [physical.ledgerTableArn], onKeys(`${named.name}#*`)),
      // Why the flow or one of its targets is parked.
      allow(['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'], [physical.stateTableArn], onKeys(...subjects)),
      allow(
        // GetItem: whether the entity of a flow without an order is parked.
        named.flow.order === 'latest-wins' ? ['dynamodb:UpdateItem'] : ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        [physical.stateTableArn],
        onKeys(`${STATE.entitiesOf(named.name)}*`),
      ),
      ...(notes.length > 0 ? [allow(['dynamodb:PutItem'], [physical.stateTableArn], onKeys(...notes))] : []),
      ...(echo ? [allow(['dynamodb:Query'], [physical.stateTableArn], onKeys(echoKeys(echo.target.name)))] : []),
      // A flow that writes into no target reads no secret, and IAM takes no statement without a resource.
      ...(targets.length > 0 ? [allow(['secretsmanager:GetSecretValue'], targets.map(physical.targetSecretArn))] : []),
      allow(['s3:GetObject', 's3:PutObject'], [physical.objectsArn(BODIES_PREFIX)]),
      // Without it S3 answers 403, not 404, for an object that is gone: the delivery would wait instead of stopping.
      allow(['s3:ListBucket'], [physical.bucketArn]),
    ];
  }

  #addAlarms(
    { stageName, named }: DeliverProps,
    { queue, deadLetterQueue, deliver }: { queue: Queue; deadLetterQueue: Queue; deliver: HubFunction },
  ): void {
    const subject = named.name;
    const period = Duration.minutes(5);
    const visible = deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' });
    addAlarm(this, { stageName, subject, word: 'dlq-not-empty', metric: visible });
    addAlarm(this, { stageName, subject, word: 'deliver-errors', metric: deliver.function.metricErrors({ period }) });
    addAlarm(this, {
      stageName,
      subject,
      word: 'deliver-throttles',
      metric: deliver.function.metricThrottles({ period }),
    });
    const own = (metric: string) => ownMetric(metric, { flow: subject });
    addAlarm(this, { stageName, subject, word: 'auth-failed', metric: own(METRICS.authFailed) });
    addAlarm(this, { stageName, subject, word: 'entity-parked', metric: own(METRICS.entityParked) });
    addAlarm(this, { stageName, subject, word: 'parked', metric: own(METRICS.parkAdded) });
    const waiting = queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' });
    const freshness = Duration.millis(freshnessMs(named.flow.freshness));
    addAlarm(this, { stageName, subject, word: 'standstill', ...standstill(subject, waiting, freshness) });
    addAlarm(this, { stageName, subject, word: 'unreachable', metric: own(METRICS.unreachable) });
    addAlarm(this, { stageName, subject, word: 'bug', metric: own(METRICS.bug) });
    // The guard looks once an hour.
    const hourly = { statistic: 'Maximum', period: Duration.hours(1) } as const;
    addAlarm(this, {
      stageName,
      subject,
      word: 'expiring',
      metric: ownMetric(METRICS.expiring, { flow: subject }, hourly),
    });
    addAlarm(this, {
      stageName,
      subject,
      word: 'parked-long',
      metric: ownMetric(METRICS.parkedDays, { flow: subject }, hourly),
      threshold: PARKED_LONG_DAYS,
    });
  }
}

/** A message must stay hidden for longer than a worker may hold its lease. */
function assertLeaseFits(timeout: Duration, visibilityTimeout: Duration): void {
  const leaseMs = timeout.toMilliseconds() + LEASE_MARGIN_MS;
  if (visibilityTimeout.toMilliseconds() <= leaseMs) {
    throw new Error(`visibility ${visibilityTimeout.toHumanString()} must exceed the lease of ${leaseMs} ms`);
  }
}
