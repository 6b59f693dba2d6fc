import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  InvokeCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import {
  CancelMessageMoveTaskCommand,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FUNCTION, iamWith, MAPPING_ID, queueArn, startServices } from './support.ts';

/** A role that may do everything: what is looked at is what each call needs. Calls may fail for reasons of their own. */
const everything = iamWith({ Action: '*' });
type Clients = Awaited<ReturnType<typeof startServices>>['asRole'];
type Call = (clients: Clients) => Promise<unknown>;

let at: Awaited<ReturnType<typeof startServices>>;
let secretArn = '';
beforeAll(async () => {
  at = await startServices(everything);
  const { sqs, dynamoDb, secrets } = at.asAdministrator;
  await sqs.send(new CreateQueueCommand({ QueueName: 'orders' }));
  await dynamoDb.send(
    new CreateTableCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      // The sort key first: which attribute is the partition key only the schema says.
      AttributeDefinitions: ['sk', 'pk', 'attention'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byAttention',
          KeySchema: [{ AttributeName: 'attention', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  secretArn = (await secrets.send(new CreateSecretCommand({ Name: 'hub/shop', SecretString: '{}' }))).ARN!;
});
afterAll(() => at.stop());

async function needsOf(call: Call) {
  await call(at.asRole).catch(() => {});
  return at.takeNeeds();
}

const QueueUrl = 'http://127.0.0.1/000000000000/orders';
const entry = { Id: '0', ReceiptHandle: 'handle' };

describe('SQS', () => {
  test.each<[string, string, Call]>([
    ['SendMessage', 'SendMessage', ({ sqs }) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))],
    [
      'SendMessageBatch',
      'SendMessage',
      ({ sqs }) => sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '0', MessageBody: 'x' }] })),
    ],
    ['ReceiveMessage', 'ReceiveMessage', ({ sqs }) => sqs.send(new ReceiveMessageCommand({ QueueUrl }))],
    [
      'DeleteMessage',
      'DeleteMessage',
      ({ sqs }) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'handle' })),
    ],
    [
      'DeleteMessageBatch',
      'DeleteMessage',
      ({ sqs }) => sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [entry] })),
    ],
    [
      'ChangeMessageVisibility',
      'ChangeMessageVisibility',
      ({ sqs }) =>
        sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: 'handle', VisibilityTimeout: 0 })),
    ],
    [
      'ChangeMessageVisibilityBatch',
      'ChangeMessageVisibility',
      ({ sqs }) => sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: [entry] })),
    ],
    ['GetQueueAttributes', 'GetQueueAttributes', ({ sqs }) => sqs.send(new GetQueueAttributesCommand({ QueueUrl }))],
    ['GetQueueUrl', 'GetQueueUrl', ({ sqs }) => sqs.send(new GetQueueUrlCommand({ QueueName: 'orders' }))],
    [
      'ListMessageMoveTasks',
      'ListMessageMoveTasks',
      ({ sqs }) => sqs.send(new ListMessageMoveTasksCommand({ SourceArn: queueArn('orders') })),
    ],
    [
      'CancelMessageMoveTask',
      'CancelMessageMoveTask',
      ({ sqs }) => sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: taskHandle('orders') })),
    ],
  ])('%s needs %s on the queue', async (_operation, action, call) => {
    expect(await needsOf(call)).toEqual([{ action: `sqs:${action}`, resource: queueArn('orders') }]);
  });

  test('ListQueues needs its right on everything', async () => {
    const needs = await needsOf(({ sqs }) => sqs.send(new ListQueuesCommand({})));

    expect(needs).toEqual([{ action: 'sqs:ListQueues', resource: '*' }]);
  });

  test('StartMessageMoveTask needs to take from the one queue and to send to the other', async () => {
    const move = { SourceArn: queueArn('orders-dlq'), DestinationArn: queueArn('orders') };

    const needs = await needsOf(({ sqs }) => sqs.send(new StartMessageMoveTaskCommand(move)));

    expect(needs.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      `sqs:StartMessageMoveTask ${queueArn('orders-dlq')}`,
      `sqs:ReceiveMessage ${queueArn('orders-dlq')}`,
      `sqs:DeleteMessage ${queueArn('orders-dlq')}`,
      `sqs:GetQueueAttributes ${queueArn('orders-dlq')}`,
      `sqs:SendMessage ${queueArn('orders')}`,
    ]);
  });
});

