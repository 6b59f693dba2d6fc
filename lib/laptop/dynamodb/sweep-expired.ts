import deleteItem from 'dynalite/actions/deleteItem.js';
import type { Data, Item } from 'dynalite/db/index.js';
import * as validation from 'dynalite/validations/deleteItem.js';
import { AwsError } from '../service.ts';
import { check } from './check.ts';
import type { Database } from './database.ts';
import { parseItem } from './draft.ts';
import { forgetTokens } from './request-token.ts';
import { itemPrefix, within } from './rows.ts';
import type { Table } from './tables.ts';

const fiveYearsSeconds = 5 * 365 * 24 * 3600;
const deletesAtOnce = 100;

/**
 * Deletes the items whose time to live is over. AWS does so within a few days of the time; here it is over when you say.
 *
 * @returns How many items were deleted.
 * @see Amazon DynamoDB Developer Guide, "Using time to live (TTL) in DynamoDB"
 */
export async function sweepExpired(database: Database): Promise<number> {
  let deleted = 0;
  for (const name of database.tables.names())
    if (database.tables.has(name)) deleted += await sweepTable(database, database.tables.get(name));
  await forgetTokens(database.disk, database.clock.now());
  await database.disk.settled();
  return deleted;
}

async function sweepTable(database: Database, table: Table): Promise<number> {
  const { description, timeToLiveAttribute: attribute } = table;
  if (attribute === undefined) return 0;
  const nowSeconds = Math.floor(database.clock.now() / 1000);
  const expired: Item[] = [];
  let deleted = 0;
  for await (const row of database.disk.values(within(itemPrefix(description.TableId)))) {
    const item = parseItem(row)!;
    if (isExpired(item[attribute], nowSeconds)) expired.push(item);
    if (expired.length === deletesAtOnce) deleted += await deleteAll(database, table, expired.splice(0));
  }
  return deleted + (await deleteAll(database, table, expired));
}

async function deleteAll(database: Database, table: Table, items: Item[]): Promise<number> {
  const outcomes = await Promise.all(items.map((item) => deleteExpired(database, table, item)));
  return outcomes.filter((outcome) => outcome === 'deleted').length;
}

/** A number of epoch seconds that has passed, by no more than five years: AWS takes an older one for a mistake. */
function isExpired(value: Item[string] | undefined, nowSeconds: number) {
  if (typeof value?.N !== 'string') return false;
  const expiresAtSeconds = Number(value.N);
  return expiresAtSeconds <= nowSeconds && expiresAtSeconds > nowSeconds - fiveYearsSeconds;
}

/** Leaves the item when its time to live was changed, or its table dropped, since it was read. */
async function deleteExpired(database: Database, table: Table, item: Item): Promise<'deleted' | 'changed'> {
  const { TableName, KeySchema } = table.description;
  const attribute = table.timeToLiveAttribute!;
  const data = check<Data>(validation, {
    TableName,
    Key: Object.fromEntries(KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]])),
    ConditionExpression: '#expires = :expired',
    ExpressionAttributeNames: { '#expires': attribute },
    ExpressionAttributeValues: { ':expired': item[attribute] },
  });
  try {
    await database.write((draft) => draft.run(deleteItem, data));
    return 'deleted';
  } catch (error) {
    if (error instanceof AwsError && changedCodes.includes(error.code)) return 'changed';
    throw error;
  }
}

const changedCodes = ['ConditionalCheckFailedException', 'ResourceNotFoundException'];
