import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Case, casesOf } from '../case.ts';
import { rowsOf } from './dynamodb-rows.ts';
import { dynamoApi, dynamoGuide } from './pages.ts';

const types = dynamoGuide('"Supported data types and naming rules in Amazon DynamoDB"');
const units = dynamoGuide('"DynamoDB read and write operations"');

/** Items, their types, and what a write or read of one answers. */
export const items: Case[] = casesOf('dynamodb', [
  {
    name: 'every attribute type comes back as it was put',
    fact: types,
    async run(tools) {
      const rows = await rowsOf(tools);
      const item = {
        ...{ text: { S: 'grüße' }, number: { N: '-12.5' }, bytes: { B: Uint8Array.of(0, 255) } },
        ...{ yes: { BOOL: true }, nothing: { NULL: true }, map: { M: { a: { L: [{ N: '1' }, { S: 'b' }] } } } },
        ...{ texts: { SS: ['a', 'b'] }, numbers: { NS: ['1', '2'] } },
      };
      await rows.putRaw(item);

      const command = new GetItemCommand({ TableName: rows.TableName, Key: rows.keyOf(1), ConsistentRead: true });
      const { Item = {} } = await tools.dynamodb.send(command);

      tools.expect.equal([...(Item.bytes?.B ?? [])], [0, 255]);
      tools.expect.equal(
        [Item.texts?.SS?.toSorted(), Item.numbers?.NS?.toSorted()],
        [
          ['a', 'b'],
          ['1', '2'],
        ],
      );
      const { bytes: _bytes, texts: _texts, numbers: _numbers, ...others } = item;
      tools.expect.like(Item, others);
    },
  },
  {
    name: 'a consistent read sees the write before it',
    fact: dynamoGuide('"DynamoDB read consistency"'),
    async run(tools) {
      const rows = await rowsOf(tools);
      for (let n = 0; n < 10; n += 1) {
        await rows.put({ n });

        tools.expect.like(await rows.get(), { n });
      }
    },
  },
  {
    name: 'a read of an item that does not exist answers none, without an error',
    fact: dynamoApi('GetItem'),
    async run(tools) {
      const rows = await rowsOf(tools);

      tools.expect.equal(await rows.get(), undefined);
    },
  },
  {
    name: 'a put replaces the whole item and answers the old one when asked',
    fact: dynamoApi('PutItem'),
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ a: 1 });

      const { Attributes = {} } = await rows.put({ b: 2 }, { ReturnValues: 'ALL_OLD' });

      tools.expect.like(unmarshall(Attributes), { a: 1 });
      tools.expect.equal(await rows.get(), { pk: rows.pk, sk: 1, b: 2 });
    },
  },
  {
    name: 'numbers keep 38 digits',
    fact: types,
    async run(tools) {
      const rows = await rowsOf(tools);
      const N = '12345678901234567890123456789012345678';

      await rows.putRaw({ n: { N } });

      const command = new GetItemCommand({ TableName: rows.TableName, Key: rows.keyOf(1), ConsistentRead: true });
      tools.expect.equal((await tools.dynamodb.send(command)).Item?.n, { N });
    },
  },
  {
    name: 'a number with more than 38 digits is refused',
    fact: types,
    async run(tools) {
      const rows = await rowsOf(tools);

      await tools.expect.error(rows.putRaw({ n: { N: '1'.repeat(39) } }), 'ValidationException');
      await tools.expect.error(rows.putRaw({ n: { N: 'x' } }), 'ValidationException');
    },
  },
  {
    name: 'leading and trailing zeros of a number are trimmed, so that equal numbers are one key',
    fact: types,
    async run(tools) {
      const rows = await rowsOf(tools);

      await rows.putRaw({ sk: { N: '01.0' }, n: { N: '0010.50' } });

      tools.expect.equal(await rows.get(1), { pk: rows.pk, sk: 1, n: 10.5 });
    },
  },
  {
    name: 'an empty string is a value, but not a key',
    fact: types,
    async run(tools) {
      const rows = await rowsOf(tools);

      await rows.put({ note: '', bytes: new Uint8Array() });

      tools.expect.like(await rows.get(), { note: '' });
      await tools.expect.error(rows.putRaw({ pk: { S: '' } }), 'ValidationException');
    },
  },
  {
    name: 'a set is never empty, and holds nothing twice',
    fact: types,
    async run(tools) {
      const rows = await rowsOf(tools);

      await tools.expect.error(rows.putRaw({ tags: { SS: [] } }), 'ValidationException');
      await tools.expect.error(rows.putRaw({ tags: { SS: ['a', 'a'] } }), 'ValidationException');
    },
  },
  {
    name: 'an item above 400 KB is refused',
    fact: dynamoGuide('"Quotas in Amazon DynamoDB"'),
    async run(tools) {
      const rows = await rowsOf(tools);

      await tools.expect.error(rows.put({ body: 'x'.repeat(409_600) }), 'ValidationException');
    },
  },
  {
    name: 'a delete answers the old item when asked, and deleting again is no error',
    fact: dynamoApi('DeleteItem'),
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ a: 1 });

      const { Attributes = {} } = await rows.remove(1, { ReturnValues: 'ALL_OLD' });
      await rows.remove();

      tools.expect.like(unmarshall(Attributes), { a: 1 });
      tools.expect.equal(await rows.get(), undefined);
    },
  },
  {
    name: 'a projection answers the named attributes alone, also inside others',
    fact: dynamoGuide('"Using projection expressions in DynamoDB"'),
    async run(tools) {
      const rows = await rowsOf(tools);
      await rows.put({ a: 1, status: 'new', map: { x: 1, y: 2 }, list: [1, 2] });
      const command = new GetItemCommand({
        ...{ TableName: rows.TableName, Key: rows.keyOf(1), ConsistentRead: true },
        ...{ ProjectionExpression: '#s, #m.x, #l[1]' },
        ExpressionAttributeNames: { '#s': 'status', '#m': 'map', '#l': 'list' },
      });

      const { Item = {} } = await tools.dynamodb.send(command);

      tools.expect.equal(unmarshall(Item), { status: 'new', map: { x: 1 }, list: [2] });
    },
  },
  {
    name: 'a write costs a unit for each KB, a consistent read one for each 4 KB, another read half',
    fact: units,
    async run(tools) {
      const rows = await rowsOf(tools);
      const written = await rows.put({ body: 'x'.repeat(1500) }, { ReturnConsumedCapacity: 'TOTAL' });
      const read = async (ConsistentRead: boolean) => {
        const Key = rows.keyOf(1);
        const command = new GetItemCommand({
          ...{ TableName: rows.TableName, Key, ConsistentRead, ReturnConsumedCapacity: 'TOTAL' },
        });
        return (await tools.dynamodb.send(command)).ConsumedCapacity?.CapacityUnits;
      };

      tools.expect.equal(written.ConsumedCapacity?.CapacityUnits, 2);
      tools.expect.equal([await read(true), await read(false)], [1, 0.5]);
    },
  },
]);
