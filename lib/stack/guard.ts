import { Aws, Duration } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { LEDGER, METRICS, names, SPOOL_PREFIX, STATE } from '../../functions/core/names.ts';
import type { Stage } from '../stage.ts';
import { acknowledge } from './acknowledge.ts';
import { addAlarm, ownMetric } from './alarms.ts';
import { HubFunction } from './function.ts';
import { physicalNames } from './physical-names.ts';
import { allow, onKeys } from './policy.ts';

/** Once is bad luck, and the next minute mends it. */
const FAILED_RUNS_THRESHOLD = 2;

export type GuardProps = {
  readonly stageName: string;
  readonly stage: Stage;
  readonly folder: string;
  /** The stage's flows. */
  readonly flows: readonly string[];
  /** Whether ingest may have spooled something. */
  readonly spools: boolean;
};

/** What guards a stage: a function, the schedule that runs it every minute, the alarms on both. */
export class Guard extends Construct {
  constructor(scope: Construct, id: string, props: GuardProps) {
    super(scope, id);
    const { stageName, stage } = props;
    const physical = physicalNames(this, stageName);
    const guard = new HubFunction(this, 'Guard', {
      functionName: physical.guardFunction,
      description: 'Parks and resumes flows, probes what is parked, and watches what waits too long',
      folder: props.folder,
      // The next run begins then.
      timeout: Duration.minutes(1),
      memoryMb: 256,
      logRetentionDays: stage.logRetentionDays,
      environment: {
        stage: stageName,
        stateTable: physical.stateTable,
        ledgerTable: physical.ledgerTable,
        bucket: physical.bucketName,
        queueUrlPrefix: physical.queueUrlPrefix,
      },
      permissions: [...this.#permissions(stageName), ...(props.spools ? this.#spoolPermissions(props) : [])],
    });
    // The next minute's run is the retry; one that is late has been overtaken.
    guard.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    this.#schedule(physical.guardFunction, guard);
    this.#acknowledge(stageName, guard);
    this.#addAlarms(stageName, guard);
  }

  #permissions(stageName: string): PolicyStatement[] {
    const physical = physicalNames(this, stageName);
    const anyKey = [STATE.subject('flow', '*'), STATE.subject('target', '*'), STATE.note('*')];
    const deliverFunctions = physical.deliverFunctionArn('*');
    return [
      allow(['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'], [physical.stateTableArn], onKeys(...anyKey)),
      allow(['dynamodb:Query'], [`${physical.ledgerTableArn}/index/${LEDGER.attentionIndex}`]),
      // Lambda knows no narrower right to list.
      allow(['lambda:ListEventSourceMappings'], ['*']),
      // Nor CloudWatch to read metrics: the condition on a namespace is one of writing them.
      allow(['cloudwatch:GetMetricData'], ['*']),
      // CloudFormation gives mappings their ids, so that a policy can name them by their function alone.
      allow(['lambda:UpdateEventSourceMapping'], [physical.eventSourceMappingArn], {
        ArnLike: { 'lambda:FunctionArn': deliverFunctions },
      }),
      allow(['lambda:InvokeFunction'], [deliverFunctions]),
    ];
  }

  /** To publish what ingest had to spool. */
  #spoolPermissions({ stageName, flows }: GuardProps): PolicyStatement[] {
    const physical = physicalNames(this, stageName);
    return [
      allow(['s3:ListBucket'], [physical.bucketArn], { StringLike: { 's3:prefix': `${SPOOL_PREFIX}*` } }),
      // PutObject: what is left of an object of which SQS took a part.
      allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], [physical.objectsArn(SPOOL_PREFIX)]),
      allow(['sqs:SendMessage'], flows.map(physical.queueArn)),
    ];
  }

  #schedule(name: string, guard: HubFunction): void {
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    });
    const { functionArn } = guard.function;
    role.addToPolicy(allow(['lambda:InvokeFunction'], [functionArn]));
    const schedule = new CfnSchedule(this, 'Schedule', {
      name,
      description: 'Runs the guard every minute',
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: functionArn,
        roleArn: role.roleArn,
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: Duration.minutes(1).toSeconds() },
      },
    });
    // Without its policy the first runs would be refused.
    schedule.node.addDependency(role);
  }

  #acknowledge(stageName: string, guard: HubFunction): void {
    const { deliverFunction } = physicalNames(this, stageName);
    const bucket = names(stageName).bucket('<AWS::AccountId>', '<AWS::Region>');
    const lambdaArn = 'arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>';
    acknowledge(guard, {
      'AwsSolutions-IAM5[Resource::*]':
        'Event source mappings can be listed all or not at all, and metrics read all or none.',
      [`AwsSolutions-IAM5[Resource::${lambdaArn}:event-source-mapping:*]`]:
        'CloudFormation gives mappings their ids; the condition on their function is the narrowest rule that Lambda has.',
      [`AwsSolutions-IAM5[Resource::${lambdaArn}:function:${deliverFunction('*')}]`]:
        'The deliver functions of this stage, and no others, are named so; a list of them outgrows a policy.',
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${bucket}/${SPOOL_PREFIX}*]`]:
        'Objects are named by time and a random id; the prefix is the narrowest rule that S3 has.',
    });
  }

  #addAlarms(stageName: string, guard: HubFunction): void {
    const subject = 'hub';
    const heartbeat = ownMetric(METRICS.heartbeat);
    addAlarm(this, { stageName, subject, word: 'guard-missing', metric: heartbeat, mustBeHeard: true });
    addAlarm(this, {
      stageName,
      subject,
      word: 'guard-errors',
      metric: guard.function.metricErrors({ period: Duration.minutes(5) }),
      threshold: FAILED_RUNS_THRESHOLD,
    });
  }
}
