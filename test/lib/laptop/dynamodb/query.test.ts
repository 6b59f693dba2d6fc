import { BatchWriteItemCommand, DeleteItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, startWithTables } from './support.ts';

let dynamoDb: Awaited<ReturnType<typeof startWithTables>>;
beforeAll(async () => {
  dynamoDb = await startWithTables();
  for (const step of [-2, 0, 1, 9, 10, 100])
    await dynamoDb.client.send(
      new PutItemCommand({ TableName: 'steps', Item: { flow: { S: 'a/ü' }, step: { N: `${step}` } } }),
    );
});
afterAll(async () => {
  await dynamoDb.stop();
  dynamoDb.remove();
});

const stepsWhere = async (condition: string, values: Record<string, string>, more = {}) => {
  const numbers = Object.entries(values).map(([name, N]) => [name, { N }]);
  const { Items } = await dynamoDb.client.send(
    new QueryCommand({
      TableName: 'steps',
      KeyConditionExpression: `flow = :flow${condition}`,
      ExpressionAttributeValues: { ':flow': { S: 'a/ü' }, ...Object.fromEntries(numbers) },
      ...more,
    }),
  );
  return Items!.map((item) => Number(item.step!.N));
};

const byStatus = (status: string, more: Partial<QueryCommand['input']> = {}) =>
  dynamoDb.client.send(
    new QueryCommand({
      ...{ TableName: 'orders', IndexName: 'byStatus', KeyConditionExpression: '#status = :status' },
      ...{ ExpressionAttributeNames: { '#status': 'status' }, ExpressionAttributeValues: { ':status': { S: status } } },
      ...more,
    }),
  );

describe('query', () => {
  it.each([
    ['', {}, [-2, 0, 1, 9, 10, 100]],
    [' AND step < :n', { ':n': '9' }, [-2, 0, 1]],
    [' AND step <= :n', { ':n': '9' }, [-2, 0, 1, 9]],
    [' AND step > :n', { ':n': '9' }, [10, 100]],
    [' AND step >= :n', { ':n': '9' }, [9, 10, 100]],
    [' AND step = :n', { ':n': '9' }, [9]],
    [' AND step BETWEEN :n AND :m', { ':n': '-2', ':m': '10' }, [-2, 0, 1, 9, 10]],
  ])('answers "flow = :flow%s" in the order of numbers', async (condition, values, expected) => {
    expect(await stepsWhere(condition, values)).toEqual(expected);
  });

  it('reads backwards', async () => {
    expect(await stepsWhere('', {}, { ScanIndexForward: false, Limit: 2 })).toEqual([100, 10]);
  });

  it('answers nothing for an unknown partition', async () => {
    const values = { ExpressionAttributeValues: { ':flow': { S: 'a' } } };

    expect(await stepsWhere('', {}, values)).toEqual([]);
  });

  it('leaves out of an index what lacks its keys, and follows changes', async () => {
    const put = (Item: Record<string, { S: string } | { N: string }>) =>
      dynamoDb.client.send(new PutItemCommand({ TableName: 'orders', Item }));
    await put({ id: { S: 'sparse' }, status: { S: 'open' } });
    await put({ id: { S: 'moved' }, status: { S: 'open' }, at: { N: '1' } });
    await put({ id: { S: 'deleted' }, status: { S: 'open' }, at: { N: '2' } });
    await put({ id: { S: 'kept' }, status: { S: 'open' }, at: { N: '3' } });

    await put({ id: { S: 'moved' }, status: { S: 'closed' }, at: { N: '1' } });
    await dynamoDb.client.send(new DeleteItemCommand({ TableName: 'orders', Key: { id: { S: 'deleted' } } }));

    const ids = async (status: string) => (await byStatus(status)).Items!.map((item) => item.id!.S);
    expect(await ids('open')).toEqual(['kept']);
    expect(await ids('closed')).toEqual(['moved']);
  });

  it.each([true, false])('pages through 6,000 index entries with one key (forward: %s)', async (ScanIndexForward) => {
    for (let first = 0; first < 6000; first += 25) {
      const requests = Array.from({ length: 25 }, (_, n) => ({
        PutRequest: { Item: { id: { S: `same-${first + n}` }, status: { S: 'same' }, at: { N: '1' } } },
      }));
      await dynamoDb.client.send(new BatchWriteItemCommand({ RequestItems: { orders: requests } }));
    }

    const ids = new Set<string>();
    let count = 0;
    let ExclusiveStartKey: QueryCommand['input']['ExclusiveStartKey'];
    do {
      const page = await byStatus('same', { Limit: 101, ScanIndexForward, ExclusiveStartKey });
      for (const item of page.Items!) ids.add(item.id!.S!);
      count += page.Items!.length;
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);

    expect([count, ids.size]).toEqual([6000, 6000]);
  });

  it('ends a page at 1 MB', async () => {
    for (let n = 0; n < 4; n++) {
      const Item = { flow: { S: 'large' }, step: { N: `${n}` }, text: { S: 'x'.repeat(350_000) } };
      await dynamoDb.client.send(new PutItemCommand({ TableName: 'steps', Item }));
    }

    const query = { TableName: 'steps', KeyConditionExpression: 'flow = :flow' };
    const values = { ExpressionAttributeValues: { ':flow': { S: 'large' } } };
    const page = await dynamoDb.client.send(new QueryCommand({ ...query, ...values }));

    expect(page.Items).toHaveLength(3);
    expect(page.LastEvaluatedKey).toEqual({ flow: { S: 'large' }, step: { N: '2' } });
  });

  it('filters after reading', async () => {
    const FilterExpression = 'attribute_not_exists(absent) AND NOT contains(flow2, :n)';

    expect(await stepsWhere('', { ':n': '1' }, { FilterExpression, Limit: 2 })).toEqual([-2, 0]);
  });

  it('refuses an unknown index', async () => {
    expect((await failure(byStatus('open', { IndexName: 'none' }))).name).toBe('ValidationException');
  });
});
