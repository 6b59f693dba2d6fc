import { randomUUID } from 'node:crypto';
import { TransactGetItemsCommand, type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Case, casesOf, type Tools } from '../case.ts';
import { rowsOf, values } from './dynamodb-rows.ts';
import { dynamoApi, dynamoGuide } from './pages.ts';

const transactions = dynamoGuide('"Amazon DynamoDB Transactions: How it works"');
const failed = 'TransactionCanceledException';

const write = ({ dynamodb }: Tools, TransactItems: TransactWriteItem[], input: object = {}) =>
  dynamodb.send(new TransactWriteItemsCommand({ TransactItems, ...input }));

/** Writes of one case's rows. */
async function writesOf(tools: Tools) {
  const rows = await rowsOf(tools);
  const { TableName, pk, keyOf } = rows;
  const one = { ':one': 1 };
  return {
    ...rows,
    putOf: (item: object, others: object = {}) => ({
      Put: { TableName, Item: values({ pk, sk: 1, ...item }), ...others },
    }),
    addOf: (sk: number, others: object = {}) => ({
      Update: {
        ...{ TableName, Key: keyOf(sk), UpdateExpression: 'ADD n :one', ExpressionAttributeValues: values(one) },
        ...others,
      },
    }),
    removeOf: (sk: number) => ({ Delete: { TableName, Key: keyOf(sk) } }),
    checkOf: (sk: number, ConditionExpression: string) => ({
      ConditionCheck: { TableName, Key: keyOf(sk), ConditionExpression },
    }),
  };
}

const ifNew = { ConditionExpression: 'attribute_not_exists(pk)' };

/** Transactions. */
export const dynamoTransactions: Case[] = casesOf('dynamodb', [
  {
    name: 'a transaction puts, updates, deletes and checks together',
    fact: transactions,
    async run(tools) {
      const { putOf, addOf, removeOf, checkOf, put, get } = await writesOf(tools);
      for (const sk of [2, 3, 4]) await put({ sk, n: 1 });

      await write(tools, [putOf({ sk: 1 }), addOf(2), removeOf(3), checkOf(4, 'attribute_exists(pk)')]);

      tools.expect.equal([(await get(1))?.sk, (await get(2))?.n, await get(3)], [1, 2, undefined]);
    },
  },
  {
    name: 'a transaction with one failed condition writes nothing',
    fact: transactions,
    async run(tools) {
      const { putOf, checkOf, get } = await writesOf(tools);

      await tools.expect.error(write(tools, [putOf({ sk: 1 }), checkOf(2, 'attribute_exists(pk)')]), failed);

      tools.expect.equal(await get(1), undefined);
    },
  },
  {
    name: 'a cancelled transaction gives its reasons in the order of its writes',
    fact: dynamoApi('TransactWriteItems'),
    async run(tools) {
      const { putOf, checkOf, addOf } = await writesOf(tools);

      const call = write(tools, [addOf(3), checkOf(2, 'attribute_exists(pk)'), putOf({ sk: 1 })]);

      const error = await tools.expect.error(call, failed);
      const codes = error.CancellationReasons?.map(({ Code }) => Code);
      tools.expect.equal(codes, ['None', 'ConditionalCheckFailed', 'None']);
    },
  },
  {
    name: 'a reason carries the stored item when ALL_OLD is asked for',
    fact: dynamoApi('TransactWriteItems'),
    async run(tools) {
      const { putOf, put } = await writesOf(tools);
      await put({ owner: 'first' });
      const withOld = { ...ifNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };

      const error = await tools.expect.error(write(tools, [putOf({ owner: 'second' }, withOld)]), failed);

      tools.expect.like(unmarshall(error.CancellationReasons?.[0]?.Item as never), { owner: 'first' });
    },
  },
  {
    name: 'a transaction with the same token and writes is done once',
    fact: dynamoApi('TransactWriteItems'),
    async run(tools) {
      const { addOf, get } = await writesOf(tools);
      const ClientRequestToken = randomUUID();

      await write(tools, [addOf(1)], { ClientRequestToken });
      await write(tools, [addOf(1)], { ClientRequestToken });

      tools.expect.like(await get(), { n: 1 });
    },
  },
  {
    name: 'the same token with other writes is refused',
    fact: dynamoApi('TransactWriteItems'),
    async run(tools) {
      const { addOf } = await writesOf(tools);
      const ClientRequestToken = randomUUID();
      await write(tools, [addOf(1)], { ClientRequestToken });

      const call = write(tools, [addOf(2)], { ClientRequestToken });

      await tools.expect.error(call, 'IdempotentParameterMismatchException');
    },
  },
  {
    name: 'a transaction names an item once',
    fact: dynamoApi('TransactWriteItems'),
    async run(tools) {
      const { addOf, checkOf } = await writesOf(tools);

      const call = write(tools, [addOf(1), checkOf(1, 'attribute_not_exists(pk)')]);

      await tools.expect.error(call, 'ValidationException');
    },
  },
  {
    name: 'a transaction has 100 writes at most',
    fact: dynamoApi('TransactWriteItems'),
    async run(tools) {
      const { addOf, get } = await writesOf(tools);
      const adds = (count: number) => Array.from({ length: count }, (_, sk) => addOf(sk));

      await write(tools, adds(100));

      tools.expect.like(await get(99), { n: 1 });
      await tools.expect.error(write(tools, adds(101)), 'ValidationException');
    },
  },
  {
    name: 'a transaction costs twice the units',
    fact: dynamoGuide('"DynamoDB read and write operations"'),
    async run(tools) {
      const { putOf } = await writesOf(tools);

      const { ConsumedCapacity } = await write(tools, [putOf({})], { ReturnConsumedCapacity: 'TOTAL' });

      tools.expect.equal(ConsumedCapacity?.[0]?.CapacityUnits, 2);
    },
  },
  {
    name: 'transfers that race keep the total',
    fact: transactions,
    async run(tools) {
      const { addOf, put, get } = await writesOf(tools);
      await put({ sk: 1, n: 0 });
      await put({ sk: 2, n: 0 });
      const minus = { UpdateExpression: 'ADD n :one', ExpressionAttributeValues: values({ ':one': -1 }) };

      const transfers = Array.from({ length: 10 }, () => write(tools, [addOf(1), addOf(2, minus)]));
      const outcomes = await Promise.allSettled(transfers);

      const done = outcomes.filter(({ status }) => status === 'fulfilled').length;
      tools.expect.that(done > 0, 'at least one transfer is done');
      tools.expect.equal([(await get(1))?.n, (await get(2))?.n], [done, -done]);
    },
  },
  {
    name: 'a transaction reads items as they are at one moment, those that are missing too',
    fact: dynamoApi('TransactGetItems'),
    async run(tools) {
      const { TableName, keyOf, put } = await writesOf(tools);
      await put({ sk: 1, n: 1 });
      const TransactItems = [1, 2].map((sk) => ({ Get: { TableName, Key: keyOf(sk) } }));

      const { Responses = [] } = await tools.dynamodb.send(new TransactGetItemsCommand({ TransactItems }));

      tools.expect.equal(Responses.length, 2);
      tools.expect.like(unmarshall(Responses[0]?.Item ?? {}), { n: 1 });
      tools.expect.equal(Responses[1]?.Item, undefined);
    },
  },
]);
