import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { beforeAll, describe, expect, it } from 'vitest';
import { deliverTimeoutMs, LEASE_MARGIN_MS, QUEUE, visibilityTimeoutMs } from '../../../functions/core/names.ts';
import { standstill } from '../../../lib/stack/alarms.ts';
import { ofType, type Resource, type Synthesized, synthesized } from './synthesized.ts';

type Statement = { Effect: string; Action: string | string[]; Resource: unknown; Condition?: unknown };

let dev: Synthesized;
let prod: Synthesized;
beforeAll(async () => {
  [dev, prod] = [await synthesized('dev'), await synthesized('prod')];
});

const all = (type: string) => ofType(dev.resources, type);
const text = (value: unknown) => JSON.stringify(value);
const isDeadLetterQueue = ({ Properties }: Resource) => String(Properties.QueueName).endsWith('-dlq');
const statements = () =>
  all('AWS::IAM::Policy').flatMap(({ id, Properties }) =>
    (Properties.PolicyDocument.Statement as Statement[]).map((statement) => ({ id, ...statement })),
  );

describe('the queues', () => {
  it('have a dead-letter queue each, which takes from them alone and keeps messages for 14 days', () => {
    const queues = all('AWS::SQS::Queue').filter((queue) => !isDeadLetterQueue(queue));
    expect(queues.length).toBeGreaterThan(0);

    for (const { Properties } of queues) {
      const name = `${Properties.QueueName}-dlq`;
      const dlq = all('AWS::SQS::Queue').find((queue) => queue.Properties.QueueName === name);
      expect(dlq?.Properties.MessageRetentionPeriod).toBe(14 * 24 * 3_600);
      expect(Properties.MessageRetentionPeriod).toBe(14 * 24 * 3_600);
      expect(Properties.RedrivePolicy.maxReceiveCount).toBe(QUEUE.maxReceiveCount);
      expect(dlq?.Properties.RedriveAllowPolicy.redrivePermission).toBe('byQueue');
      expect(text(dlq?.Properties.RedriveAllowPolicy.sourceQueueArns)).toContain(`:${Properties.QueueName}"`);
    }
  });

  it('refuse calls without TLS', () => {
    const denied = all('AWS::SQS::QueuePolicy').filter(({ Properties }) =>
      text(Properties).includes('aws:SecureTransport'),
    );
    expect(denied).toHaveLength(all('AWS::SQS::Queue').length);
  });
});

