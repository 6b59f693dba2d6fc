import { BatchGetItemCommand, BatchWriteItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Case, casesOf } from '../case.ts';
import { rowsOf, values } from './dynamodb-rows.ts';
import { dynamoApi } from './pages.ts';

/** Many items at once. */
export const itemBatches: Case[] = casesOf('dynamodb', [
  {
    name: 'a batch puts and deletes, and a batch reads what there is',
    fact: dynamoApi('BatchWriteItem'),
    async run(tools) {
      const rows = await rowsOf(tools);
      const { TableName, pk, keyOf } = rows;
      await rows.put({ sk: 9 });
      const puts = [1, 2].map((sk) => ({ PutRequest: { Item: values({ pk, sk }) } }));
      const requests = [...puts, { DeleteRequest: { Key: keyOf(9) } }];

      await tools.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));

      const Keys = [1, 2, 9].map(keyOf);
      const get = new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } });
      const found = (await tools.dynamodb.send(get)).Responses?.[TableName] ?? [];
      tools.expect.equal(found.map((item) => unmarshall(item).sk).sort(), [1, 2]);
    },
  },
  {
    name: 'a batch writes 25 items and reads 100 at most',
    fact: dynamoApi('BatchWriteItem'),
    async run(tools) {
      const { TableName, pk, keyOf } = await rowsOf(tools);
      const numbers = (count: number) => Array.from({ length: count }, (_, sk) => sk);
      const puts = (count: number) => numbers(count).map((sk) => ({ PutRequest: { Item: values({ pk, sk }) } }));
      const write = (count: number) =>
        tools.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts(count) } }));
      const read = (count: number) =>
        tools.dynamodb.send(
          new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: numbers(count).map(keyOf) } } }),
        );

      await write(25);
      await read(100);

      await tools.expect.error(write(26), 'ValidationException');
      await tools.expect.error(read(101), 'ValidationException');
    },
  },
  {
    name: 'a batch that names an item twice is refused',
    fact: dynamoApi('BatchWriteItem'),
    async run(tools) {
      const { TableName, pk, keyOf } = await rowsOf(tools);
      const requests = [{ PutRequest: { Item: values({ pk, sk: 1 }) } }, { DeleteRequest: { Key: keyOf(1) } }];
      const Keys = [keyOf(1), keyOf(1)];

      const write = tools.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
      await tools.expect.error(write, 'ValidationException');
      const read = tools.dynamodb.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }));
      await tools.expect.error(read, 'ValidationException');
    },
  },
  {
    name: 'a batch read above 16 MB answers the rest as UnprocessedKeys',
    fact: dynamoApi('BatchGetItem'),
    costly: true,
    async run(tools) {
      const rows = await rowsOf(tools);
      const Keys = Array.from({ length: 45 }, (_, sk) => rows.keyOf(sk));
      for (let sk = 0; sk < Keys.length; sk += 1) await rows.put({ sk, body: 'x'.repeat(400_000) });

      const command = new BatchGetItemCommand({ RequestItems: { [rows.TableName]: { Keys, ConsistentRead: true } } });
      const { Responses, UnprocessedKeys } = await tools.dynamodb.send(command);

      const [found, left] = [Responses?.[rows.TableName] ?? [], UnprocessedKeys?.[rows.TableName]?.Keys ?? []];
      tools.expect.that(left.length > 0, 'some keys are left');
      tools.expect.equal(found.length + left.length, Keys.length);
    },
  },
  {
    name: 'a scan goes through a table page by page',
    fact: dynamoApi('Scan'),
    async run(tools) {
      const TableName = await tools.ownTable();
      for (const pk of ['a', 'b', 'c'])
        await tools.dynamodb.send(new PutItemCommand({ TableName, Item: values({ pk }) }));
      const page = (ExclusiveStartKey?: Record<string, never>) =>
        tools.dynamodb.send(new ScanCommand({ TableName, Limit: 2, ConsistentRead: true, ExclusiveStartKey }));

      const first = await page();
      const second = await page(first.LastEvaluatedKey as Record<string, never>);

      const found = [...(first.Items ?? []), ...(second.Items ?? [])].map((item) => item.pk?.S);
      tools.expect.equal([first.Items?.length, found.sort()], [2, ['a', 'b', 'c']]);
      tools.expect.equal(second.LastEvaluatedKey, undefined);
    },
  },
]);
