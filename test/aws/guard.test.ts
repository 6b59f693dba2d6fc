/** The guard's ports over Lambda and DynamoDB, with the real clients over the laptop's services. */
import type { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dynamoDbAttention } from '../../functions/aws/attention.ts';
import { lambdaMappings } from '../../functions/aws/mappings.ts';
import { lambdaProbes } from '../../functions/aws/probes.ts';
import { LEDGER } from '../../functions/core/names.ts';
import { startFront } from '../../lib/laptop/front.ts';
import type { EventSourceMappingStatus } from '../../lib/laptop/lambda/event-source-mappings.ts';
import { DAY, startMs } from '../core/given.ts';
import { defineFunction, startLambda } from '../lib/laptop/lambda/setup.ts';

const functionName = (flow: string) => `deliver-${flow}`;

const mapping = (flow: string, changes: Partial<EventSourceMappingStatus> = {}): EventSourceMappingStatus => ({
  ...{ id: `id-of-${flow}`, queueName: flow, functionName: functionName(flow), batchSize: 10 },
  ...{ maximumBatchingWindowSeconds: 0, maximumConcurrency: 5, enabled: true, reportBatchItemFailures: true },
  ...{ state: 'Enabled', lastProcessingResult: 'OK', lastModifiedEpochMs: startMs },
  ...changes,
});

/** A client of a Lambda with one function, `deliver-orders`, and these mappings. */
async function given(source = '', statuses: EventSourceMappingStatus[] = []) {
  const changes: unknown[][] = [];
  const { service } = await startLambda([defineFunction(source, { name: functionName('orders') })], {
    mappings: () => ({
      list: () => statuses,
      setEnabled: (...change) => changes.push(['enabled', ...change]),
      setMaximumConcurrency: (...change) => changes.push(['maximumConcurrency', ...change]),
    }),
  });
  const front = await startFront({ services: [service], port: 0 });
  onTestFinished(front.close);
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'test' };
  const client = new LambdaClient({ endpoint: front.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
  return { client, functionName, changes };
}

describe('mappings', () => {
  it('are found by the flows’ functions; those of strangers are left out', async () => {
    const found = await given('', [
      mapping('orders', { state: 'Disabling' }),
      mapping('leads', { maximumConcurrency: 2 }),
      mapping('stranger'),
    ]);

    const listed = await lambdaMappings(found).list(['orders', 'leads', 'not-deployed']);

    expect([...listed]).toEqual([
      ['orders', { id: 'id-of-orders', state: 'Disabling', maximumConcurrency: 5 }],
      ['leads', { id: 'id-of-leads', state: 'Enabled', maximumConcurrency: 2 }],
    ]);
  });

  it('are changed in one call, and left at their number where none is given', async () => {
    const found = await given('', [mapping('orders')]);
    const mappings = lambdaMappings(found);

    await mappings.change('id-of-orders', { enabled: false });
    await mappings.change('id-of-orders', { enabled: true, maximumConcurrency: 2 });

    expect(found.changes).toEqual([
      ['enabled', 'id-of-orders', false],
      ['maximumConcurrency', 'id-of-orders', 2],
      ['enabled', 'id-of-orders', true],
    ]);
  });
});

describe('probes', () => {
  const probing = async (body: string) =>
    lambdaProbes(await given(`export const handler = async ({ probe }) => { ${body} };`)).probe('orders', 'crm');

  it('are the answer of the flow’s deliver function', async () => {
    expect(await probing("return { healthy: probe === 'crm' };")).toEqual({ healthy: true });
    const refused = { healthy: false, errorClass: 'auth', code: 'http-401' };
    expect(await probing(`return ${JSON.stringify(refused)};`)).toEqual(refused);
  });

  it('fail when the function fails, or answers something else', async () => {
    await expect(probing("throw new Error('no such target');")).rejects.toThrow(
      /deliver-orders failed: .*no such target/,
    );
    await expect(probing('return { batchItemFailures: [] };')).rejects.toThrow(
      'deliver-orders answered a probe with {"batchItemFailures":[]}',
    );
    await expect(probing('return undefined;')).rejects.toThrow('deliver-orders answered a probe with ');
  });
});

describe('whether a function runs', () => {
  const asking = async (source: string) => lambdaProbes(await given(source)).answers('orders', 'crm');

  it('is told by any answer to a probe', async () => {
    expect(await asking("export const handler = async () => ({ healthy: false, code: 'http-401' });")).toBe(true);
    expect(await asking('export const handler = async () => {};')).toBe(true);
  });

  it('is denied by a failure, at load as in the handler', async () => {
    expect(await asking("throw new Error('a broken deploy');")).toBe(false);
    expect(await asking("export const handler = async () => { throw new Error('no'); };")).toBe(false);
  });

  it('is not known when it cannot be invoked, unless it takes too long', async () => {
    const failing = (name: string) => {
      const client = {
        send: () => Promise.reject(Object.assign(new Error(name), { name })),
      } as unknown as LambdaClient;
      return lambdaProbes({ client, functionName }).answers('orders', 'crm');
    };

    await expect(failing('TooManyRequestsException')).rejects.toThrow('TooManyRequestsException');
    expect(await failing('TimeoutError')).toBe(false);
  });
});

describe('the attention index', () => {
  it('is counted shard by shard and page by page', async () => {
    const asked: QueryCommand['input'][] = [];
    const client = {
      async send({ input }: QueryCommand) {
        asked.push(input);
        const isFirst = input.ExclusiveStartKey === undefined;
        return { Count: 1, ...(isFirst && { LastEvaluatedKey: { pk: { S: 'more' } } }) };
      },
    } as unknown as DynamoDBClient;

    const count = await dynamoDbAttention({ client, tableName: 'ledger' }).countExpiring(
      'orders',
      startMs,
      startMs + 4 * DAY,
    );

    expect(count).toBe(2 * LEDGER.attentionShards);
    const shards = asked.map(({ ExpressionAttributeValues: values }) => values?.[':shard']?.S);
    expect(new Set(shards)).toEqual(
      new Set(['0', '1', '2', '3', '4', '5', '6', '7'].map((shard) => `orders#${shard}`)),
    );
    for (const input of asked) expect(input).toMatchObject({ IndexName: 'attention', Select: 'COUNT' });
  });
});
