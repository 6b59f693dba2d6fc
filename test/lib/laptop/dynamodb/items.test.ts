import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
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
const put = (Item: PutItemCommand['input']['Item'], more = {}) =>
  dynamoDb.client.send(new PutItemCommand({ TableName, Item, ...more }));
const get = async (id: string) =>
  (await dynamoDb.client.send(new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true }))).Item;

describe('items', () => {
  it('keeps every attribute type', async () => {
    const item = {
      ...{ id: { S: 'types' }, number: { N: '1.5' }, bytes: { B: new Uint8Array([1, 2]) }, flag: { BOOL: true } },
      ...{
        nothing: { NULL: true as const },
        list: { L: [{ S: 'ü' }] },
        map: { M: { 'a b': { N: '1' } } },
        set: { SS: ['x'] },
      },
    };

    await put(item);

    expect(await get('types')).toEqual(item);
  });

  it('puts conditionally and carries the stored item in the refusal when asked', async () => {
    const condition = { ConditionExpression: 'attribute_not_exists(id)' };
    await put({ id: { S: 'claim' }, owner: { S: 'first' } }, condition);

    const plain = await failure(put({ id: { S: 'claim' } }, condition));
    const asked = await failure(
      put({ id: { S: 'claim' } }, { ...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    );

    expect(plain.name).toBe('ConditionalCheckFailedException');
    expect(plain.Item).toBeUndefined();
    expect(asked.Item).toEqual({ id: { S: 'claim' }, owner: { S: 'first' } });
  });

  it('carries no item in the refusal when there is none', async () => {
    const more = { ConditionExpression: 'attribute_exists(id)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };

    const error = await failure(put({ id: { S: 'missing' } }, more));

    expect(error).toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(error.Item).toBeUndefined();
  });

  it('updates with an expression and answers the new item', async () => {
    await put({ id: { S: 'update' }, count: { N: '1' }, gone: { S: 'x' } });

    const { Attributes } = await dynamoDb.client.send(
      new UpdateItemCommand({
        TableName,
        Key: { id: { S: 'update' } },
        UpdateExpression: 'SET #count = #count + :one REMOVE gone',
        ConditionExpression: '#count = :one',
        ExpressionAttributeNames: { '#count': 'count' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
        ReturnValues: 'ALL_NEW',
      }),
    );

    expect(Attributes).toEqual({ id: { S: 'update' }, count: { N: '2' } });
    expect(await get('update')).toEqual(Attributes);
  });

  it('carries the stored item when an update or a delete is refused', async () => {
    await put({ id: { S: 'held' } });
    const more = {
      ...{ TableName, Key: { id: { S: 'held' } }, ConditionExpression: 'attribute_exists(nothing)' },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };

    const update = await failure(
      dynamoDb.client.send(new UpdateItemCommand({ ...more, UpdateExpression: 'REMOVE a' })),
    );
    const remove = await failure(dynamoDb.client.send(new DeleteItemCommand(more)));

    expect([update.Item, remove.Item]).toEqual([{ id: { S: 'held' } }, { id: { S: 'held' } }]);
  });

  it('deletes and answers the old item', async () => {
    await put({ id: { S: 'delete' } });

    const key = { TableName, Key: { id: { S: 'delete' } } };
    const { Attributes } = await dynamoDb.client.send(new DeleteItemCommand({ ...key, ReturnValues: 'ALL_OLD' }));

    expect(Attributes).toEqual({ id: { S: 'delete' } });
    expect(await get('delete')).toBeUndefined();
  });

  it('loses none of 200 concurrent conditional increments', async () => {
    await put({ id: { S: 'counter' }, count: { N: '0' } });
    const increment = () =>
      dynamoDb.client.send(
        new UpdateItemCommand({
          ...{ TableName, Key: { id: { S: 'counter' } } },
          UpdateExpression: 'SET #count = #count + :one',
          ConditionExpression: '#count < :most',
          ExpressionAttributeNames: { '#count': 'count' },
          ExpressionAttributeValues: { ':one': { N: '1' }, ':most': { N: '150' } },
        }),
      );

    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, increment));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(150);
    expect((await get('counter'))!.count).toEqual({ N: '150' });
  });

  it('lets one of several writers through who saw the same version', async () => {
    await put({ id: { S: 'version' }, version: { N: '0' } });
    let written = 0;
    const writeNext = async (): Promise<void> => {
      const seen = (await get('version'))!.version!;
      if (Number(seen.N) >= 40) return;
      const Item = { id: { S: 'version' }, version: { N: `${Number(seen.N) + 1}` } };
      const more = { ConditionExpression: 'version = :seen', ExpressionAttributeValues: { ':seen': seen } };
      const [outcome] = await Promise.allSettled([put(Item, more)]);
      written += outcome.status === 'fulfilled' ? 1 : 0;
      return writeNext();
    };

    await Promise.all(Array.from({ length: 10 }, writeNext));

    expect(written).toBe(40);
  });

  it('lets exactly one of 50 concurrent claims win', async () => {
    const claims = Array.from({ length: 50 }, (_, owner) =>
      put({ id: { S: 'race' }, owner: { N: `${owner}` } }, { ConditionExpression: 'attribute_not_exists(id)' }).then(
        () => 'won',
        (error) => error.name,
      ),
    );

    const outcomes = await Promise.all(claims);

    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'ConditionalCheckFailedException')).toHaveLength(49);
  });

  it('writes and reads batches', async () => {
    const requests = Array.from({ length: 24 }, (_, n) => ({ PutRequest: { Item: { id: { S: `batch-${n}` } } } }));
    await put({ id: { S: 'batch-old' } });
    const all = [...requests, { DeleteRequest: { Key: { id: { S: 'batch-old' } } } }];

    await dynamoDb.client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: all } }));

    const Keys = ['batch-0', 'batch-23', 'batch-old'].map((id) => ({ id: { S: id } }));
    const { Responses, UnprocessedKeys } = await dynamoDb.client.send(
      new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }),
    );
    expect(Responses).toEqual({ [TableName]: [{ id: { S: 'batch-0' } }, { id: { S: 'batch-23' } }] });
    expect(UnprocessedKeys).toEqual({});
  });

  it('answers as unprocessed what does not fit in 16 MB', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `large-${n}`);
    for (const id of ids) await put({ id: { S: id }, text: { S: 'x'.repeat(390_000) } });
    const Keys = ids.map((id) => ({ id: { S: id } }));

    const { Responses, UnprocessedKeys } = await dynamoDb.client.send(
      new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
    );

    const unprocessed = UnprocessedKeys![TableName]!;
    expect(unprocessed.Keys!.length).toBeGreaterThan(0);
    expect(Responses![TableName]!.length + unprocessed.Keys!.length).toBe(50);
    expect(unprocessed.ConsistentRead).toBe(true);
  });

  it.each([
    ['26 requests', Array.from({ length: 26 }, (_, n) => ({ PutRequest: { Item: { id: { S: `${n}` } } } }))],
    ['one item twice', [1, 2].map(() => ({ PutRequest: { Item: { id: { S: 'twice' } } } }))],
  ])('refuses a batch of %s', async (_what, requests) => {
    const call = dynamoDb.client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));

    expect((await failure(call)).name).toBe('ValidationException');
  });

  it('adds up the capacity of a batch', async () => {
    const { ConsumedCapacity } = await dynamoDb.client.send(
      new BatchWriteItemCommand({
        RequestItems: { [TableName]: ['u', 'v'].map((id) => ({ PutRequest: { Item: { id: { S: id } } } })) },
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );

    expect(ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 2 }]);
  });

  it('refuses an item above 400 KB', async () => {
    const error = await failure(put({ id: { S: 'big' }, text: { S: 'x'.repeat(410_000) } }));

    expect(error).toMatchObject({
      name: 'ValidationException',
      message: 'Item size has exceeded the maximum allowed size',
    });
  });

  it('scans page by page', async () => {
    const all = Array.from({ length: 25 }, (_, n) => `${n}`);
    const requests = all.map((N) => ({ PutRequest: { Item: { flow: { S: `f${Number(N) % 4}` }, step: { N } } } }));
    await dynamoDb.client.send(new BatchWriteItemCommand({ RequestItems: { steps: requests } }));

    const found: string[] = [];
    let ExclusiveStartKey: ScanCommand['input']['ExclusiveStartKey'];
    do {
      const page = await dynamoDb.client.send(new ScanCommand({ TableName: 'steps', Limit: 7, ExclusiveStartKey }));
      found.push(...page.Items!.map((item) => item.step!.N!));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);

    expect(found.toSorted((one, other) => Number(one) - Number(other))).toEqual(all);
  });
});