const TableName = 'ledger';
const table = 'arn:aws:dynamodb:eu-central-1:000000000000:table/ledger';
const itemOf = (pk: string) => ({ sk: { S: 'row' }, pk: { S: pk } });

/** As `<action> <resource behind the table> <leading keys>`. */
const brief = (needs: Awaited<ReturnType<typeof needsOf>>) =>
  needs.map(({ action, resource, context }) =>
    [action, resource.replace(table, 'ledger'), ...((context?.['dynamodb:leadingkeys'] as string[]) ?? ['none'])].join(
      ' ',
    ),
  );

describe('DynamoDB', () => {
  test.each<[string, string[], Call]>([
    [
      'GetItem',
      ['dynamodb:GetItem ledger a#1'],
      ({ dynamoDb }) => dynamoDb.send(new GetItemCommand({ TableName, Key: itemOf('a#1') })),
    ],
    [
      'PutItem',
      ['dynamodb:PutItem ledger a#1'],
      ({ dynamoDb }) => dynamoDb.send(new PutItemCommand({ TableName, Item: { ...itemOf('a#1'), n: { N: '1' } } })),
    ],
    [
      'UpdateItem',
      ['dynamodb:UpdateItem ledger a#1'],
      ({ dynamoDb }) => dynamoDb.send(new UpdateItemCommand({ TableName, Key: itemOf('a#1') })),
    ],
    [
      'DeleteItem',
      ['dynamodb:DeleteItem ledger a#2'],
      ({ dynamoDb }) => dynamoDb.send(new DeleteItemCommand({ TableName, Key: itemOf('a#2') })),
    ],
    [
      'Query by an expression',
      ['dynamodb:Query ledger a#1'],
      ({ dynamoDb }) => dynamoDb.send(queryBy('pk = :pk AND sk < :try', { ':pk': 'a#1', ':try': 'try' })),
    ],
    [
      'Query by a name and parentheses',
      ['dynamodb:Query ledger a#1'],
      ({ dynamoDb }) =>
        dynamoDb.send(queryBy('(#s=:try)and(#k=:pk)', { ':pk': 'a#1', ':try': 'try' }, { '#k': 'pk', '#s': 'sk' })),
    ],
    [
      'Query of an index, whose partition key is another',
      ['dynamodb:Query ledger/index/byAttention a#3'],
      ({ dynamoDb }) => {
        const { input } = queryBy('attention = :shard', { ':shard': 'a#3' });
        return dynamoDb.send(new QueryCommand({ ...input, IndexName: 'byAttention' }));
      },
    ],
    [
      'Query without a value for the partition key',
      ['dynamodb:Query ledger'],
      ({ dynamoDb }) => dynamoDb.send(queryBy('sk = :try', { ':try': 'try' })),
    ],
    ['Scan', ['dynamodb:Scan ledger none'], ({ dynamoDb }) => dynamoDb.send(new ScanCommand({ TableName }))],
    [
      'Scan of an index',
      ['dynamodb:Scan ledger/index/byAttention none'],
      ({ dynamoDb }) => dynamoDb.send(new ScanCommand({ TableName, IndexName: 'byAttention' })),
    ],
    [
      'BatchGetItem',
      ['dynamodb:BatchGetItem ledger a#1 b#1'],
      ({ dynamoDb }) =>
        dynamoDb.send(
          new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [itemOf('a#1'), itemOf('b#1')] } } }),
        ),
    ],
    [
      'BatchWriteItem',
      ['dynamodb:BatchWriteItem ledger a#1 b#1'],
      ({ dynamoDb }) =>
        dynamoDb.send(
          new BatchWriteItemCommand({
            RequestItems: {
              [TableName]: [{ PutRequest: { Item: itemOf('a#1') } }, { DeleteRequest: { Key: itemOf('b#1') } }],
            },
          }),
        ),
    ],
    [
      'TransactGetItems, an action for each item',
      ['dynamodb:GetItem ledger a#1', 'dynamodb:GetItem ledger b#1'],
      ({ dynamoDb }) =>
        dynamoDb.send(
          new TransactGetItemsCommand({
            TransactItems: ['a#1', 'b#1'].map((pk) => ({ Get: { TableName, Key: itemOf(pk) } })),
          }),
        ),
    ],
    [
      'TransactWriteItems, an action for each item',
      [
        'dynamodb:PutItem ledger a#1',
        'dynamodb:UpdateItem ledger a#2',
        'dynamodb:DeleteItem ledger a#3',
        'dynamodb:ConditionCheckItem ledger b#1',
      ],
      ({ dynamoDb }) =>
        dynamoDb.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: { TableName, Item: itemOf('a#1') } },
              { Update: { TableName, Key: itemOf('a#2'), UpdateExpression: 'REMOVE n' } },
              { Delete: { TableName, Key: itemOf('a#3') } },
              { ConditionCheck: { TableName, Key: itemOf('b#1'), ConditionExpression: 'attribute_exists(pk)' } },
            ],
          }),
        ),
    ],
  ])('%s', async (_operation, expected, call) => {
    expect(brief(await needsOf(call))).toEqual(expected);
  });

  test('ListTables needs its right on everything', async () => {
    const needs = await needsOf(({ dynamoDb }) => dynamoDb.send(new ListTablesCommand({})));

    expect(needs).toEqual([{ action: 'dynamodb:ListTables', resource: '*' }]);
  });
});

