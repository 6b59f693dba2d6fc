import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAssembly } from '../../../../lib/laptop/assembly/assembly.ts';
import { assetKey, env, functionWith, readStack, writeAssembly } from './setup.ts';

const queueArn = (name: string) => `arn:aws:sqs:eu-central-1:000000000000:${name}`;

describe('queues', () => {
  test('have the attributes of CreateQueue, dead-letter queues first', () => {
    const { queues } = readStack({
      Queue: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: 'orders',
          VisibilityTimeout: 180,
          MessageRetentionPeriod: 1209600,
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dlq', 'Arn'] }, maxReceiveCount: 5 },
          FifoQueue: false,
        },
      },
      Dlq: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: 'orders-dlq',
          RedriveAllowPolicy: { redrivePermission: 'byQueue', sourceQueueArns: [queueArn('orders')] },
        },
      },
    });

    expect(queues).toEqual([
      {
        name: 'orders-dlq',
        attributes: {
          RedriveAllowPolicy: `{"redrivePermission":"byQueue","sourceQueueArns":["${queueArn('orders')}"]}`,
        },
      },
      {
        name: 'orders',
        attributes: {
          VisibilityTimeout: '180',
          MessageRetentionPeriod: '1209600',
          RedrivePolicy: `{"deadLetterTargetArn":"${queueArn('orders-dlq')}","maxReceiveCount":5}`,
        },
      },
    ]);
  });

  test('without a name have one of stack and logical id, that ends in .fifo where it must', () => {
    const { queues } = readStack({
      Plain: { Type: 'AWS::SQS::Queue' },
      Ordered: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
      [`Long${'x'.repeat(100)}`]: { Type: 'AWS::SQS::Queue' },
    });

    const names = queues.map(({ name }) => name);
    expect(names.slice(0, 2)).toEqual(['hub-Plain', 'hub-Ordered.fifo']);
    expect(names[2]).toMatch(/^hub-Longx{58}-[0-9a-f]{8}$/);
  });
});

describe('tables', () => {
  const keys = {
    TableName: 'ledger',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  };
  const index = { IndexName: 'open', KeySchema: keys.KeySchema, Projection: { ProjectionType: 'KEYS_ONLY' } };

  test('of either type become the input of CreateTable and a time-to-live attribute', () => {
    const properties = {
      ...keys,
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: [{ ...index, WarmThroughput: {} }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    };
    const { tables } = readStack({
      Ledger: {
        Type: 'AWS::DynamoDB::GlobalTable',
        Properties: { ...properties, Replicas: [{ Region: { Ref: 'AWS::Region' } }] },
      },
      State: { Type: 'AWS::DynamoDB::Table', Properties: { ...properties, TableName: 'state' } },
    });

    const createTable = { ...keys, BillingMode: 'PAY_PER_REQUEST', GlobalSecondaryIndexes: [index] };
    expect(tables).toEqual([
      { name: 'ledger', createTable, ttlAttribute: 'expiresAt' },
      { name: 'state', createTable: { ...createTable, TableName: 'state' }, ttlAttribute: 'expiresAt' },
    ]);
  });

  test('keep their provisioned throughput', () => {
    const ProvisionedThroughput = { ReadCapacityUnits: 5, WriteCapacityUnits: 5 };
    const { tables } = readStack({
      Ledger: { Type: 'AWS::DynamoDB::Table', Properties: { ...keys, ProvisionedThroughput } },
    });

    expect(tables).toEqual([
      { name: 'ledger', createTable: { ...keys, BillingMode: 'PROVISIONED', ProvisionedThroughput } },
    ]);
  });
});

test('functions have their folder, role and settings, with the defaults of Lambda', () => {
  const folder = writeAssembly({ hub: { Resources: functionWith({ COUNT: 3 }) } });

  expect(readAssembly(folder, env).functions).toEqual([
    {
      name: 'hub-shop',
      assetFolder: join(folder, `asset.${assetKey}`),
      handler: 'index.handler',
      runtime: 'nodejs24.x',
      timeoutSeconds: 3,
      memoryMb: 128,
      environment: { COUNT: '3' },
      roleName: 'hub-role',
    },
  ]);
});

test('event source mappings name their queue and function, and keep their id', () => {
  const resources = {
    ...functionWith({}),
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders' } },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        FunctionName: { Ref: 'Shop' },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumBatchingWindowInSeconds: 1,
        ScalingConfig: { MaximumConcurrency: 5 },
      },
    },
    Parked: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        BatchSize: 1,
        Enabled: false,
        EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        FunctionName: { 'Fn::GetAtt': ['Shop', 'Arn'] },
      },
    },
  };

  const [first, again] = [readStack(resources), readStack(resources)];

  const id = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const both = { id, queueName: 'orders', functionName: 'hub-shop' };
  expect(first.eventSourceMappings).toEqual([
    {
      ...both,
      batchSize: 10,
      maximumBatchingWindowSeconds: 1,
      maximumConcurrency: 5,
      enabled: true,
      reportBatchItemFailures: true,
    },
    { ...both, batchSize: 1, maximumBatchingWindowSeconds: 0, enabled: false, reportBatchItemFailures: false },
  ]);
  expect(again.eventSourceMappings).toEqual(first.eventSourceMappings);
});

