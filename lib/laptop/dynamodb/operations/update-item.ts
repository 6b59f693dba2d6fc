import action from 'dynalite/actions/updateItem.js';
import type { Data } from 'dynalite/db/index.js';
import * as validation from 'dynalite/validations/updateItem.js';
import { check, returnOldOnFailure } from '../check.ts';
import type { DatabaseOperation } from '../database.ts';

export const updateItem: DatabaseOperation = (database) => (input: object) => {
  const data = check<Data>(validation, input, returnOldOnFailure);
  return database.write((draft) => draft.run(action, data));
};