const Bucket = 'bodies';
const Key = 'bodies/2026-11-20/a b+ü';
const object = `arn:aws:s3:::${Bucket}/${Key}`;
const bucket = `arn:aws:s3:::${Bucket}`;

describe('S3', () => {
  test.each<[string, string, string, Call]>([
    ['PutObject', 's3:PutObject', object, ({ s3 }) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))],
    ['GetObject', 's3:GetObject', object, ({ s3 }) => s3.send(new GetObjectCommand({ Bucket, Key }))],
    ['HeadObject', 's3:GetObject', object, ({ s3 }) => s3.send(new HeadObjectCommand({ Bucket, Key }))],
    ['DeleteObject', 's3:DeleteObject', object, ({ s3 }) => s3.send(new DeleteObjectCommand({ Bucket, Key }))],
    ['CreateBucket', 's3:CreateBucket', bucket, ({ s3 }) => s3.send(new CreateBucketCommand({ Bucket }))],
    ['HeadBucket', 's3:ListBucket', bucket, ({ s3 }) => s3.send(new HeadBucketCommand({ Bucket }))],
    ['ListBuckets', 's3:ListAllMyBuckets', '*', ({ s3 }) => s3.send(new ListBucketsCommand({}))],
  ])('%s needs %s', async (_operation, action, resource, call) => {
    expect((await needsOf(call))[0]).toMatchObject({ action, resource });
  });

  test('ListObjectsV2 needs s3:ListBucket, with the prefix to decide by', async () => {
    const needs = await needsOf(({ s3 }) => s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'bodies/' })));

    expect(needs).toEqual([
      { action: 's3:ListBucket', resource: bucket, context: { 's3:prefix': 'bodies/', 's3:delimiter': undefined } },
    ]);
  });
});

