import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWithTables } from './support.ts';

let dynamoDb: Awaited<ReturnType<typeof startWithTables>>;
beforeAll(async () => {
  dynamoDb = await startWithTables();
});
afterAll(async () => {
  await dynamoDb.stop();
  dynamoDb.remove();
});

async function call(operation: string, input: unknown) {
  const response = await fetch(dynamoDb.url, {
    method: 'POST',
    headers: {
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20261120/us-east-1/dynamodb/aws4_request',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    },
    body: typeof input === 'string' ? input : JSON.stringify(input),
  });
  return { status: response.status, ...((await response.json()) as { __type?: string }) };
}

const key = { id: { S: '1' } };
const attributes = { ExpressionAttributeNames: { '#a': 'a' }, ExpressionAttributeValues: { ':v': { N: '1' } } };
const samples: Record<string, Record<string, unknown>> = {
  PutItem: {
    TableName: 'orders',
    Item: { ...key, l: { L: [{ S: 'x' }] }, m: { M: { x: { N: '1' } } }, s: { NS: ['1'] } },
  },
  GetItem: { TableName: 'orders', Key: key, ProjectionExpression: '#a.b[0]', ExpressionAttributeNames: { '#a': 'a' } },
  UpdateItem: {
    TableName: 'orders',
    Key: key,
    UpdateExpression: 'SET #a = :v',
    ConditionExpression: '#a = :v',
    ...attributes,
  },
  DeleteItem: { TableName: 'orders', Key: key, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
  Query: {
    ...{ TableName: 'orders', IndexName: 'byStatus', Limit: 1, KeyConditionExpression: '#a = :v AND at > :n' },
    ...{
      ExpressionAttributeNames: { '#a': 'status' },
      ExpressionAttributeValues: { ':v': { S: 'x' }, ':n': { N: '1' } },
    },
    ExclusiveStartKey: { ...key, status: { S: 'x' }, at: { N: '2' } },
  },
  Scan: { TableName: 'orders', ExclusiveStartKey: key, Limit: 2, Segment: 0, TotalSegments: 2 },
  BatchGetItem: { RequestItems: { orders: { Keys: [key] } } },
  BatchWriteItem: {
    RequestItems: { orders: [{ PutRequest: { Item: key } }, { DeleteRequest: { Key: { id: { S: '2' } } } }] },
  },
  TransactGetItems: { TransactItems: [{ Get: { TableName: 'orders', Key: key } }] },
  TransactWriteItems: {
    TransactItems: [
      { Put: { TableName: 'orders', Item: key } },
      {
        ConditionCheck: {
          TableName: 'orders',
          Key: { id: { S: '2' } },
          ConditionExpression: 'attribute_not_exists(id)',
        },
      },
    ],
    ClientRequestToken: 'x',
  },
  CreateTable: {
    ...{ TableName: 'wrong', BillingMode: 'PAY_PER_REQUEST' },
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'all',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  },
  DescribeTable: { TableName: 'orders' },
  ListTables: { Limit: 1, ExclusiveStartTableName: 'aaa' },
  UpdateTimeToLive: { TableName: 'orders', TimeToLiveSpecification: { AttributeName: 'a', Enabled: true } },
  DescribeTimeToLive: { TableName: 'orders' },
};

const wrongValues = [null, 0, 1.5, -1, true, '', 'x', '\u0000', [], [null], {}, { S: null }, { x: 1 }, '__proto__'];

/** The sample with one value, at any depth, replaced or left out. */
function* variants(value: unknown): Generator<unknown> {
  yield* wrongValues;
  if (typeof value !== 'object' || value === null) return;
  const copy = (name: string, changed: unknown) =>
    Array.isArray(value) ? value.with(Number(name), changed) : { ...value, [name]: changed };
  for (const [name, member] of Object.entries(value)) {
    yield copy(name, undefined);
    for (const changed of variants(member)) yield copy(name, changed);
  }
}

describe('wrong input', () => {
  it.each(Object.keys(samples))('is answered by %s with an error of DynamoDB, never a failure', async (operation) => {
    const failures: unknown[] = [];

    for (const input of variants(samples[operation])) {
      const answer = await call(operation, input);
      if (answer.status >= 500) failures.push({ input, answer });
    }

    expect(failures).toEqual([]);
  });

  it('is SerializationException for a wrong JSON type', async () => {
    expect((await call('GetItem', { TableName: 5, Key: key })).__type).toBe('SerializationException');
    expect((await call('PutItem', { TableName: 'orders', Item: { id: { S: 5 } } })).__type).toBe(
      'SerializationException',
    );
    expect((await call('PutItem', 'not json')).__type).toBe('SerializationException');
  });

  it('is ValidationException for a missing or mistyped member', async () => {
    expect((await call('GetItem', { TableName: 'orders' })).__type).toBe('ValidationException');
    expect((await call('PutItem', { TableName: 'orders', Item: { id: { N: '1' } } })).__type).toBe(
      'ValidationException',
    );
    expect((await call('UpdateItem', { ...samples.UpdateItem, UpdateExpression: 'SET #a = ' })).__type).toBe(
      'ValidationException',
    );
    expect(
      (await call('DeleteItem', { ...samples.DeleteItem, ReturnValuesOnConditionCheckFailure: 'ALL_NEW' })).__type,
    ).toBe('ValidationException');
  });
});
