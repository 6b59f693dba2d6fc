import * as validation from 'dynalite/validations/deleteTable.js';
import { check } from '../check.ts';
import type { DatabaseOperation } from '../database.ts';

/** The table is gone with the answer; AWS takes some seconds. */
export const deleteTable: DatabaseOperation = (database) => async (input: object) => {
  const { TableName } = check<{ TableName: string }>(validation, input);
  const { description } = await database.write(() => {
    const table = database.tables.get(TableName);
    database.tables.drop(table);
    return table;
  });
  await database.tables.clearDropped();
  return { TableDescription: { ...description, TableStatus: 'DELETING' } };
};
