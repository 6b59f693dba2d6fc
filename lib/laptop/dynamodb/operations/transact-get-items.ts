import type { Data } from 'dynalite/db/index.js';
import * as validation from 'dynalite/validations/getItem.js';
import { addUpCapacity } from '../capacity.ts';
import { check } from '../check.ts';
import type { DatabaseOperation } from '../database.ts';
import { readItem } from '../read.ts';
import { transactItems } from '../transact-items.ts';

type TransactGetItems = { TransactItems: { Get: Data }[]; ReturnConsumedCapacity?: string };

/** All items as they were at one moment. */
export const transactGetItems: DatabaseOperation = (database) => (input: object) => {
  const request = check<TransactGetItems>({ types: transactItems({ Get: validation.types }) }, input);
  const { ReturnConsumedCapacity } = request;
  const gets = request.TransactItems.map(({ Get }) => check<Data>(validation, Get ?? {}));
  const outputs = gets.map((get) => readItem(database.disk, database.tables, { ...get, ReturnConsumedCapacity }));
  return { Responses: outputs.map(({ Item }) => ({ Item })), ...addUpCapacity(outputs, 2) };
};