describe('the roles', () => {
  it('let nobody send to a dead-letter queue: only SQS may move messages there', () => {
    const sends = statements().filter(({ Action }) => [Action].flat().includes('sqs:SendMessage'));
    expect(sends.length).toBeGreaterThan(0);

    const deadLetterIds = all('AWS::SQS::Queue')
      .filter(isDeadLetterQueue)
      .map(({ id }) => id.split('/')[1]!);
    for (const { Resource } of sends) {
      expect(text(Resource)).not.toContain('-dlq');
      for (const id of deadLetterIds) expect(text(Resource)).not.toContain(`"${id}"`);
    }
  });

  it('have no wildcard but the listed ones', () => {
    /** A prefix of the bucket; the six characters that Secrets Manager appends; keys of the tables; the deliver functions. */
    const tableKeys = [/"[a-z0-9-]+#\*"/g, /"entity#[a-z0-9-]+#\*"/g];
    const allowed = [/\/bodies\/\*"/g, /-\?{6}"/g, ...tableKeys, /:function:syncline-dev-deliver-\*"/g];
    /** Neither knows a resource. */
    const ofEverything = ['cloudwatch:GetMetricData', 'lambda:ListEventSourceMappings'];
    const narrow = statements().filter(({ Action, Condition }) => {
      // Mappings have ids that nobody knows beforehand: listed all together, changed by the function they belong to.
      if (Action === 'lambda:UpdateEventSourceMapping') return Condition === undefined;
      return ![Action].flat().every((action) => ofEverything.includes(action));
    });
    expect(narrow).toHaveLength(statements().length - 2);
    for (const { id, Action, Resource, Condition } of narrow) {
      const rest = allowed.reduce((left, pattern) => left.replace(pattern, '"'), text([Action, Resource, Condition]));
      expect(rest, id).not.toMatch(/\*"|\?"/);
    }
  });

  it('open to a flow its own entities in the state table, and nothing to ingest', () => {
    const opened = statements().filter(({ Resource, Condition }) => {
      return text(Resource).includes('-state') && text(Condition ?? '').includes('entity#');
    });
    const keysOf = ({ id, Action, Condition }: (typeof opened)[number]) => [
      id.split('/')[1]!.replace(/^Flow|Deliver.*$/g, ''),
      [Action].flat().join(' '),
      (Condition as Record<string, Record<string, unknown>>)['ForAllValues:StringLike']!['dynamodb:LeadingKeys'],
    ];

    expect(opened.map(keysOf).sort()).toEqual([
      ['anyeventtohttp', 'dynamodb:GetItem dynamodb:UpdateItem', ['entity#any-event-to-http#*']],
      ['shopifyordertohubspotdeal', 'dynamodb:UpdateItem', ['entity#shopify-order-to-hubspot-deal#*']],
      [
        'stripepaymentfailedtoslack',
        'dynamodb:GetItem dynamodb:UpdateItem',
        ['entity#stripe-payment-failed-to-slack#*'],
      ],
    ]);
  });

  it('are one for each function, without managed policies', () => {
    const roles = all('AWS::Lambda::Function').map(({ Properties }) => text(Properties.Role));
    expect(new Set(roles).size).toBe(roles.length);
    for (const { Properties } of all('AWS::IAM::Role')) expect(Properties.ManagedPolicyArns ?? []).toEqual([]);
  });
});

describe('the event source mappings', () => {
  it('report failures by item, have a maximum concurrency and no filter', () => {
    const mappings = all('AWS::Lambda::EventSourceMapping');
    expect(mappings.length).toBe(all('AWS::SQS::Queue').length / 2);

    for (const { Properties } of mappings) {
      expect(Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      expect(Properties.ScalingConfig.MaximumConcurrency).toBe(QUEUE.maximumConcurrency);
      expect(Properties.FilterCriteria).toBeUndefined();
    }
  });

  it('take no more messages at once than the pace of their targets allows', () => {
    const functionOf = (flow: string) =>
      ofType(prod.resources, 'AWS::Lambda::Function').find(
        ({ Properties }) => Properties.FunctionName === `syncline-prod-deliver-${flow}`,
      )!;
    const batchOf = (flow: string) => {
      const [, id] = functionOf(flow).id.split('/');
      const mappings = ofType(prod.resources, 'AWS::Lambda::EventSourceMapping');
      return mappings.find(({ Properties }) => Properties.FunctionName.Ref === id)!.Properties.BatchSize;
    };
    const paceOf = (flow: string) => functionOf(flow).Properties.Environment.Variables.SYNCLINE_PACE;

    expect(paceOf('shopify-order-to-hubspot-deal')).toBe('{"hubspot":1.8}');
    expect(batchOf('shopify-order-to-hubspot-deal')).toBe(10);
    expect(paceOf('stripe-payment-failed-to-slack')).toBe('{"slack":0.6}');
    expect(batchOf('stripe-payment-failed-to-slack')).toBe(3);
  });

  it('take visibility, lease and timeout from one constant', () => {
    for (const { Properties } of all('AWS::Lambda::Function')) {
      if (!String(Properties.FunctionName).includes('-deliver-')) continue;
      const queueName = String(Properties.FunctionName).replace('-deliver-', '-');
      const queue = all('AWS::SQS::Queue').find((candidate) => candidate.Properties.QueueName === queueName);
      expect(Properties.Timeout).toBe(deliverTimeoutMs('real-time') / 1_000);
      expect(queue?.Properties.VisibilityTimeout).toBe(visibilityTimeoutMs('real-time') / 1_000);
      expect(queue?.Properties.VisibilityTimeout).toBe(6 * Properties.Timeout);
      expect(queue?.Properties.VisibilityTimeout).toBeGreaterThan(Properties.Timeout + LEASE_MARGIN_MS / 1_000);
    }
  });
});

describe('the guard', () => {
  const one = (type: string, name: string) => {
    const found = all(type).filter(({ Properties }) => text(Properties).includes(`"${name}"`));
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  const guardId = () => one('AWS::Lambda::Function', 'syncline-dev-guard').id.split('/')[1]!;

  it('is run every minute by a schedule with a role of its own, and nothing repeats a run', () => {
    const { Properties } = one('AWS::Scheduler::Schedule', 'syncline-dev-guard');
    const [config] = all('AWS::Lambda::EventInvokeConfig');

    expect(Properties).toMatchObject({ ScheduleExpression: 'rate(1 minute)', FlexibleTimeWindow: { Mode: 'OFF' } });
    expect(Properties.Target.RetryPolicy).toEqual({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    expect(config?.Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    expect(text(config?.Properties.FunctionName)).toContain(guardId());
    const roleId = Properties.Target.RoleArn['Fn::GetAtt'][0];
    const own = statements().filter(({ id }) => id.includes('ScheduleRole'));
    expect(own).toMatchObject([
      { Action: 'lambda:InvokeFunction', Resource: { 'Fn::GetAtt': [guardId(), 'Arn'] }, Effect: 'Allow' },
    ]);
    expect(roleId).toContain('ScheduleRole');
  });

  it('may change the mappings of this stage’s deliver functions alone', () => {
    const [change] = statements().filter(({ Action }) => Action === 'lambda:UpdateEventSourceMapping');

    expect(text(change?.Condition)).toMatch(/^\{"ArnLike":\{"lambda:FunctionArn":.*:function:syncline-dev-deliver-\*"/);
  });

  it('knows from its bundle which flow writes where, and what can be probed', () => {
    const plan = JSON.parse(readFileSync(join(dev.bundles.get('guard')!, 'guard.json'), 'utf8'));

    expect(plan.flows).toContainEqual({
      name: 'shopify-order-to-hubspot-deal',
      targets: ['hubspot'],
      maximumConcurrency: QUEUE.maximumConcurrency,
    });
    expect(plan.probed.sort()).toEqual(['http', 'hubspot', 'slack']);
  });

  it('is missed when it is silent for five minutes', () => {
    const { Properties } = one('AWS::CloudWatch::Alarm', 'syncline-dev-hub-guard-missing');

    expect(Properties).toMatchObject({
      ...{ MetricName: 'Heartbeat', Dimensions: [{ Name: 'service', Value: 'syncline' }] },
      ...{ ComparisonOperator: 'LessThanThreshold', Threshold: 1, Period: 300, EvaluationPeriods: 1 },
      TreatMissingData: 'breaching',
    });
  });
});

describe('the functions', () => {
  it('run on nodejs24.x and arm64, with a log group that forgets', () => {
    const groups = new Map(all('AWS::Logs::LogGroup').map(({ id, Properties }) => [id.split('/')[1], Properties]));
    for (const { Properties } of all('AWS::Lambda::Function')) {
      expect(Properties.Runtime).toBe('nodejs24.x');
      expect(Properties.Architectures).toEqual(['arm64']);
      expect(groups.get(Properties.LoggingConfig.LogGroup.Ref)?.RetentionInDays).toBe(30);
    }
  });

  it('have an environment of less than 3.5 KB', () => {
    for (const { id, Properties } of all('AWS::Lambda::Function')) {
      expect(text(Properties.Environment.Variables).length, id).toBeLessThan(3_500);
    }
  });

  it('hold only the connectors that their entry names', () => {
    const marks = {
      stripe: 'stripe-signature',
      shopify: 'x-shopify-',
      hubspot: '/crm/v4/objects',
      slack: '/chat.postMessage',
    };
    const holds = (key: string) => {
      const folder = dev.bundles.get(key)!;
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.mjs'));
      const code = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('');
      return Object.entries(marks).flatMap(([kind, mark]) => (code.includes(mark) ? [kind] : []));
    };
    expect(holds('ingest-stripe')).toEqual(['stripe']);
    expect(holds('ingest-shopify')).toEqual(['shopify']);
    expect(holds('ingest-generic')).toEqual([]);
    expect(holds('deliver-stripe-payment-failed-to-slack')).toEqual(['stripe', 'slack']);
    expect(holds('deliver-shopify-order-to-hubspot-deal')).toEqual(['shopify', 'hubspot']);
  });
});

describe('the tables and secrets', () => {
  it('have a TTL, and outlive their stack in prod alone', () => {
    const tables = ofType(prod.resources, 'AWS::DynamoDB::GlobalTable');
    expect(tables).toHaveLength(2);
    for (const { Properties, DeletionPolicy } of tables) {
      expect(Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'expiresAtEpochSeconds', Enabled: true });
      expect(DeletionPolicy).toBe('Retain');
      expect(Properties.Replicas[0].DeletionProtectionEnabled).toBe(true);
    }
    for (const { DeletionPolicy } of all('AWS::DynamoDB::GlobalTable')) expect(DeletionPolicy).toBe('Delete');
  });

  it('keep everything stateful in prod', () => {
    const stateful = [
      'AWS::SQS::Queue',
      'AWS::SecretsManager::Secret',
      'AWS::S3::Bucket',
      'AWS::DynamoDB::GlobalTable',
    ];
    for (const type of stateful) {
      const resources = ofType(prod.resources, type);
      expect(resources.length, type).toBeGreaterThan(0);
      for (const { id, DeletionPolicy } of resources) expect(DeletionPolicy, id).toBe('Retain');
    }
  });

  it('are created without a value', () => {
    const secrets = all('AWS::SecretsManager::Secret');
    expect(secrets).toHaveLength(7);
    for (const { Properties } of secrets) expect(Object.keys(Properties).sort()).toEqual(['Description', 'Name']);
  });
});

describe('the front door', () => {
  it('has a throttled route for each method of each source, and logs route keys, never paths', () => {
    const [stage] = all('AWS::ApiGatewayV2::Stage');
    const routes = all('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey);

    expect(routes.sort()).toEqual([
      'POST /v1/webhooks/generic',
      'POST /v1/webhooks/shopify',
      'POST /v1/webhooks/standard-webhooks',
      'POST /v1/webhooks/stripe',
    ]);
    expect(Object.keys(stage?.Properties.RouteSettings).sort()).toEqual(routes);
    expect(text(stage?.Properties.AccessLogSettings.Format)).not.toMatch(/context\.path|querystring|header/i);
  });
});

describe('the alarms', () => {
  it('have a section in the runbook each, and tell the topic', () => {
    const runbook = readFileSync(join(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');
    const alarms = all('AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(10);

    for (const { Properties } of alarms) {
      const heading = String(Properties.AlarmDescription).split('#')[1];
      expect(Properties.AlarmName).toMatch(new RegExp(`-${heading}$`));
      expect(runbook).toContain(`\n## ${heading}\n`);
      expect(Properties.AlarmActions).toHaveLength(1);
    }
  });

  it('sections of the runbook are the three that are always there', () => {
    const runbook = readFileSync(join(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');
    for (const section of runbook.split('\n## ').slice(1)) {
      if (!/^[a-z0-9-]+\n/.test(section)) continue;
      for (const part of ['What it means', 'How to look', 'How to fix']) expect(section).toContain(`**${part}.**`);
    }
  });
});

describe('the alarm on a standstill', () => {
  const flow = 'shopify-order-to-hubspot-deal';
  type Part = {
    Id: string;
    Expression?: string;
    ReturnData?: boolean;
    MetricStat?: { Metric: object; Period: number };
  };
  const parts = () => {
    const { Properties } = all('AWS::CloudWatch::Alarm').find(
      (alarm) => alarm.Properties.AlarmName === `syncline-dev-${flow}-standstill`,
    )!;
    return { alarm: Properties, metrics: Properties.Metrics as Part[] };
  };

  it('there is one for each flow', () => {
    const named = all('AWS::CloudWatch::Alarm').filter(({ Properties }) => /-standstill$/.test(Properties.AlarmName));

    expect(named).toHaveLength(all('AWS::Lambda::EventSourceMapping').length);
  });

  it('looks at the flow’s own queue, at what it did and at whether it is held', () => {
    const { metrics } = parts();
    const metricOf = (id: string) => metrics.find(({ Id }) => Id === id)?.MetricStat;
    const Dimensions = [
      { Name: 'flow', Value: flow },
      { Name: 'service', Value: 'syncline' },
    ];

    expect(metrics.find(({ Expression }) => Expression !== undefined)).toMatchObject({
      Expression: 'IF(FILL(visible, 0) > 0, IF(FILL(delivered, 0) + FILL(skipped, 0) + FILL(held, 0) > 0, 0, 1), 0)',
    });
    expect(metricOf('visible')).toMatchObject({
      Metric: { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible' },
      Stat: 'Maximum',
    });
    const queue = all('AWS::SQS::Queue').find(({ Properties }) => Properties.QueueName === `syncline-dev-${flow}`)!;
    expect(text(metricOf('visible')?.Metric)).toContain(`"${queue.id.split('/')[1]}"`);
    expect(metricOf('delivered')?.Metric).toEqual({ Namespace: 'Syncline', MetricName: 'Delivered', Dimensions });
    expect(metricOf('skipped')?.Metric).toEqual({ Namespace: 'Syncline', MetricName: 'Skipped', Dimensions });
    expect(metricOf('held')?.Metric).toEqual({ Namespace: 'Syncline', MetricName: 'Held', Dimensions });
  });

  it('lasts as long as the flow’s freshness, in five parts, all of which must stand still', () => {
    const { alarm, metrics } = parts();

    expect(metrics.flatMap(({ MetricStat }) => MetricStat?.Period ?? [])).toEqual([60, 60, 60, 60]);
    expect(alarm).toMatchObject({
      ...{ EvaluationPeriods: 5, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
      TreatMissingData: 'notBreaching',
    });
    expect(alarm.DatapointsToAlarm).toBeUndefined();
  });

  it.each([
    [3, 60],
    [60, 12 * 60],
    [4 * 24 * 60, 19.2 * 3_600],
    [30 * 24 * 60, 24 * 3_600],
  ])('of a flow that may take %i minutes has parts of %i s, within what CloudWatch allows', (minutes, seconds) => {
    const visible = new Metric({ namespace: 'AWS/SQS', metricName: 'ApproximateNumberOfMessagesVisible' });

    const { metric, evaluationPeriods } = standstill('a', visible, Duration.minutes(minutes));

    expect(metric.period.toSeconds()).toBe(seconds);
    const longest = metric.period.toHours({ integral: false }) < 1 ? Duration.days(1) : Duration.days(7);
    expect(evaluationPeriods * seconds).toBeLessThanOrEqual(longest.toSeconds());
  });
});

describe('the stacks', () => {
  it('stay below 450 resources', () => {
    for (const [stack, count] of dev.countOf) expect(count, stack).toBeLessThanOrEqual(450);
  });
});
