import {
  type AttributeValue,
  CreateTableCommand,
  QueryCommand,
  ScanCommand,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoDbAttention } from '../../functions/aws/attention.ts';
import { dynamoDbLedger } from '../../functions/aws/ledger.ts';
import { ledgerKey } from '../../functions/core/delivery-id.ts';
import type { DeliveryRow } from '../../functions/core/ledger.ts';
import { LEDGER } from '../../functions/core/names.ts';
import { DAY, deliveryRow, startMs } from '../core/given.ts';
import { startDynamoDb } from '../lib/laptop/dynamodb/support.ts';
import { ledgerSuite } from '../suites/ledger-suite.ts';

const TableName = 'ledger';
let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;

beforeAll(async () => {
  dynamoDb = await startDynamoDb();
  await dynamoDb.client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: LEDGER.partitionKey, KeyType: 'HASH' },
        { AttributeName: LEDGER.sortKey, KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: LEDGER.partitionKey, AttributeType: 'S' },
        { AttributeName: LEDGER.sortKey, AttributeType: 'S' },
        { AttributeName: LEDGER.attentionIndex, AttributeType: 'S' },
        { AttributeName: 'messageExpiresAt', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: LEDGER.attentionIndex,
          KeySchema: [
            { AttributeName: LEDGER.attentionIndex, KeyType: 'HASH' },
            { AttributeName: 'messageExpiresAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
});
afterAll(async () => {
  await dynamoDb.stop();
  dynamoDb.remove();
});

const open = () => dynamoDbLedger({ client: dynamoDb.client, tableName: TableName });
const items = async (row: DeliveryRow) => {
  const answer = await dynamoDb.client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: marshall({ ':pk': ledgerKey(row) }),
    }),
  );
  return (answer.Items ?? []).map((item: Record<string, AttributeValue>) => unmarshall(item));
};

ledgerSuite('DynamoDB', () => ({
  ledger: open(),
  tries: async (row) => (await items(row)).filter(({ sk }) => sk.startsWith('try#')).map(({ number }) => number),
}));

describe('the table', () => {
  const attention = async (key: string) => {
    const answer = await dynamoDb.client.send(new ScanCommand({ TableName, IndexName: LEDGER.attentionIndex }));
    return (answer.Items ?? []).map((item) => unmarshall(item)).filter((item) => item.key === key);
  };

  it.each(['waiting', 'stopped', 'unknown'] as const)('lists what is %s in the attention index', async (state) => {
    const row = deliveryRow({ key: `attention-${state}`, state });

    await open().write(row, undefined);

    expect(await attention(row.key)).toEqual([
      expect.objectContaining({
        state,
        attention: expect.stringMatching(/^orders#[0-7]$/),
        messageExpiresAt: row.messageExpiresAt,
      }),
    ]);
  });

  it('counts a flow’s rows there by when their messages expire', async () => {
    const of = (name: string) => ({ flow: 'expiries', key: name, state: 'waiting' as const });
    for (const day of [1, 3, 5]) {
      await open().write(deliveryRow({ ...of(`day-${day}`), messageExpiresAt: startMs + day * DAY }), undefined);
    }
    await open().write(deliveryRow({ ...of('other'), flow: 'others', messageExpiresAt: startMs + DAY }), undefined);
    const { countExpiring } = dynamoDbAttention({ client: dynamoDb.client, tableName: TableName });

    expect(await countExpiring('expiries', startMs, startMs + 4 * DAY)).toBe(2);
    expect(await countExpiring('expiries', startMs + 2 * DAY, startMs + 9 * DAY)).toBe(2);
    expect(await countExpiring('nothing', startMs, startMs + 9 * DAY)).toBe(0);
  });

  it('lists nothing that is under way or final', async () => {
    const row = deliveryRow({ key: 'straight', token: 'a' });
    await open().write(row, undefined);
    await open().write({ ...row, state: 'waiting', token: 'b' }, 'a');
    await open().write({ ...row, state: 'delivered', token: 'c' }, 'b');

    expect(await attention('straight')).toEqual([]);
  });

  it('forgets a row only when it is final', async () => {
    const row = deliveryRow({ key: 'ttl', token: 'a' });
    await open().write(row, undefined);
    const [unfinished] = await items(row);
    await open().write({ ...row, state: 'delivered', token: 'b', expiresAtEpochSeconds: 1_800_000_000 }, 'a');
    const [finished] = await items(row);

    expect(unfinished).not.toHaveProperty(LEDGER.ttl);
    expect(finished).toMatchObject({ [LEDGER.ttl]: 1_800_000_000 });
  });

  it('writes again what a transaction on the same row turned away', async () => {
    const row = deliveryRow({ key: 'conflict', token: 'a' });
    await open().write(row, undefined);
    const failedTry = {
      ...{ flow: 'orders', source: 'shop', key: 'conflict', number: 1, cycle: 1, cycleCause: 'first' as const },
      ...{ cycleStartedAt: startMs, startedAt: startMs, durationMs: 1, errorClass: 'transient' as const },
      ...{ code: 'c', message: 'm', counted: true, outcome: 'waiting' as const },
    };
    let refusals = 2;
    const client = {
      send: async (command: never) => {
        if (refusals-- > 0) throw conflict();
        return await dynamoDb.client.send(command);
      },
    } as unknown as typeof dynamoDb.client;
    const ledger = dynamoDbLedger({ client, tableName: TableName });

    const write = await ledger.write({ ...row, state: 'waiting', token: 'b' }, 'a', failedTry);

    expect(write).toEqual({ written: true });
    expect((await items(row)).map(({ sk }) => sk)).toEqual(['delivery', 'try#000001']);
  });
});

const conflict = () =>
  new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: {},
    CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }],
  });
