import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Case, casesOf } from '../case.ts';
import { rowsOf, values } from './dynamodb-rows.ts';
import { dynamoApi, dynamoGuide } from './pages.ts';

const conditional = dynamoGuide('"Condition expressions"');
const versions = dynamoGuide('"Optimistic locking with version number"');
const ifNew = { ConditionExpression: 'attribute_not_exists(pk)' };
const failed = 'ConditionalCheckFailedException';

/** Conditional writes, and writers that race. */
export const conditions: Case[] = casesOf('dynamodb', [
  {
    name: 'a put on the condition that there is no such item is done once',
    fact: conditional,
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ owner: 'first' }, ifNew);

      await tools.expect.error(rows.put({ owner: 'second' }, ifNew), failed);

      tools.expect.like(await rows.get(), { owner: 'first' });
    },
  },
  {
    name: 'a failed condition carries the stored item when ALL_OLD is asked for',
    fact: dynamoApi('PutItem'),
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ owner: 'first' });
      const withOld = { ...ifNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const };

      const error = await tools.expect.error(rows.put({ owner: 'second' }, withOld), failed);

      tools.expect.equal(unmarshall(error.Item as never), { pk: rows.pk, sk: 1, owner: 'first' });
    },
  },
  {
    name: 'a failed condition carries no item when it is not asked for',
    fact: dynamoApi('PutItem'),
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put();

      const error = await tools.expect.error(rows.put({}, ifNew), failed);

      tools.expect.equal(error.Item, undefined);
    },
  },
  {
    name: 'the failed condition of an update carries the stored item too',
    fact: dynamoApi('UpdateItem'),
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ version: 3 });

      const call = rows.update({
        ...{ UpdateExpression: 'SET version = :next', ConditionExpression: 'version = :seen' },
        ...{ ExpressionAttributeValues: values({ ':next': 3, ':seen': 2 }) },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });

      const error = await tools.expect.error(call, failed);
      tools.expect.like(unmarshall(error.Item as never), { version: 3 });
    },
  },
  {
    name: 'a delete on a condition that fails leaves the item',
    fact: dynamoApi('DeleteItem'),
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ owner: 'first' });
      const mine = { ConditionExpression: '#o = :me', ExpressionAttributeNames: { '#o': 'owner' } };

      const call = rows.remove(1, { ...mine, ExpressionAttributeValues: values({ ':me': 'second' }) });

      await tools.expect.error(call, failed);
      tools.expect.like(await rows.get(), { owner: 'first' });
    },
  },
  {
    name: 'a condition on an item that does not exist sees no attributes',
    fact: conditional,
    async run(tools) {
      const rows = await rowsOf(tools);
      const call = rows.update({
        ...{ UpdateExpression: 'SET n = :n', ConditionExpression: 'attribute_exists(pk)' },
        ExpressionAttributeValues: values({ ':n': 1 }),
      });

      await tools.expect.error(call, failed);
      tools.expect.equal(await rows.get(), undefined);
    },
  },
  {
    name: 'conditions compare, combine and look into sets, strings and lists',
    fact: dynamoGuide('"Condition and filter expressions, operators, and functions"'),
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ n: 5, word: 'webhook', tags: new Set(['a', 'b']), numbers: [1, 2] });
      const holds = (ConditionExpression: string, named: object) =>
        rows.update({
          ...{ UpdateExpression: 'SET touched = :t', ConditionExpression },
          ExpressionAttributeValues: values({ ':t': 1, ...named }),
        });

      await holds('n BETWEEN :a AND :b AND NOT n IN (:c, :d)', { ':a': 1, ':b': 5, ':c': 6, ':d': 7 });
      await holds('begins_with(word, :p) AND contains(word, :in)', { ':p': 'web', ':in': 'hoo' });
      await holds('contains(tags, :tag) AND size(tags) = :two', { ':tag': 'a', ':two': 2 });
      await holds('attribute_type(n, :number) OR n > :nine', { ':number': 'N', ':nine': 9 });
      await holds('numbers[1] = :two AND attribute_not_exists(numbers[2])', { ':two': 2 });
      await tools.expect.error(holds('n <> :five', { ':five': 5 }), failed);
    },
  },
  {
    name: 'of twenty claims at once exactly one wins',
    fact: conditional,
    async run(tools) {
      const rows = await rowsOf(tools);
      const claims = Array.from({ length: 20 }, (_, owner) => rows.put({ owner }, ifNew));

      const outcomes = await Promise.allSettled(claims);

      tools.expect.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    },
  },
  {
    name: 'of writers that saw the same version one gets through, and no update is lost',
    fact: versions,
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ version: 1 });
      const write = (by: number) =>
        rows.update({
          ...{ UpdateExpression: 'SET version = :next, lastBy = :by', ConditionExpression: 'version = :seen' },
          ExpressionAttributeValues: values({ ':next': 2, ':seen': 1, ':by': by }),
        });

      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, by) => write(by)));

      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      tools.expect.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      tools.expect.like(await rows.get(), { version: 2, lastBy: winner });
    },
  },
  {
    name: 'concurrent increments are all counted',
    fact: dynamoGuide('"Working with items and attributes", atomic counters'),
    async run(tools) {
      const rows = await rowsOf(tools);
      const increment = () =>
        rows.update({ UpdateExpression: 'ADD n :one', ExpressionAttributeValues: values({ ':one': 1 }) });

      await Promise.all(Array.from({ length: 50 }, increment));

      tools.expect.like(await rows.get(), { n: 50 });
    },
  },
]);
