import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startFront } from '../../../../lib/laptop/front.ts';
import { readIamReport, writeIamReport } from '../../../../lib/laptop/iam/report.ts';
import { jsonService } from '../../../../lib/laptop/json-service.ts';
import { allow, FUNCTION, failure, iamWith, queueArn, ROLE, roleWith, startServices } from './support.ts';

const QueueUrl = 'http://127.0.0.1/000000000000/orders';
const Bucket = 'bodies';
const secretArn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:hub/shop';

const shop = iamWith();
let at: Awaited<ReturnType<typeof startServices>>;
beforeAll(async () => {
  at = await startServices(shop);
  const { sqs, s3, secrets } = at.asAdministrator;
  await sqs.send(new CreateQueueCommand({ QueueName: 'orders' }));
  await s3.send(new CreateBucketCommand({ Bucket }));
  await secrets.send(new CreateSecretCommand({ Name: 'hub/shop', SecretString: '{"token":"t"}' }));
});
afterAll(() => at.stop());
beforeEach(() => {
  allow(shop.iam);
  shop.lines.length = 0;
});

const send = () => at.asRole.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
const refusalOf = (action: string, resource: string) =>
  `User: arn:aws:sts::000000000000:assumed-role/${ROLE}/${FUNCTION} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;

describe('a role', () => {
  test('may do what a statement allows', async () => {
    allow(shop.iam, { Action: 'sqs:SendMessage', Resource: queueArn('orders') });

    expect((await send()).MessageId).toBeDefined();
  });

  test('may do in a batch what it may do singly', async () => {
    allow(shop.iam, { Action: 'sqs:SendMessage', Resource: queueArn('orders') });
    const batch = new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '0', MessageBody: 'x' }] });

    expect((await at.asRole.sqs.send(batch)).Successful).toHaveLength(1);
  });

  test('may not do anything else, and the service does not see the call', async () => {
    const error = await failure(send());

    expect(error).toMatchObject({
      name: 'AccessDeniedException',
      message: refusalOf('sqs:SendMessage', queueArn('orders')),
      $metadata: { httpStatusCode: 403, attempts: 1 },
    });
  });

  test('of no template may do nothing', async () => {
    const { sqs } = at.asStranger;

    const error = await failure(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })));

    expect(error.message).toContain('assumed-role/nobody/nobody is not authorized');
  });

  test('is told of an explicit deny', async () => {
    allow(shop.iam, { Action: '*' }, { Effect: 'Deny', Action: 'sqs:*', Sid: 'NoQueues' });

    const error = await failure(send());

    expect(error.message).toMatch(/on resource: \S+:orders with an explicit deny in an identity-based policy$/);
    expect(shop.lines[0]).toContain('statement NoQueues of policy ShopPolicy denies it');
  });
});

describe('a refusal has the form of its service:', () => {
  test.each<[string, string, string, () => Promise<unknown>]>([
    [
      'DynamoDB',
      'dynamodb:PutItem',
      'arn:aws:dynamodb:eu-central-1:000000000000:table/ledger',
      () => at.asRole.dynamoDb.send(new PutItemCommand({ TableName: 'ledger', Item: { pk: { S: 'a' } } })),
    ],
    [
      'Lambda',
      'lambda:InvokeFunction',
      `arn:aws:lambda:eu-central-1:000000000000:function:${FUNCTION}`,
      () => at.asRole.lambda.send(new InvokeCommand({ FunctionName: FUNCTION })),
    ],
  ])('%s', async (_service, action, resource, call) => {
    expect(await failure(call())).toMatchObject({
      name: 'AccessDeniedException',
      message: refusalOf(action, resource),
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('Secrets Manager', async () => {
    const error = await failure(at.asRole.secrets.send(new GetSecretValueCommand({ SecretId: 'hub/shop' })));

    expect(error.name).toBe('AccessDeniedException');
    expect(error.message).toMatch(/GetSecretValue on resource: \S+:secret:hub\/shop-\w{6} because/);
  });

  test('S3, which calls it AccessDenied', async () => {
    const Key = 'bodies/a';

    const error = await failure(at.asRole.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })));

    expect(error).toMatchObject({
      name: 'AccessDenied',
      message: refusalOf('s3:PutObject', 'arn:aws:s3:::bodies/bodies/a'),
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('S3 to HEAD, which has no body', async () => {
    const error = await failure(at.asRole.s3.send(new HeadObjectCommand({ Bucket, Key: 'bodies/a' })));

    expect(error).toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});

describe('an object that is not there', () => {
  const get = () => at.asRole.s3.send(new GetObjectCommand({ Bucket, Key: 'bodies/none' }));
  const mayGet = { Action: 's3:GetObject', Resource: 'arn:aws:s3:::bodies/bodies/*' };

  test('is told to who may list the bucket', async () => {
    allow(shop.iam, mayGet, { Action: 's3:ListBucket', Resource: 'arn:aws:s3:::bodies' });

    expect(await failure(get())).toBeInstanceOf(NoSuchKey);
  });

  test('is a refusal to who may not', async () => {
    allow(shop.iam, mayGet);

    expect(await failure(get())).toMatchObject({
      name: 'AccessDenied',
      message: refusalOf('s3:ListBucket', 'arn:aws:s3:::bodies'),
    });
  });
});

describe('a secret', () => {
  const read = () => at.asRole.secrets.send(new GetSecretValueCommand({ SecretId: 'hub/shop' }));

  test('may be read by its ARN with six question marks', async () => {
    allow(shop.iam, { Action: 'secretsmanager:GetSecretValue', Resource: `${secretArn}-??????` });

    expect((await read()).SecretString).toBe('{"token":"t"}');
  });

  test('may not be read by an ARN that ends with its name', async () => {
    allow(shop.iam, { Action: 'secretsmanager:GetSecretValue', Resource: secretArn });

    expect((await failure(read())).name).toBe('AccessDeniedException');
  });
});

describe('leading keys', () => {
  const TableName = 'ledger';
  const put = (pk: string) =>
    at.asRole.dynamoDb.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, sk: { S: 'row' } } }));
  beforeAll(async () => {
    await at.asAdministrator.dynamoDb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      }),
    );
  });
  beforeEach(() =>
    allow(shop.iam, {
      Action: 'dynamodb:PutItem',
      Resource: 'arn:aws:dynamodb:eu-central-1:000000000000:table/ledger',
      Condition: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['sync#*'] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    }),
  );

  test('of its own may be written', async () => {
    expect((await put('sync#shop#1')).$metadata.httpStatusCode).toBe(200);
  });

  test('of others may not, and the log names the condition', async () => {
    expect((await failure(put('other#shop#1'))).name).toBe('AccessDeniedException');
    expect(shop.lines).toEqual([
      `${FUNCTION}: [syncline] [laptop] [iam] ${FUNCTION} may not dynamodb:PutItem on arn:aws:dynamodb:eu-central-1:000000000000:table/ledger: statement 0 of policy ShopPolicy would allow it, but its condition ForAllValues:StringLike on dynamodb:LeadingKeys is not met; to mend in hub/Shop/Role/DefaultPolicy`,
    ]);
  });
});

describe('an operation that has no mapping', () => {
  const unknown = () =>
    startFront({
      port: 0,
      services: [jsonService({ name: 'sqs', jsonVersion: '1.0', operations: { TagQueue: () => ({}) } })],
      layers: [shop.iam.layer],
      roleOfKey: (key) => (key === 'role' ? ROLE : undefined),
    });
  const tagQueue = (url: string, key: string) =>
    fetch(url, {
      method: 'POST',
      body: '{}',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${key}/20261120/eu-central-1/sqs/aws4_request`,
        'x-amz-target': 'AmazonSQS.TagQueue',
      },
    });

  test('is refused by name to a role that may do everything, and allowed to an administrator', async () => {
    allow(shop.iam, { Action: '*' });
    const front = await unknown();
    onTestFinished(front.close);

    const [refused, answered] = [await tagQueue(front.url, 'role'), await tagQueue(front.url, 'operator')];

    expect([refused.status, answered.status]).toEqual([403, 200]);
    expect(await refused.json()).toMatchObject({ __type: 'AccessDeniedException' });
    expect(shop.lines[0]).toContain(
      `${FUNCTION} may not sqs:TagQueue on *: which rights this operation needs is not known on the laptop`,
    );
  });

  test('so is a request that cannot be read', async () => {
    allow(shop.iam, { Action: '*' });

    const answer = await fetch(at.url, {
      method: 'POST',
      body: 'not JSON',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=role/20261120/eu-central-1/sqs/aws4_request',
        'x-amz-target': 'AmazonSQS.SendMessage',
      },
    });

    expect(answer.status).toBe(403);
  });
});

