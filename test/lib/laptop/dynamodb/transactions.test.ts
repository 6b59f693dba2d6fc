import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, startWithTables } from './support.ts';

let dynamoDb: Awaited<ReturnType<typeof startWithTables>>;
beforeAll(async () => {
  dynamoDb = await startWithTables();
});
afterAll(async () => {
  await dynamoDb.stop();
  dynamoDb.remove();
});

const TableName = 'orders';
const keyOf = (id: string) => ({ id: { S: id } });
const put = (id: string, more = {}) =>
  dynamoDb.client.send(new PutItemCommand({ TableName, Item: { ...keyOf(id), ...more } }));
const get = async (id: string) => (await dynamoDb.client.send(new GetItemCommand({ TableName, Key: keyOf(id) }))).Item;
const transact = (TransactItems: TransactWriteItem[], more = {}) =>
  dynamoDb.client.send(new TransactWriteItemsCommand({ TransactItems, ...more }));
const putOf = (id: string, more = {}) => ({ Put: { TableName, Item: { ...keyOf(id), ...more } } });
const countOf = (id: string) => ({
  Update: {
    ...{ TableName, Key: keyOf(id), UpdateExpression: 'ADD #count :one' },
    ...{ ExpressionAttributeNames: { '#count': 'count' }, ExpressionAttributeValues: { ':one': { N: '1' } } },
  },
});

describe('transactions', () => {
  it('does all four kinds of write together, in two tables', async () => {
    await put('delete');
    await put('check');

    await transact([
      putOf('put', { status: { S: 'transacted' }, at: { N: '1' } }),
      countOf('update'),
      { Delete: { TableName, Key: keyOf('delete') } },
      { ConditionCheck: { TableName, Key: keyOf('check'), ConditionExpression: 'attribute_exists(id)' } },
      { Put: { TableName: 'steps', Item: { flow: { S: 'f' }, step: { N: '1' } } } },
    ]);

    const { Responses } = await dynamoDb.client.send(
      new TransactGetItemsCommand({
        TransactItems: [
          ...['put', 'update', 'delete'].map((id) => ({ Get: { TableName, Key: keyOf(id) } })),
          { Get: { TableName: 'steps', Key: { flow: { S: 'f' }, step: { N: '1' } }, ProjectionExpression: 'flow' } },
        ],
      }),
    );
    expect(Responses).toEqual([
      { Item: { id: { S: 'put' }, status: { S: 'transacted' }, at: { N: '1' } } },
      { Item: { id: { S: 'update' }, count: { N: '1' } } },
      {},
      { Item: { flow: { S: 'f' } } },
    ]);
  });

  it('writes nothing when one condition fails, and says which, with the item when asked', async () => {
    await put('held', { owner: { S: 'me' } });
    const condition = { ConditionExpression: 'attribute_not_exists(id)' };

    const error = await failure(
      transact([
        putOf('not-written', { status: { S: 'cancelled' }, at: { N: '1' } }),
        { Put: { ...putOf('held').Put, ...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } },
      ]),
    );

    expect(error).toMatchObject({
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]',
      CancellationReasons: [
        { Code: 'None' },
        {
          Code: 'ConditionalCheckFailed',
          Message: 'The conditional request failed',
          Item: { id: { S: 'held' }, owner: { S: 'me' } },
        },
      ],
    });
    expect(await get('not-written')).toBeUndefined();
    const { Count } = await dynamoDb.client.send(
      new QueryCommand({
        ...{ TableName, IndexName: 'byStatus', KeyConditionExpression: '#status = :status' },
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':status': { S: 'cancelled' } },
      }),
    );
    expect(Count).toBe(0);
  });

  it('cancels with ValidationError when an update does not fit the item', async () => {
    await put('text', { count: { S: 'not a number' } });

    const error = await failure(transact([putOf('other'), countOf('text')]));

    expect(error.CancellationReasons).toMatchObject([{ Code: 'None' }, { Code: 'ValidationError' }]);
    expect(await get('other')).toBeUndefined();
  });

  it('does a request with one token once, for ten minutes', async () => {
    const request = [countOf('token')];
    const again = () => transact(request, { ClientRequestToken: 'token-1' });

    await again();
    await again();
    expect((await get('token'))!.count).toEqual({ N: '1' });

    await dynamoDb.clock.advance(10 * 60_000);
    await dynamoDb.sweepExpired();
    await again();
    expect((await get('token'))!.count).toEqual({ N: '2' });
  });

  it('does concurrent requests with one token once', async () => {
    await Promise.all(
      Array.from({ length: 10 }, () => transact([countOf('tokens')], { ClientRequestToken: 'token-2' })),
    );

    expect((await get('tokens'))!.count).toEqual({ N: '1' });
  });

  it('refuses another request with the same token', async () => {
    await transact([countOf('first')], { ClientRequestToken: 'token-3' });

    const error = await failure(transact([countOf('second')], { ClientRequestToken: 'token-3' }));

    expect(error.name).toBe('IdempotentParameterMismatchException');
  });

  it('lets a cancelled request try again with its token', async () => {
    const condition = { ConditionExpression: 'attribute_exists(id)' };
    const request = [{ Update: { ...countOf('retried').Update, ...condition } }];
    await failure(transact(request, { ClientRequestToken: 'token-4' }));
    await put('retried');

    await transact(request, { ClientRequestToken: 'token-4' });

    expect((await get('retried'))!.count).toEqual({ N: '1' });
  });

  it('counts capacity twice', async () => {
    const { ConsumedCapacity } = await transact([putOf('capacity')], { ReturnConsumedCapacity: 'TOTAL' });

    expect(ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 2 }]);
  });

  it('keeps a total over 100 concurrent transfers', async () => {
    await put('from', { count: { N: '0' } });
    await put('to', { count: { N: '0' } });

    await Promise.all(Array.from({ length: 100 }, () => transact([countOf('from'), countOf('to')])));

    expect([(await get('from'))!.count, (await get('to'))!.count]).toEqual([{ N: '100' }, { N: '100' }]);
  });

  it.each<[string, TransactWriteItem[]]>([
    ['no items', []],
    ['101 items', Array.from({ length: 101 }, (_, n) => putOf(`${n}`))],
    ['an empty item', [{}]],
    ['an item of two kinds', [{ ...putOf('a'), ...countOf('b') }]],
    ['an item twice', [putOf('a'), countOf('a')]],
    ['a check without condition', [{ ConditionCheck: { TableName, Key: keyOf('a'), ConditionExpression: undefined } }]],
    ['more than 4 MB', Array.from({ length: 11 }, (_, n) => putOf(`${n}`, { text: { S: 'x'.repeat(390_000) } }))],
  ])('refuses %s', async (_what, items) => {
    expect((await failure(transact(items))).name).toBe('ValidationException');
  });
});
