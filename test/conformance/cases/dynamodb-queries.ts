import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Case, casesOf, type Tools } from '../case.ts';
import { rowsOf, values } from './dynamodb-rows.ts';
import { dynamoApi, dynamoGuide } from './pages.ts';

const sparse = dynamoGuide('"Take advantage of sparse indexes"');
const indexes = dynamoGuide('"Using Global Secondary Indexes in DynamoDB"');

/** Rows whose sort keys are the numbers. */
async function filled(tools: Tools, numbers: number[]) {
  const rows = await rowsOf(tools);
  await Promise.all(numbers.map((sk) => rows.put({ sk })));
  return rows;
}

/** A query of the index `byState`, as soon as it answers that. */
const inIndex = (tools: Tools, rows: Awaited<ReturnType<typeof rowsOf>>, expected: number[], input: object = {}) =>
  tools.expect.soon(async () => {
    const { items } = await rows.query({
      ...{ IndexName: 'byState', ConsistentRead: false, KeyConditionExpression: '#s = :pk' },
      ...{ ExpressionAttributeNames: { '#s': 'state' }, ...input },
    });
    tools.expect.equal(
      items.map(({ sk }) => sk),
      expected,
    );
  });

/** Queries, pages and indexes. */
export const queries: Case[] = casesOf('dynamodb', [
  {
    name: 'a query answers one partition in the order of the sort key, as numbers',
    fact: dynamoApi('Query'),
    async run(tools) {
      const rows = await filled(tools, [10, -5, 9, 0.5, 100, 2]);

      const { items } = await rows.query();

      tools.expect.equal(
        items.map(({ sk }) => sk),
        [-5, 0.5, 2, 9, 10, 100],
      );
    },
  },
  {
    name: 'a query goes backwards when asked',
    fact: dynamoApi('Query'),
    async run(tools) {
      const rows = await filled(tools, [1, 2, 10]);

      const { items } = await rows.query({ ScanIndexForward: false });

      tools.expect.equal(
        items.map(({ sk }) => sk),
        [10, 2, 1],
      );
    },
  },
  {
    name: 'a query of a partition that does not exist answers nothing, without an error',
    fact: dynamoApi('Query'),
    async run(tools) {
      const { items, Count } = await (await rowsOf(tools)).query();

      tools.expect.equal([items, Count], [[], 0]);
    },
  },
  {
    name: 'the sort key may be compared and bounded',
    fact: dynamoGuide('"Key condition expressions for the Query operation in DynamoDB"'),
    async run(tools) {
      const rows = await filled(tools, [1, 2, 3, 4]);
      const found = async (condition: string, named: object) => {
        const KeyConditionExpression = `pk = :pk AND ${condition}`;
        const { items } = await rows.query({ KeyConditionExpression, ExpressionAttributeValues: values({ ...named }) });
        return items.map(({ sk }) => sk);
      };

      tools.expect.equal(await found('sk > :a', { ':a': 2 }), [3, 4]);
      tools.expect.equal(await found('sk <= :a', { ':a': 2 }), [1, 2]);
      tools.expect.equal(await found('sk BETWEEN :a AND :b', { ':a': 2, ':b': 3 }), [2, 3]);
      tools.expect.equal(await found('sk = :a', { ':a': 4 }), [4]);
    },
  },
  {
    name: 'a limit makes pages, each beginning after the key before it, and all items come once',
    fact: dynamoGuide('"Paginating table query results in DynamoDB"'),
    async run(tools) {
      const rows = await filled(tools, [1, 2, 3, 4, 5]);
      const pages: unknown[][] = [];
      let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
      do {
        const { items, LastEvaluatedKey } = await rows.query({ Limit: 2, ExclusiveStartKey });
        pages.push(items.map(({ sk }) => sk));
        ExclusiveStartKey = LastEvaluatedKey;
      } while (ExclusiveStartKey);

      tools.expect.equal(pages, [[1, 2], [3, 4], [5]]);
    },
  },
  {
    name: 'a page that the limit ends at the last item still names a next key',
    fact: dynamoApi('Query'),
    async run(tools) {
      const rows = await filled(tools, [1, 2]);

      const { LastEvaluatedKey } = await rows.query({ Limit: 2 });
      const next = await rows.query({ Limit: 2, ExclusiveStartKey: LastEvaluatedKey });

      tools.expect.equal(LastEvaluatedKey, rows.keyOf(2));
      tools.expect.equal([next.items, next.LastEvaluatedKey], [[], undefined]);
    },
  },
  {
    name: 'a page ends at 1 MB',
    fact: dynamoGuide('"Paginating table query results in DynamoDB"'),
    async run(tools) {
      const rows = await rowsOf(tools);
      await Promise.all([1, 2, 3, 4].map((sk) => rows.put({ sk, body: 'x'.repeat(350_000) })));

      const { items, LastEvaluatedKey } = await rows.query();

      tools.expect.that(items.length < 4, `${items.length} items of 350 KB came in one page`);
      const rest = await rows.query({ ExclusiveStartKey: LastEvaluatedKey });
      tools.expect.equal(
        [...items, ...rest.items].map(({ sk }) => sk),
        [1, 2, 3, 4],
      );
    },
  },
  {
    name: 'a filter takes away after the limit, and both counts are told',
    fact: dynamoGuide('"Filter expressions for the Query operation in DynamoDB"'),
    async run(tools) {
      const rows = await rowsOf(tools);
      for (const sk of [1, 2, 3]) await rows.put({ sk, odd: sk % 2 === 1 });

      const answer = await rows.query({
        ...{ Limit: 2, FilterExpression: 'odd = :yes', ExpressionAttributeValues: values({ ':yes': true }) },
      });

      tools.expect.equal([answer.Count, answer.ScannedCount], [1, 2]);
    },
  },
  {
    name: 'a query may only count',
    fact: dynamoApi('Query'),
    async run(tools) {
      const rows = await filled(tools, [1, 2, 3]);

      const { Count, Items } = await rows.query({ Select: 'COUNT' });

      tools.expect.equal([Count, Items], [3, undefined]);
    },
  },
  {
    name: 'an index holds the items that have its keys, and no others',
    fact: sparse,
    async run(tools) {
      const rows = await rowsOf(tools);
      const state = rows.pk;
      await rows.put({ sk: 1, state, at: 2 });
      await rows.put({ sk: 2, state, at: 1 });
      await rows.put({ sk: 3, state });
      await rows.put({ sk: 4, at: 1 });

      await inIndex(tools, rows, [2, 1]);
    },
  },
  {
    name: 'an item leaves an index with the keys of the index',
    fact: sparse,
    async run(tools) {
      const rows = await rowsOf(tools);
      const state = rows.pk;
      await rows.put({ sk: 1, state, at: 1 });
      await rows.put({ sk: 2, state, at: 2 });
      await inIndex(tools, rows, [1, 2]);

      await rows.update({ UpdateExpression: 'REMOVE #s', ExpressionAttributeNames: { '#s': 'state' } }, 1);

      await inIndex(tools, rows, [2]);
    },
  },
  {
    name: 'an item moves in an index when its keys there change',
    fact: indexes,
    async run(tools) {
      const rows = await rowsOf(tools);
      const state = rows.pk;
      await rows.put({ sk: 1, state, at: 1 });
      await rows.put({ sk: 2, state, at: 2 });

      const at = { ExpressionAttributeNames: { '#at': 'at' }, ExpressionAttributeValues: values({ ':at': 3 }) };
      await rows.update({ UpdateExpression: 'SET #at = :at', ...at }, 1);

      await inIndex(tools, rows, [2, 1]);
    },
  },
  {
    name: 'keys of an index need not be unique, and its pages miss none of them',
    fact: indexes,
    async run(tools) {
      const rows = await rowsOf(tools);
      const numbers = [1, 2, 3, 4, 5];
      await Promise.all(numbers.map((sk) => rows.put({ sk, state: rows.pk, at: 7 })));

      await tools.expect.soon(async () => {
        const found: unknown[] = [];
        let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
        do {
          const { items, LastEvaluatedKey } = await rows.query({
            ...{ IndexName: 'byState', ConsistentRead: false, KeyConditionExpression: '#s = :pk', Limit: 2 },
            ...{ ExpressionAttributeNames: { '#s': 'state' }, ExclusiveStartKey },
          });
          found.push(...items.map(({ sk }) => sk));
          ExclusiveStartKey = LastEvaluatedKey;
        } while (ExclusiveStartKey);
        tools.expect.equal(found.sort(), numbers);
      });
    },
  },
  {
    name: 'a consistent read of a global index is refused',
    fact: indexes,
    async run(tools) {
      const rows = await rowsOf(tools);
      const call = rows.query({
        ...{ IndexName: 'byState', ConsistentRead: true, KeyConditionExpression: '#s = :pk' },
        ExpressionAttributeNames: { '#s': 'state' },
      });

      await tools.expect.error(call, 'ValidationException');
    },
  },
  {
    name: 'a key of an index must have its type',
    fact: indexes,
    async run(tools) {
      const rows = await rowsOf(tools);

      await tools.expect.error(rows.put({ state: 7, at: 1 }), 'ValidationException');
    },
  },
]);
