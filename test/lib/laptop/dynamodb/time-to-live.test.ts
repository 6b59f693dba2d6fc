import {
  DescribeTimeToLiveCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, startMs, startWithTables } from './support.ts';

let dynamoDb: Awaited<ReturnType<typeof startWithTables>>;
beforeEach(async () => {
  dynamoDb = await startWithTables();
});
afterEach(async () => {
  await dynamoDb.stop();
  dynamoDb.remove();
});

const TableName = 'orders';
const setTimeToLive = (Enabled: boolean, AttributeName = 'expires') =>
  dynamoDb.client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled, AttributeName } }));
const put = (id: string, expires: { S: string } | { N: string }) =>
  dynamoDb.client.send(
    new PutItemCommand({ TableName, Item: { id: { S: id }, status: { S: 'open' }, at: { N: '1' }, expires } }),
  );
const inSeconds = (seconds: number) => ({ N: String(startMs / 1000 + seconds) });

describe('time to live', () => {
  it('is disabled until it is set, and can be disabled again', async () => {
    const describeIt = async () =>
      (await dynamoDb.client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;

    expect(await describeIt()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    await setTimeToLive(true);
    expect(await describeIt()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
    await setTimeToLive(false);
    expect(await describeIt()).toEqual({ TimeToLiveStatus: 'DISABLED' });
  });

  it('refuses a change that changes nothing', async () => {
    await setTimeToLive(true);

    expect((await failure(setTimeToLive(true))).message).toBe('TimeToLive is already enabled');
    expect((await failure(setTimeToLive(true, 'other'))).message).toContain('current AttributeName is expires');
  });

  it('deletes what has expired, with its index entries, when swept', async () => {
    await setTimeToLive(true);
    await put('past', inSeconds(-1));
    await put('soon', inSeconds(60));
    await put('text', { S: '1' });
    await put('older-than-five-years', inSeconds(-6 * 365 * 24 * 3600));

    expect(await dynamoDb.sweepExpired()).toBe(1);
    await dynamoDb.clock.advance(60_000);
    expect(await dynamoDb.sweepExpired()).toBe(1);

    const { Items } = await dynamoDb.client.send(new ScanCommand({ TableName }));
    const indexed = await dynamoDb.client.send(
      new QueryCommand({
        ...{ TableName, IndexName: 'byStatus', KeyConditionExpression: '#status = :open' },
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':open': { S: 'open' } },
      }),
    );
    expect(Items!.map((item) => item.id!.S).sort()).toEqual(['older-than-five-years', 'text']);
    expect(indexed.Count).toBe(2);
  });

  it('shows expired items until they are swept', async () => {
    await setTimeToLive(true);
    await put('past', inSeconds(-1));

    expect((await dynamoDb.client.send(new ScanCommand({ TableName }))).Count).toBe(1);
  });

  it('deletes nothing from a table without it', async () => {
    await put('past', inSeconds(-1));

    expect(await dynamoDb.sweepExpired()).toBe(0);
  });
});
