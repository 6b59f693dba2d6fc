import * as validation from 'dynalite/validations/listTables.js';
import { check } from '../check.ts';
import type { DatabaseOperation } from '../database.ts';

type ListTables = { ExclusiveStartTableName?: string; Limit?: number };

export const listTables: DatabaseOperation = (database) => (input: object) => {
  const { ExclusiveStartTableName: start = '', Limit = 100 } = check<ListTables>(validation, input);
  const names = database.tables.names().filter((name) => name > start);
  const page = names.slice(0, Limit);
  return { TableNames: page, ...(names.length > Limit && { LastEvaluatedTableName: page.at(-1) }) };
};
