import { type Item, itemSize } from 'dynalite/db/index.js';
import * as validation from 'dynalite/validations/batchGetItem.js';
import { addUpCapacity } from '../capacity.ts';
import { check } from '../check.ts';
import type { DatabaseOperation } from '../database.ts';
import { readItem } from '../read.ts';
import type { Output } from '../run-action.ts';

type KeysAndAttributes = { Keys: Item[]; _projection?: unknown; [name: string]: unknown };
type BatchGetItem = { RequestItems: Record<string, KeysAndAttributes>; ReturnConsumedCapacity?: string };

/** Past it the rest is answered as `UnprocessedKeys`. See Amazon DynamoDB API Reference, BatchGetItem. */
const maxAnswerBytes = 16 * 1024 * 1024;

export const batchGetItem: DatabaseOperation = (database) => (input: object) => {
  const { RequestItems, ReturnConsumedCapacity } = check<BatchGetItem>(validation, input);
  const Responses: Record<string, Item[]> = {};
  const UnprocessedKeys: Record<string, object> = {};
  const outputs: Output[] = [];
  let bytes = 0;
  for (const [TableName, { Keys, _projection, ...options }] of Object.entries(RequestItems)) {
    const read = (Key: Item) =>
      readItem(database.disk, database.tables, { ...options, TableName, Key, _projection, ReturnConsumedCapacity });
    const found: Item[] = [];
    const left = Keys.filter((key) => {
      if (bytes > maxAnswerBytes) return true;
      const output = read(key);
      outputs.push(output);
      bytes += itemSize((output.Item ?? {}) as Item);
      if (output.Item) found.push(output.Item as Item);
      return false;
    });
    Responses[TableName] = found;
    if (left.length > 0) UnprocessedKeys[TableName] = { ...options, Keys: left };
  }
  return { Responses, UnprocessedKeys, ...addUpCapacity(outputs) };
};
