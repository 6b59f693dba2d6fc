import { type BatchGetItemCommand, CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoDbNotes } from '../../functions/aws/notes.ts';
import { dynamoDbParks } from '../../functions/aws/parks.ts';
import { STATE } from '../../functions/core/names.ts';
import type { Park } from '../../functions/core/parks.ts';
import { startMs } from '../core/given.ts';
import { startDynamoDb } from '../lib/laptop/dynamodb/support.ts';
import { parksSuite } from '../suites/parks-suite.ts';

const tableName = 'state';
let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;

beforeAll(async () => {
  dynamoDb = await startDynamoDb();
  await dynamoDb.client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: STATE.partitionKey, KeyType: 'HASH' },
        { AttributeName: STATE.sortKey, KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: STATE.partitionKey, AttributeType: 'S' },
        { AttributeName: STATE.sortKey, AttributeType: 'S' },
      ],
    }),
  );
});
afterAll(async () => {
  await dynamoDb.stop();
  dynamoDb.remove();
});

const open = () => dynamoDbParks({ client: dynamoDb.client, tableName });
const park = (name: string): Park => ({
  ...{ subject: { kind: 'flow', name }, reason: 'operator', since: startMs, by: 'ada', why: 'a test' },
});

parksSuite('DynamoDB', open);

describe('parks in the table', () => {
  it('lets one of many who park at once be first, and all of them succeed', async () => {
    const writers = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

    await Promise.all(writers.map((by) => open().add({ ...park('race'), by })));

    const [found] = await open().read([park('race').subject]);
    expect(writers).toContain(found?.by);
    expect(found).toEqual({ ...park('race'), by: found!.by });
  });

  it('asks again for what DynamoDB had no capacity for', async () => {
    await open().add(park('late'));
    let refusals = 2;
    const client = answering(async (command) => {
      const answer = await dynamoDb.client.send(command);
      if (refusals-- === 0) return answer;
      return { ...answer, Responses: {}, UnprocessedKeys: command.input.RequestItems };
    });

    const found = await dynamoDbParks({ client, tableName }).read([park('late').subject]);

    expect(found).toEqual([park('late')]);
  });

  it('says so when some stay unread: nobody must take a park for gone', async () => {
    const client = answering(async ({ input }) => ({ Responses: {}, UnprocessedKeys: input.RequestItems }));

    const read = dynamoDbParks({ client, tableName }).read([park('a').subject, park('b').subject]);

    await expect(read).rejects.toThrow('table state left 2 of 2 items unread after 5 retries');
  });
});

describe('the guard’s notes', () => {
  const notes = () => dynamoDbNotes({ client: dynamoDb.client, tableName, now: () => startMs });

  it('are read by name, as they were last written', async () => {
    await notes().write('resumed#orders', { at: 1 });
    await notes().write('resumed#orders', { at: 2 });
    await notes().write('watch', { at: 3 });

    const found = await notes().read(['resumed#orders', 'watch', 'probe#crm']);

    expect([...found]).toEqual([
      ['resumed#orders', { at: 2 }],
      ['watch', { at: 3 }],
    ]);
  });
});

const answering = (send: (command: BatchGetItemCommand) => Promise<object>) => ({ send }) as unknown as DynamoDBClient;
