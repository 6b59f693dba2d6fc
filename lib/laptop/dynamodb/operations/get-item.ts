import type { Data } from 'dynalite/db/index.js';
import * as validation from 'dynalite/validations/getItem.js';
import { check } from '../check.ts';
import type { DatabaseOperation } from '../database.ts';
import { readItem } from '../read.ts';

/** Consistent with every acknowledged write, whether `ConsistentRead` is asked for or not. */
export const getItem: DatabaseOperation = (database) => (input: object) =>
  readItem(database.disk, database.tables, check<Data>(validation, input));
