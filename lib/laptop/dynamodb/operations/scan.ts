import action from 'dynalite/actions/scan.js';
import type { Data } from 'dynalite/db/index.js';
import * as validation from 'dynalite/validations/scan.js';
import { check } from '../check.ts';
import type { DatabaseOperation } from '../database.ts';
import { readRange } from '../read.ts';

export const scan: DatabaseOperation = (database) => (input: object) =>
  readRange(database.disk, database.tables, action, check<Data>(validation, input));
