import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dynamoDbEchoes } from '../../functions/aws/echoes.ts';
import { startMs } from '../core/given.ts';
import { startDynamoDb } from '../lib/laptop/dynamodb/support.ts';
import { echoesSuite } from '../suites/echoes-suite.ts';
import { createTables } from './tables.ts';

let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;

beforeAll(async () => {
  dynamoDb = await startDynamoDb();
  await createTables(dynamoDb.client, ['state']);
});
afterAll(async () => {
  await dynamoDb.stop();
  dynamoDb.remove();
});

const open = () => dynamoDbEchoes({ client: dynamoDb.client, tableName: 'state', targets: ['crm', 'erp'] });

echoesSuite('DynamoDB', open);

it('lets DynamoDB forget a write once its time is over', async () => {
  const write = { hashes: new Map([['a', '1']]), at: startMs, keptUntil: startMs + 1 };
  await open().note({ target: 'crm', entity: 'ttl' }, write);

  const { Items } = await dynamoDb.client.send(
    new QueryCommand({
      TableName: 'state',
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: marshall({ ':pk': 'echo#crm#ttl' }),
    }),
  );
  expect(Items!.map((item) => unmarshall(item))).toMatchObject([{ expiresAtEpochSeconds: startMs / 1_000 + 1 }]);
});

it('notes nothing of targets whose echoes nobody looks for', async () => {
  const record = { target: 'other', entity: 'contact:1' };

  await open().note(record, { hashes: new Map([['a', '1']]), at: startMs, keptUntil: startMs + 1 });

  expect(await open().read(record, { from: startMs, to: startMs, limit: 1 })).toEqual([]);
});
