import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Case, casesOf } from '../case.ts';
import { rowsOf, values } from './dynamodb-rows.ts';
import { dynamoApi, dynamoGuide } from './pages.ts';

const updateExpressions = dynamoGuide('"Using update expressions in DynamoDB"');

/** Updates. */
export const updates: Case[] = casesOf('dynamodb', [
  {
    name: 'an update creates the item that does not exist',
    fact: dynamoApi('UpdateItem'),
    async run(tools) {
      const rows = await rowsOf(tools);

      await rows.update({ UpdateExpression: 'SET a = :a', ExpressionAttributeValues: values({ ':a': 1 }) });

      tools.expect.equal(await rows.get(), { pk: rows.pk, sk: 1, a: 1 });
    },
  },
  {
    name: 'an update sets, removes, adds, deletes and appends in one go',
    fact: updateExpressions,
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ n: 1, gone: true, tags: new Set(['a', 'b']), numbers: [1], nested: { deep: 1 } });

      await rows.update({
        UpdateExpression:
          'SET numbers = list_append(numbers, :more), nested.deep = nested.deep + :one, fresh = if_not_exists(fresh, :one) ' +
          'REMOVE gone ADD n :one DELETE tags :tag',
        ExpressionAttributeValues: values({ ':more': [2], ':one': 1, ':tag': new Set(['a']) }),
      });

      tools.expect.equal(await rows.get(), {
        ...{ pk: rows.pk, sk: 1, n: 2, tags: new Set(['b']), numbers: [1, 2], nested: { deep: 2 }, fresh: 1 },
      });
    },
  },
  {
    name: 'the right side of SET sees the item as it was',
    fact: updateExpressions,
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ a: 1, b: 2 });

      await rows.update({ UpdateExpression: 'SET a = b, b = a' });

      tools.expect.like(await rows.get(), { a: 2, b: 1 });
    },
  },
  {
    name: 'an update answers what it changed, or the whole item, before or after',
    fact: dynamoApi('UpdateItem'),
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ n: 1, other: true });
      const answered = async (ReturnValues: 'UPDATED_OLD' | 'UPDATED_NEW' | 'ALL_OLD' | 'ALL_NEW') => {
        const input = { UpdateExpression: 'ADD n :one', ExpressionAttributeValues: values({ ':one': 1 }) };
        return unmarshall((await rows.update({ ...input, ReturnValues })).Attributes ?? {});
      };
      const whole = { pk: rows.pk, sk: 1, other: true };

      tools.expect.equal(await answered('UPDATED_OLD'), { n: 1 });
      tools.expect.equal(await answered('UPDATED_NEW'), { n: 3 });
      tools.expect.equal(await answered('ALL_OLD'), { ...whole, n: 3 });
      tools.expect.equal(await answered('ALL_NEW'), { ...whole, n: 5 });
    },
  },
  {
    name: 'a set that loses its last member is gone',
    fact: updateExpressions,
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ tags: new Set(['a']) });

      const tag = values({ ':tag': new Set(['a']) });
      await rows.update({ UpdateExpression: 'DELETE tags :tag', ExpressionAttributeValues: tag });

      tools.expect.equal(await rows.get(), { pk: rows.pk, sk: 1 });
    },
  },
]);