describe('what acts for a function', () => {
  const readQueue = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

  test('polls with three rights on the queue', () => {
    allow(shop.iam, { Action: readQueue, Resource: queueArn('orders') });

    expect(shop.iam.authorizePoller(FUNCTION, 'orders')).toBeUndefined();
    expect(shop.iam.authorizePoller(FUNCTION, 'others')).toMatchObject({
      message: refusalOf('sqs:ReceiveMessage', queueArn('others')),
    });
  });

  test.each(readQueue)('does not poll without %s', (missing) => {
    allow(shop.iam, { Action: readQueue.filter((action) => action !== missing), Resource: queueArn('orders') });

    expect(shop.iam.authorizePoller(FUNCTION, 'orders')?.message).toBe(refusalOf(missing, queueArn('orders')));
  });

  test('receives and deletes under the role of each function of the queue', async () => {
    const queues = { receive: async () => [{ MessageId: '1' }], delete: async () => 'deleted' };
    const polling = shop.iam.asPollers(queues, [{ functionName: FUNCTION, queueName: 'orders' }]);
    const { signal } = new AbortController();

    const refused = await failure(polling.receive('orders', 10, 20, signal));
    allow(shop.iam, { Action: readQueue, Resource: queueArn('orders') });

    expect(refused.name).toBe('AccessDeniedException');
    expect(await polling.receive('orders', 10, 20, signal)).toEqual([{ MessageId: '1' }]);
    expect(await polling.delete('orders', ['handle'])).toBe('deleted');
  });

  test('writes logs to its own group, and its refusal is told once', () => {
    const logs = 'arn:aws:logs:eu-central-1:000000000000:log-group:/aws/lambda/';
    const Action = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    allow(shop.iam, { Action, Resource: `${logs}hub-other:*` });

    const refused = [shop.iam.authorizeLogs(FUNCTION), shop.iam.authorizeLogs(FUNCTION)];
    const told = [...shop.lines];
    allow(shop.iam, { Action, Resource: `${logs}${FUNCTION}:*` });

    expect(refused.map((error) => error?.code)).toEqual(['AccessDeniedException', 'AccessDeniedException']);
    expect(told).toHaveLength(1);
    expect(shop.iam.authorizeLogs(FUNCTION)).toBeUndefined();
  });

  test('acts under a role by name', () => {
    const functionArn = 'arn:aws:lambda:eu-central-1:000000000000:function:hub-poll';
    allow(shop.iam, { Action: 'lambda:InvokeFunction', Resource: functionArn });

    expect(shop.iam.authorizeAs(ROLE, 'lambda:InvokeFunction', functionArn)).toBeUndefined();
    expect(shop.iam.authorizeAs('nobody', 'lambda:InvokeFunction', functionArn)?.status).toBe(403);
  });
});