describe('Secrets Manager', () => {
  test.each([
    ['its name', () => 'hub/shop'],
    ['its ARN', () => secretArn],
    ['its ARN without the six characters', () => secretArn.slice(0, -7)],
  ])('GetSecretValue by %s needs its right on the whole ARN', async (_how, secretId) => {
    const needs = await needsOf(({ secrets }) => secrets.send(new GetSecretValueCommand({ SecretId: secretId() })));

    expect(needs).toMatchObject([{ action: 'secretsmanager:GetSecretValue', resource: secretArn }]);
    expect(secretArn).toMatch(/:secret:hub\/shop-[A-Za-z0-9]{6}$/);
  });

  test('a secret that does not exist has no six characters', async () => {
    const needs = await needsOf(({ secrets }) => secrets.send(new GetSecretValueCommand({ SecretId: 'hub/none' })));

    expect(needs).toMatchObject([{ resource: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:hub/none' }]);
  });

  test.each<[string, Call]>([
    ['DescribeSecret', ({ secrets }) => secrets.send(new DescribeSecretCommand({ SecretId: 'hub/shop' }))],
    [
      'PutSecretValue',
      ({ secrets }) => secrets.send(new PutSecretValueCommand({ SecretId: 'hub/shop', SecretString: '{}' })),
    ],
  ])('%s needs its right on the secret', async (operation, call) => {
    expect(await needsOf(call)).toMatchObject([{ action: `secretsmanager:${operation}`, resource: secretArn }]);
  });

  test('BatchGetSecretValue needs to read each secret as well', async () => {
    const batch = new BatchGetSecretValueCommand({ SecretIdList: ['hub/shop', secretArn] });

    const needs = await needsOf(({ secrets }) => secrets.send(batch));

    expect(needs).toMatchObject([
      { action: 'secretsmanager:BatchGetSecretValue', resource: '*' },
      { action: 'secretsmanager:GetSecretValue', resource: secretArn },
      { action: 'secretsmanager:GetSecretValue', resource: secretArn },
    ]);
  });

  test('BatchGetSecretValue with filters needs to list, and to read whatever there is', async () => {
    const batch = new BatchGetSecretValueCommand({ Filters: [{ Key: 'name', Values: ['hub'] }] });

    const needs = await needsOf(({ secrets }) => secrets.send(batch));

    expect(needs.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      'secretsmanager:BatchGetSecretValue *',
      'secretsmanager:ListSecrets *',
      'secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-central-1:000000000000:secret:*',
    ]);
  });

  test('ListSecrets and CreateSecret', async () => {
    const needs = [
      ...(await needsOf(({ secrets }) => secrets.send(new ListSecretsCommand({})))),
      ...(await needsOf(({ secrets }) => secrets.send(new CreateSecretCommand({ Name: 'hub/new' })))),
    ];

    expect(needs.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      'secretsmanager:ListSecrets *',
      'secretsmanager:CreateSecret arn:aws:secretsmanager:eu-central-1:000000000000:secret:hub/new-laptop',
    ]);
  });
});

describe('Lambda', () => {
  const functionArn = `arn:aws:lambda:eu-central-1:000000000000:function:${FUNCTION}`;
  const mapping = `arn:aws:lambda:eu-central-1:000000000000:event-source-mapping:${MAPPING_ID}`;

  test.each<[string, string, string, Call]>([
    [
      'Invoke by name',
      'lambda:InvokeFunction',
      functionArn,
      ({ lambda }) => lambda.send(new InvokeCommand({ FunctionName: FUNCTION })),
    ],
    [
      'Invoke by ARN',
      'lambda:InvokeFunction',
      functionArn,
      ({ lambda }) => lambda.send(new InvokeCommand({ FunctionName: functionArn })),
    ],
    [
      'GetFunction',
      'lambda:GetFunction',
      functionArn,
      ({ lambda }) => lambda.send(new GetFunctionCommand({ FunctionName: FUNCTION })),
    ],
    [
      'ListEventSourceMappings',
      'lambda:ListEventSourceMappings',
      '*',
      ({ lambda }) => lambda.send(new ListEventSourceMappingsCommand({})),
    ],
  ])('%s needs %s', async (_operation, action, resource, call) => {
    expect(await needsOf(call)).toEqual([{ action, resource }]);
  });

  test.each<[string, Call]>([
    ['GetEventSourceMapping', ({ lambda }) => lambda.send(new GetEventSourceMappingCommand({ UUID: MAPPING_ID }))],
    [
      'UpdateEventSourceMapping',
      ({ lambda }) => lambda.send(new UpdateEventSourceMappingCommand({ UUID: MAPPING_ID, Enabled: false })),
    ],
  ])('%s needs its right on the mapping, with its function to decide by', async (operation, call) => {
    expect(await needsOf(call)).toEqual([
      { action: `lambda:${operation}`, resource: mapping, context: { 'lambda:functionarn': functionArn } },
    ]);
  });
});

function queryBy(expression: string, values: Record<string, string>, names?: Record<string, string>) {
  return new QueryCommand({
    TableName,
    KeyConditionExpression: expression,
    ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, S]) => [name, { S }])),
    ...(names && { ExpressionAttributeNames: names }),
  });
}

const taskHandle = (queue: string) =>
  Buffer.from(JSON.stringify({ taskId: 'task', sourceArn: queueArn(queue) })).toString('base64');
