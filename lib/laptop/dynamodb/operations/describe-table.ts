import * as validation from 'dynalite/validations/describeTable.js';
import { check } from '../check.ts';
import type { DatabaseOperation } from '../database.ts';

/** `ItemCount` and `TableSizeBytes` stay 0; AWS updates them about every six hours. */
export const describeTable: DatabaseOperation = (database) => (input: object) => {
  const { TableName } = check<{ TableName: string }>(validation, input);
  return { Table: database.tables.get(TableName).description };
};
