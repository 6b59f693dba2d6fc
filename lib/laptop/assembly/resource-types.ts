import { createHash } from 'node:crypto';
import type { Environment } from './resources.ts';

/** What a template may ask of a resource: its name, and what `Ref` and `Fn::GetAtt` give for it. */
export type ResourceType = {
  /** The property that fixes the physical name; without one the name is always generated. */
  nameProperty?: string;
  /** The name of a resource whose template fixes none. */
  generate: (stack: string, logicalId: string, properties: Record<string, unknown>) => string;
  ref: Shape;
  attributes: Record<string, Shape>;
};
type Shape = (name: string, env: Environment, get: (property: string) => unknown) => string;

/** The types that templates refer to. Return values as in each type's page of the CloudFormation reference. */
export const resourceTypes: Record<string, ResourceType> = {
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    generate: (stack, logicalId, { FifoQueue }) => `${generated(75)(stack, logicalId)}${FifoQueue ? '.fifo' : ''}`,
    ref: queueUrl,
    attributes: { Arn: arn('sqs', ''), QueueName: itself, QueueUrl: queueUrl },
  },
  'AWS::Lambda::Function': {
    nameProperty: 'FunctionName',
    generate: generated(64),
    ref: itself,
    attributes: { Arn: arn('lambda', 'function:') },
  },
  'AWS::Lambda::EventSourceMapping': { generate: generatedUuid, ref: itself, attributes: { Id: itself } },
  'AWS::IAM::Role': {
    nameProperty: 'RoleName',
    generate: generated(64),
    ref: itself,
    attributes: { Arn: (name, { account }) => `arn:aws:iam::${account}:role/${name}` },
  },
  'AWS::IAM::ManagedPolicy': {
    nameProperty: 'ManagedPolicyName',
    generate: generated(128),
    ref: managedPolicyArn,
    attributes: { PolicyArn: managedPolicyArn },
  },
  // AWS appends six random characters to a secret's ARN; here the ARN ends with the name.
  'AWS::SecretsManager::Secret': {
    nameProperty: 'Name',
    generate: generated(512),
    ref: arn('secretsmanager', 'secret:'),
    attributes: { Id: arn('secretsmanager', 'secret:') },
  },
  'AWS::DynamoDB::Table': table(),
  'AWS::DynamoDB::GlobalTable': table(),
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    generate: (stack, logicalId) => generated(63)(stack, logicalId).toLowerCase(),
    ref: itself,
    attributes: { Arn: (name) => `arn:aws:s3:::${name}` },
  },
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    generate: generated(512),
    ref: itself,
    attributes: { Arn: (...of) => `${arn('logs', 'log-group:')(...of)}:*` },
  },
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    generate: generated(256),
    ref: arn('sns', ''),
    attributes: { TopicArn: arn('sns', ''), TopicName: itself },
  },
  'AWS::CloudWatch::Alarm': {
    nameProperty: 'AlarmName',
    generate: generated(255),
    ref: itself,
    attributes: { Arn: arn('cloudwatch', 'alarm:') },
  },
  'AWS::CloudWatch::Dashboard': {
    nameProperty: 'DashboardName',
    generate: generated(255),
    ref: itself,
    attributes: {},
  },
  'AWS::ApiGatewayV2::Api': {
    generate: generatedId,
    ref: itself,
    attributes: {
      ApiId: itself,
      ApiEndpoint: (id, { apiUrl, region }) => apiUrl ?? `https://${id}.execute-api.${region}.amazonaws.com`,
    },
  },
  'AWS::ApiGatewayV2::Integration': { generate: generatedId, ref: itself, attributes: { IntegrationId: itself } },
  'AWS::ApiGatewayV2::Route': { generate: generatedId, ref: itself, attributes: { RouteId: itself } },
  'AWS::Scheduler::Schedule': {
    nameProperty: 'Name',
    generate: generated(64),
    ref: itself,
    attributes: {
      Arn: (name, env, get) => arn('scheduler', `schedule/${get('GroupName') ?? 'default'}/`)(name, env, get),
    },
  },
  'AWS::Scheduler::ScheduleGroup': {
    nameProperty: 'Name',
    generate: generated(64),
    ref: itself,
    attributes: { Arn: arn('scheduler', 'schedule-group/') },
  },
  'AWS::ApiGatewayV2::Stage': {
    nameProperty: 'StageName',
    generate: (_stack, logicalId) => logicalId,
    ref: itself,
    attributes: {},
  },
};

/**
 * Types that are known and have nothing to run on a laptop: they protect, watch or document, and no function calls
 * them. Roles and policies are read all the same, for the check of who may call what.
 */
const nothingToRun = [
  /^AWS::IAM::/,
  /^AWS::CloudWatch::(Alarm|CompositeAlarm|AnomalyDetector|Dashboard)$/,
  /^AWS::Logs::(LogGroup|MetricFilter|QueryDefinition|ResourcePolicy)$/,
  /^AWS::SNS::/,
  /^AWS::SQS::(QueuePolicy|QueueInlinePolicy)$/,
  /^AWS::S3::BucketPolicy$/,
  /^AWS::SecretsManager::ResourcePolicy$/,
  /^AWS::Lambda::Permission$/,
  // Of asynchronous invocations: the scheduler makes none here, and repeats nothing.
  /^AWS::Lambda::EventInvokeConfig$/,
  /^AWS::Budgets::Budget$/,
  /^AWS::CDK::Metadata$/,
];

/** Types with a resource of their own kind in the assembly. */
const running = [
  'AWS::SQS::Queue',
  'AWS::DynamoDB::Table',
  'AWS::DynamoDB::GlobalTable',
  'AWS::S3::Bucket',
  'AWS::SecretsManager::Secret',
  'AWS::Lambda::Function',
  'AWS::Lambda::EventSourceMapping',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
];

export const isEmulated = (type: string) => running.includes(type) || nothingToRun.some((known) => known.test(type));

function itself(name: string): string {
  return name;
}

function queueUrl(name: string, { queueUrlBase, account }: Environment): string {
  return `${queueUrlBase}/${account}/${name}`;
}

function managedPolicyArn(name: string, { account }: Environment): string {
  return `arn:aws:iam::${account}:policy/${name}`;
}

function arn(service: string, prefix: string): Shape {
  return (name, { region, account }) => `arn:aws:${service}:${region}:${account}:${prefix}${name}`;
}

function table(): ResourceType {
  const attributes = { Arn: arn('dynamodb', 'table/') };
  return { nameProperty: 'TableName', generate: generated(255), ref: itself, attributes };
}

/** `<stack>-<logicalId>`, cut with a hash where the service allows fewer characters. */
function generated(maxLength: number) {
  return (stack: string, logicalId: string): string => {
    const name = `${stack}-${logicalId}`;
    return name.length <= maxLength ? name : `${name.slice(0, maxLength - 9)}-${digest(stack, logicalId).slice(0, 8)}`;
  };
}

/** Ten letters and digits, as API Gateway's ids have. */
function generatedId(stack: string, logicalId: string): string {
  return digest(stack, logicalId).slice(0, 10);
}

function generatedUuid(stack: string, logicalId: string): string {
  return digest(stack, logicalId).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

function digest(stack: string, logicalId: string): string {
  return createHash('sha256').update(`${stack}/${logicalId}`).digest('hex');
}