describe('the record', () => {
  const statements = [
    { Sid: 'Send', Action: ['sqs:SendMessage', 'sqs:GetQueueUrl'], Resource: queueArn('orders') },
    { Action: 's3:GetObject', Resource: 'arn:aws:s3:::bodies/*' },
    { Effect: 'Deny' as const, Action: 'sqs:DeleteQueue' },
  ];

  test('holds every Allow statement with what it allowed', () => {
    const { iam } = iamWith(...statements);

    iam.authorizeAs(ROLE, 'sqs:SendMessage', queueArn('orders'));
    iam.authorizeAs(ROLE, 'sqs:SendMessage', queueArn('orders'));

    const construct = 'hub/Shop/Role/DefaultPolicy';
    const of = { role: ROLE, policy: 'ShopPolicy', construct };
    const sent = { uses: 2, usedActions: ['sqs:SendMessage'] };
    expect(iam.statements()).toEqual([
      {
        ...{ ...of, index: 0, sid: 'Send', actions: ['sqs:SendMessage', 'sqs:GetQueueUrl'] },
        ...{ resources: [queueArn('orders')], ...sent },
      },
      {
        ...{ ...of, index: 1, actions: ['s3:GetObject'], resources: ['arn:aws:s3:::bodies/*'] },
        ...{ uses: 0, usedActions: [] },
      },
    ]);
    expect(iam.used().map(({ index }) => index)).toEqual([0]);
  });

  test('keeps the counts of statements that are still there after an update', () => {
    const { iam } = iamWith(...statements);
    iam.authorizeAs(ROLE, 'sqs:SendMessage', queueArn('orders'));

    allow(iam, statements[0]!);
    const kept = iam.used().length;
    allow(iam, { ...statements[0], Action: 'sqs:*' });

    expect([kept, iam.used().length]).toEqual([1, 0]);
  });

  test('says what is new: an action’s first use, and every refusal', () => {
    const { iam, news } = iamWith(...statements);

    for (const action of ['sqs:SendMessage', 'sqs:SendMessage', 'sqs:GetQueueUrl', 'sqs:DeleteQueue'])
      iam.authorizeAs(ROLE, action, queueArn('orders'));

    expect(news).toEqual([true, false, true, true]);
  });

  test('is a file that names refusals by function, action, resource and construct', () => {
    const folder = mkdtempSync(join(tmpdir(), 'syncline-iam-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { iam } = iamWith(...statements);
    iam.authorizeAs(ROLE, 'sqs:ReceiveMessage', queueArn('orders'));

    writeIamReport(join(folder, 'iam.json'), iam);

    expect(readIamReport(join(folder, 'iam.json'))).toEqual({
      statements: iam.statements(),
      refusals: [
        {
          ...{ role: ROLE, function: FUNCTION, action: 'sqs:ReceiveMessage', resource: queueArn('orders') },
          ...{ construct: 'hub/Shop/Role/DefaultPolicy', reason: 'no statement allows it' },
        },
      ],
    });
  });

  test('keeps the last hundred refusals', () => {
    const { iam } = iamWith();

    for (let count = 0; count < 101; count += 1) iam.authorizeAs(ROLE, 'sqs:SendMessage', queueArn(`queue-${count}`));

    expect(iam.refusals()).toHaveLength(100);
    expect(iam.refusals()[0]?.resource).toBe(queueArn('queue-1'));
  });
});

test('a condition key that no call carries is refused when the policy is read', () => {
  const roles = [roleWith({ Action: '*', Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } })];

  expect(() => shop.iam.update({ roles, functions: [] })).toThrow(
    `[syncline] [laptop] role ${ROLE}, policy ShopPolicy, statement 0: condition key aws:MultiFactorAuthPresent is not emulated`,
  );
});
