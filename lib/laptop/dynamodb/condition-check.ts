import { type Action, checkConditional, createKey, type Item, validateKey } from 'dynalite/db/index.js';

/** The ConditionCheck of a transaction, written like dynalite's own actions. */
export const conditionCheck: Action = (store, data, callback) => {
  store.getTable(data.TableName, (_error, table) => {
    const key = data.Key as Item;
    const invalid = validateKey(key, table!);
    if (invalid) return callback(invalid);
    const items = store.getItemDb(data.TableName);
    const itemKey = createKey(key, table!);
    items.lock?.(itemKey, () =>
      items.get?.(itemKey, (_error, existing) => callback(checkConditional(data, existing), {})),
    );
  });
};
