/** Whether every service still works, and still has what it was given before the fuzzer began. */
import { isDeepStrictEqual } from 'node:util';
import { authorization } from './service.ts';
import { tableInput } from './services/dynamodb.ts';
import type { Urls } from './start-server.ts';

const QUEUE_URL = 'http://127.0.0.1/000000000000/kept';
const KEY = { id: { S: 'kept' }, at: { N: '1' } };
const ITEM = { ...KEY, text: { S: 'as it was' } };
const OBJECT = 'bytes as they were';
const WEBHOOK = { 'webhook-id': 'kept', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' };
const TIMEOUT_MS = 5_000;

export type Health = {
  /** Stores what `check` looks for. */
  prepare(): Promise<void>;
  /** @throws Error that names the service. */
  check(): Promise<void>;
};

export function createHealth(urls: Urls): Health {
  const signal = () => AbortSignal.timeout(TIMEOUT_MS);
  const rest = (service: string, path: string, init: RequestInit = {}) =>
    fetch(urls.aws + path, { ...init, headers: [authorization(service)], signal: signal() });
  const json = async (service: string, target: string, input: object) => {
    const headers = [authorization(service), ['x-amz-target', target]] as [string, string][];
    const answer = await fetch(urls.aws, { method: 'POST', headers, body: JSON.stringify(input), signal: signal() });
    const output = (await answer.json()) as Record<string, unknown>;
    if (answer.status !== 200) throw new Error(`${target}: ${JSON.stringify(output)}`);
    return output;
  };
  const sqs = (operation: string, input: object) => json('sqs', `AmazonSQS.${operation}`, input);
  const dynamoDb = (operation: string, input: object) => json('dynamodb', `DynamoDB_20120810.${operation}`, input);
  const secrets = (operation: string, input: object) => json('secretsmanager', `secretsmanager.${operation}`, input);
  const webhook = (path: string) =>
    fetch(urls.sandbox + path, { method: 'POST', headers: WEBHOOK, body: '{"a":1}', signal: signal() });

  const checks: Record<string, () => Promise<void>> = {
    async sqs() {
      const input = { QueueUrl: QUEUE_URL, VisibilityTimeout: 0, MaxNumberOfMessages: 10 };
      const { Messages = [] } = await sqs('ReceiveMessage', input);
      same(
        (Messages as { Body: string }[]).map(({ Body }) => Body),
        ['as it was'],
      );
    },
    async dynamodb() {
      same((await dynamoDb('GetItem', { TableName: 'kept', Key: KEY })).Item, ITEM);
      const other = { ...KEY, id: { S: 'other' } };
      await dynamoDb('PutItem', { TableName: 'kept', Item: other });
      same((await dynamoDb('Scan', { TableName: 'kept' })).Count, 2);
    },
    async s3() {
      same(await (await rest('s3', '/kept/a')).text(), OBJECT);
      same((await rest('s3', '/kept/b', { method: 'PUT', body: 'b' })).status, 200);
      same(/<KeyCount>(\d)/.exec(await (await rest('s3', '/kept?list-type=2')).text())?.[1], '2');
    },
    async secretsmanager() {
      same((await secrets('GetSecretValue', { SecretId: 'kept' })).SecretString, 'as it was');
    },
    async lambda() {
      const path = '/2015-03-31/functions/fuzzed/invocations';
      same(await (await rest('lambda', path, { method: 'POST', body: '{"a":1}' })).json(), { a: 1 });
    },
    async monitoring() {
      const Metric = { Namespace: 'AWS/Lambda', MetricName: 'Errors', Dimensions: [] };
      const query = { Id: 'a', MetricStat: { Metric, Period: 60, Stat: 'Sum' } };
      const input = { MetricDataQueries: [query], StartTime: 60, EndTime: 120 };
      const { MetricDataResults } = await json('monitoring', 'GraniteServiceVersion20100801.GetMetricData', input);
      same((MetricDataResults as { Values: number[] }[])[0]?.Values, []);
    },
    async 'http-api'() {
      const answer = await fetch(`${urls.api}/v1/webhooks/x?a=b`, { method: 'POST', body: 'x', signal: signal() });
      same(((await answer.json()) as { query: object }).query, { a: 'b' });
    },
    async sandbox() {
      const { records } = (await (await fetch(`${urls.sandbox}/kept/records`)).json()) as { records: object[] };
      same(records, [{ type: 'webhook', id: '1', key: 'kept', fields: { a: 1 }, writes: 1 }]);
      same((await webhook('/kept')).status, 201);
    },
  };

  return {
    async prepare() {
      await sqs('CreateQueue', { QueueName: 'kept' });
      await sqs('SendMessage', { QueueUrl: QUEUE_URL, MessageBody: 'as it was' });
      await dynamoDb('CreateTable', tableInput('kept'));
      await dynamoDb('PutItem', { TableName: 'kept', Item: ITEM });
      for (const bucket of ['kept', 'fuzz']) await rest('s3', `/${bucket}`, { method: 'PUT' });
      await rest('s3', '/kept/a', { method: 'PUT', body: OBJECT });
      await secrets('CreateSecret', { Name: 'kept', SecretString: 'as it was' });
      await webhook('/kept');
      for (const QueueName of ['fuzz-a', 'fuzz-b', 'fuzz-dlq']) await sqs('CreateQueue', { QueueName });
      await dynamoDb('CreateTable', tableInput('fuzz'));
    },
    async check() {
      for (const [name, check] of Object.entries(checks)) {
        await check().catch((error) => {
          throw new Error(`${name} is not well: ${error.message}`);
        });
      }
    },
  };
}

function same(found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new Error(`found ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}