test('HTTP APIs have their routes, with the function, timeout and throttle of each', () => {
  const integration = (properties: object) => ({
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: { Ref: 'Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': ['Shop', 'Arn'] },
      PayloadFormatVersion: '2.0',
      ...properties,
    },
  });
  const route = (RouteKey: string, target: string) => ({
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: { Ref: 'Api' },
      RouteKey,
      AuthorizationType: 'NONE',
      Target: { 'Fn::Join': ['', ['integrations/', { Ref: target }]] },
    },
  });

  const { httpApis } = readStack({
    ...functionWith({}),
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'hub', ProtocolType: 'HTTP' } },
    Fast: integration({ TimeoutInMillis: 10000 }),
    Slow: integration({}),
    Post: route('POST /hooks/{source}', 'Fast'),
    Default: route('$default', 'Slow'),
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: {
        ApiId: { Ref: 'Api' },
        StageName: '$default',
        AutoDeploy: true,
        DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
        RouteSettings: { 'POST /hooks/{source}': { ThrottlingRateLimit: 5 } },
      },
    },
  });

  expect(httpApis).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{10}$/),
      name: 'hub',
      routes: [
        {
          method: 'POST',
          path: '/hooks/{source}',
          functionName: 'hub-shop',
          timeoutMs: 10_000,
          throttle: { rateLimit: 5, burstLimit: 100 },
        },
        {
          method: 'ANY',
          path: '$default',
          functionName: 'hub-shop',
          timeoutMs: 30_000,
          throttle: { rateLimit: 50, burstLimit: 100 },
        },
      ],
    },
  ]);
});

test('roles have all their policies, with resolved values', () => {
  const statement = (Action: string, Resource: unknown) => ({
    Statement: [{ Action, Effect: 'Allow', Resource, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
    Version: '2012-10-17',
  });
  const { roles } = readStack({
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders' } },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'hub-role',
        Policies: [{ PolicyName: 'inline', PolicyDocument: statement('logs:PutLogEvents', '*') }],
        ManagedPolicyArns: [{ Ref: 'Managed' }, 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
      },
    },
    Attached: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'attached',
        PolicyDocument: statement('sqs:SendMessage', { 'Fn::GetAtt': ['Queue', 'Arn'] }),
        Roles: [{ Ref: 'Role' }],
      },
    },
    Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: statement('s3:GetObject', '*') } },
    Other: { Type: 'AWS::IAM::Policy', Properties: { PolicyDocument: statement('s3:*', '*'), Roles: ['other'] } },
  });

  expect(roles).toEqual([
    {
      name: 'hub-role',
      arn: 'arn:aws:iam::000000000000:role/hub-role',
      policies: [
        { name: 'inline', document: statement('logs:PutLogEvents', '*') },
        { name: 'attached', document: statement('sqs:SendMessage', queueArn('orders')) },
        { name: 'Managed', document: statement('s3:GetObject', '*') },
      ],
      managedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
    },
  ]);
});

test('buckets and secrets have their names, and what has nothing to run is passed over', () => {
  const nothing = [
    'AWS::CDK::Metadata',
    'AWS::CloudWatch::Alarm',
    'AWS::CloudWatch::Dashboard',
    'AWS::IAM::User',
    'AWS::Lambda::Permission',
    'AWS::Logs::LogGroup',
    'AWS::S3::BucketPolicy',
    'AWS::SNS::Subscription',
    'AWS::SQS::QueuePolicy',
  ].map((Type, index) => [`Nothing${index}`, { Type, Properties: { Unread: { 'Fn::Unknown': [] } } }]);

  const { buckets, secrets } = readStack({
    Bodies: { Type: 'AWS::S3::Bucket', Properties: { LifecycleConfiguration: {} } },
    Shop: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'syncline/dev/source/shop' } },
    ...Object.fromEntries(nothing),
  });

  expect({ buckets, secrets }).toEqual({
    buckets: [{ name: 'hub-bodies' }],
    secrets: [{ name: 'syncline/dev/source/shop' }],
  });
});

test('a resource whose condition does not hold is not there', () => {
  const queue = (Condition: string) => ({ Type: 'AWS::SQS::Queue', Condition });

  const { queues } = readStack(
    { Yes: queue('Here'), No: queue('Elsewhere') },
    { Conditions: { Here: { 'Fn::Equals': ['a', 'a'] }, Elsewhere: { 'Fn::Equals': ['a', 'b'] } } },
  );

  expect(queues.map(({ name }) => name)).toEqual(['hub-Yes']);
});

describe('what is not emulated fails by name:', () => {
  const shop = functionWith({});
  const withProperty = (property: object) => ({
    ...shop,
    Shop: { ...shop.Shop, Properties: { ...shop.Shop.Properties, ...property } },
  });

  test.each([
    ['hub/Every: AWS::Events::Rule', { Every: { Type: 'AWS::Events::Rule' } }],
    ['hub/Shop: Layers of AWS::Lambda::Function', withProperty({ Layers: [] })],
    ['hub/Shop: runtime python3.14', withProperty({ Runtime: 'python3.14' })],
    ['hub/Shop: code that is not a file asset of the assembly', withProperty({ Code: { ZipFile: 'x' } })],
    [
      'hub/Mapping: FilterCriteria of AWS::Lambda::EventSourceMapping',
      { Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { FilterCriteria: {} } } },
    ],
    [
      'hub/Secret: GenerateSecretString of AWS::SecretsManager::Secret',
      { Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: {} } } },
    ],
    [
      'hub/Table: StreamSpecification of AWS::DynamoDB::Table',
      { Table: { Type: 'AWS::DynamoDB::Table', Properties: { StreamSpecification: {} } } },
    ],
    [
      'hub/Api: protocol WEBSOCKET',
      { Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } } },
    ],
  ])('%s', (what, resources) => {
    expect(() => readStack(resources)).toThrow(`[syncline] [laptop] ${what} is not emulated`);
  });

  test('a folder without an assembly', () => {
    expect(() => readAssembly('/nowhere', env)).toThrow(
      '[syncline] [laptop] /nowhere/manifest.json cannot be read: is the folder a synthesized assembly?',
    );
  });
});
