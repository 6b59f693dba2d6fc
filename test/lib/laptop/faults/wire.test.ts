import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { createFaults, type Faults } from '../../../../lib/laptop/faults/create-faults.ts';
import { services } from '../../../../lib/laptop/faults/fault.ts';
import { startFront } from '../../../../lib/laptop/front.ts';
import { createMovableClock } from '../../../../lib/laptop/movable-clock.ts';
import { startSqsOn } from '../clock/setup.ts';

let url = '';
let faults: Faults;

/** Services that no call reaches. */
beforeAll(async () => {
  faults = createFaults({ clock: createMovableClock(), functions: () => [], kill: () => {}, setSkew: () => {} });
  const unreached = services.map((name) => ({
    name,
    handle: async () => ({ status: 418 }),
    close: async () => {},
  }));
  const front = await startFront({ services: unreached, port: 0, layers: [faults.layer] });
  url = front.url;
  return front.close;
});

type Client = { send(command: never): Promise<unknown>; destroy(): void };
type Options = {
  endpoint: string;
  region: string;
  maxAttempts: number;
  credentials: { accessKeyId: string; secretAccessKey: string };
};

const calls: Record<string, [(options: Options) => Client, object]> = {
  'dynamodb GetItem': [
    (options) => new DynamoDBClient(options),
    new GetItemCommand({ TableName: 'orders', Key: { id: { S: '7' } } }),
  ],
  'dynamodb DescribeTable': [
    (options) => new DynamoDBClient(options),
    new DescribeTableCommand({ TableName: 'orders' }),
  ],
  'sqs SendMessage': [
    (options) => new SQSClient(options),
    new SendMessageCommand({ QueueUrl: 'http://127.0.0.1/000000000000/orders', MessageBody: 'order 7' }),
  ],
  's3 GetObject': [(options) => new S3Client(options), new GetObjectCommand({ Bucket: 'inbox', Key: 'a/b' })],
  's3 HeadObject': [(options) => new S3Client(options), new HeadObjectCommand({ Bucket: 'inbox', Key: 'a/b' })],
  'secretsmanager GetSecretValue': [
    (options) => new SecretsManagerClient(options),
    new GetSecretValueCommand({ SecretId: 'crm' }),
  ],
  'lambda Invoke': [(options) => new LambdaClient(options), new InvokeCommand({ FunctionName: 'deliver' })],
  'monitoring GetMetricData': [
    (options) => new CloudWatchClient(options),
    new GetMetricDataCommand({ MetricDataQueries: [], StartTime: new Date(0), EndTime: new Date(1) }),
  ],
  'scheduler GetSchedule': [(options) => new SchedulerClient(options), new GetScheduleCommand({ Name: 'nightly' })],
};

/** What the SDK threw for one call, without retries. */
async function failureOf(name: string) {
  const [connect, command] = calls[name]!;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = connect({ endpoint: url, region: 'eu-central-1', maxAttempts: 1, credentials });
  onTestFinished(() => client.destroy());
  if (command instanceof SendMessageCommand) command.input.QueueUrl = `${url}/000000000000/orders`;
  const error = await client.send(command as never).catch((thrown: unknown) => thrown);
  const { name: code, message, $metadata } = error as Error & { $metadata: { httpStatusCode: number } };
  return { code, message, status: $metadata.httpStatusCode };
}

/** The operation is named, so that the test also shows how a REST call is told from another. */
const faultOn = (kind: string, call: string, options = '') => {
  const [service, operation] = call.split(' ');
  faults.replace([`${kind}:${service}:operation=${operation}${options}`]);
};

test.each([
  ['dynamodb GetItem', 'ProvisionedThroughputExceededException', 400, /^The level of configured provisioned/],
  ['dynamodb DescribeTable', 'ThrottlingException', 400, /^Rate of requests exceeds the allowed throughput/],
  ['sqs SendMessage', 'ThrottlingException', 400, /^Rate exceeded$/],
  ['s3 GetObject', 'SlowDown', 503, /^Please reduce your request rate\.$/],
  ['secretsmanager GetSecretValue', 'ThrottlingException', 400, /^Rate exceeded$/],
  ['lambda Invoke', 'TooManyRequestsException', 429, /^Rate Exceeded\.$/],
  ['scheduler GetSchedule', 'ThrottlingException', 429, /^Rate exceeded$/],
  ['monitoring GetMetricData', 'Throttling', 400, /^Rate exceeded$/],
])('%s that is throttled fails with %s', async (call, code, status, message) => {
  faultOn('throttle', call);

  expect(await failureOf(call)).toEqual({ code, status, message: expect.stringMatching(message) });
});

test.each([
  ['dynamodb GetItem', 'InternalServerError'],
  ['sqs SendMessage', 'InternalFailure'],
  ['s3 GetObject', 'InternalError'],
  ['secretsmanager GetSecretValue', 'InternalServiceError'],
  ['lambda Invoke', 'ServiceException'],
  ['scheduler GetSchedule', 'InternalServerException'],
  ['monitoring GetMetricData', 'InternalServiceFault'],
])('%s that fails fails with 500 %s, and when the service is overloaded with 503', async (call, code) => {
  faultOn('fail', call);
  const broken = await failureOf(call);
  faultOn('fail', call, ':status=503');
  const overloaded = await failureOf(call);

  expect(broken).toMatchObject({ code, status: 500 });
  expect(overloaded).toMatchObject({ code: 'ServiceUnavailable', status: 503 });
});

test('an answer to HEAD is its status alone', async () => {
  faultOn('throttle', 's3 HeadObject');

  expect(await failureOf('s3 HeadObject')).toMatchObject({ status: 503 });
});

test('a lost answer to SendMessage lets the SDK send again, and makes two messages', async () => {
  const clock = createMovableClock();
  const dropping = createFaults({ clock, functions: () => [], kill: () => {}, setSkew: () => {} });
  const { client, createQueue, receive } = await startSqsOn(clock, [dropping.layer]);
  const QueueUrl = await createQueue('orders');
  dropping.set('drop-answer:sqs:operation=SendMessage:times=1');

  const sent = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'order 7' }));

  const messages = await receive(QueueUrl);
  expect(sent.$metadata.attempts).toBe(2);
  expect(messages.map(({ Body }) => Body)).toEqual(['order 7', 'order 7']);
  expect(messages.map(({ MessageId }) => MessageId)).toContain(sent.MessageId);
});

test('a throttled call succeeds when the SDK tries again after the throttle', async () => {
  const clock = createMovableClock();
  const throttling = createFaults({ clock, functions: () => [], kill: () => {}, setSkew: () => {} });
  const { client, createQueue } = await startSqsOn(clock, [throttling.layer]);
  const QueueUrl = await createQueue('orders');
  throttling.set('throttle:sqs:operation=SendMessage:times=2');

  const sent = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'order 7' }));

  expect(sent.$metadata.attempts).toBe(3);
});
