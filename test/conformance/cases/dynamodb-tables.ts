import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { type Case, casesOf, type Tools } from '../case.ts';
import { plainTable } from '../resources/tables.ts';
import { rowsOf, values } from './dynamodb-rows.ts';
import { dynamoApi, dynamoGuide } from './pages.ts';

const timeToLive = dynamoGuide('"Using time to live (TTL) in DynamoDB"');
const reserved = dynamoGuide('"Reserved words in DynamoDB"');
const names = dynamoGuide('"Expression attribute names (aliases) in DynamoDB"');

async function withTimeToLive(tools: Tools): Promise<string> {
  const TableName = await tools.ownTable();
  const TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true };
  await tools.dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  return TableName;
}

/** Tables, time to live, and what is refused. */
export const tables: Case[] = casesOf('dynamodb', [
  {
    name: 'an on-demand table describes its keys, its index and its billing',
    fact: dynamoApi('DescribeTable'),
    async run({ dynamodb, table, expect }) {
      const TableName = await table();

      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));

      expect.like(Table, { TableName, TableStatus: 'ACTIVE' });
      expect.equal(Table?.BillingModeSummary?.BillingMode, 'PAY_PER_REQUEST');
      expect.equal(
        Table?.KeySchema?.map(({ AttributeName }) => AttributeName),
        ['pk', 'sk'],
      );
      expect.equal(
        Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName),
        ['byState'],
      );
    },
  },
  {
    name: 'a table that does not exist is ResourceNotFoundException',
    fact: dynamoApi('DescribeTable'),
    async run({ dynamodb, unique, expect }) {
      const TableName = unique('none');
      const Key = values({ pk: 'a' });

      const missing = 'ResourceNotFoundException';
      await expect.error(dynamodb.send(new DescribeTableCommand({ TableName })), missing);
      await expect.error(dynamodb.send(new GetItemCommand({ TableName, Key })), missing);
      await expect.error(dynamodb.send(new PutItemCommand({ TableName, Item: Key })), missing);
    },
  },
  {
    name: 'a second table of the same name is refused',
    fact: dynamoApi('CreateTable'),
    async run({ dynamodb, table, expect }) {
      const TableName = await table();

      await expect.error(dynamodb.send(new CreateTableCommand({ TableName, ...plainTable })), 'ResourceInUseException');
    },
  },
  {
    name: 'a table is listed after the name before it',
    fact: dynamoApi('ListTables'),
    async run({ dynamodb, table, expect }) {
      const TableName = await table();
      const before = TableName.slice(0, -1);

      await expect.soon(async () => {
        const list = new ListTablesCommand({ ExclusiveStartTableName: before, Limit: 1 });
        expect.equal((await dynamodb.send(list)).TableNames, [TableName]);
      });
    },
  },
  {
    name: 'a table describes its time to live, off at first',
    fact: dynamoApi('DescribeTimeToLive'),
    async run(tools) {
      const describe = async (TableName: string) =>
        (await tools.dynamodb.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;

      tools.expect.equal((await describe(await tools.table()))?.TimeToLiveStatus, 'DISABLED');
      const on = await describe(await withTimeToLive(tools));
      tools.expect.equal(on?.AttributeName, 'expires');
      tools.expect.that(['ENABLED', 'ENABLING'].includes(on?.TimeToLiveStatus ?? ''), `it is ${on?.TimeToLiveStatus}`);
    },
  },
  {
    name: 'a change of the time to live that changes nothing is refused',
    fact: dynamoApi('UpdateTimeToLive'),
    async run(tools) {
      const TableName = await withTimeToLive(tools);
      const TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true };

      const call = tools.dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));

      await tools.expect.error(call, 'ValidationException');
    },
  },
  {
    name: 'an expired item is read until it is deleted, which may take days',
    fact: timeToLive,
    async run(tools) {
      const TableName = await withTimeToLive(tools);
      const Item = values({ pk: 'a', expires: Math.floor(Date.now() / 1000) - 60 });

      await tools.dynamodb.send(new PutItemCommand({ TableName, Item }));

      const get = new GetItemCommand({ TableName, Key: values({ pk: 'a' }), ConsistentRead: true });
      tools.expect.equal((await tools.dynamodb.send(get)).Item, Item);
    },
  },
  {
    name: 'a key must be complete, of its type, and nothing else',
    fact: dynamoApi('GetItem'),
    async run({ dynamodb, table, expect }) {
      const TableName = await table();

      for (const key of [{ pk: 'a' }, { pk: 'a', sk: 'text' }, { pk: 'a', sk: 1, more: 1 }]) {
        const call = dynamodb.send(new GetItemCommand({ TableName, Key: values(key) }));
        await expect.error(call, 'ValidationException');
      }
    },
  },
  {
    name: 'an item without its key is refused',
    fact: dynamoApi('PutItem'),
    async run({ dynamodb, table, expect }) {
      const call = dynamodb.send(new PutItemCommand({ TableName: await table(), Item: values({ pk: 'a' }) }));

      await expect.error(call, 'ValidationException');
    },
  },
  {
    name: 'a key cannot be updated',
    fact: dynamoApi('UpdateItem'),
    async run(tools) {
      const rows = await rowsOf(tools);

      const call = rows.update({ UpdateExpression: 'SET sk = :n', ExpressionAttributeValues: values({ ':n': 2 }) });

      await tools.expect.error(call, 'ValidationException');
    },
  },
  {
    name: 'a reserved word needs another name in an expression',
    fact: reserved,
    async run(tools) {
      const rows = await rowsOf(tools);
      const value = { ExpressionAttributeValues: values({ ':s': 'new' }) };

      await tools.expect.error(rows.update({ UpdateExpression: 'SET status = :s', ...value }), 'ValidationException');

      const named = { ExpressionAttributeNames: { '#s': 'status' } };
      await rows.update({ UpdateExpression: 'SET #s = :s', ...named, ...value });
    },
  },
  {
    name: 'a name or value that no expression uses is refused',
    fact: names,
    async run(tools) {
      const rows = await rowsOf(tools);
      const used = { UpdateExpression: 'SET a = :a' };

      const value = rows.update({ ...used, ExpressionAttributeValues: values({ ':a': 1, ':b': 2 }) });
      await tools.expect.error(value, 'ValidationException');
      const name = rows.update({
        ...{ ...used, ExpressionAttributeNames: { '#b': 'b' }, ExpressionAttributeValues: values({ ':a': 1 }) },
      });
      await tools.expect.error(name, 'ValidationException');
    },
  },
  {
    name: 'a value that is not given, and an expression that is none, are refused',
    fact: dynamoGuide('"Using expressions in DynamoDB"'),
    async run(tools) {
      const rows = await rowsOf(tools);

      for (const UpdateExpression of ['SET a = :none', 'SET a', 'SET a = :a SET b = :a', '']) {
        const call = rows.update({ UpdateExpression, ExpressionAttributeValues: values({ ':a': 1 }) });
        await tools.expect.error(call, 'ValidationException');
      }
    },
  },
  {
    name: 'an update that does not fit the type of an attribute is refused',
    fact: dynamoGuide('"Using update expressions in DynamoDB"'),
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ word: 'a' });

      const call = rows.update({ UpdateExpression: 'ADD word :n', ExpressionAttributeValues: values({ ':n': 1 }) });

      await tools.expect.error(call, 'ValidationException');
    },
  },
]);
