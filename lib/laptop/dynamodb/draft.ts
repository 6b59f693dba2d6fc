import type { Action, Callback, Data, Item, Store, TableDescription } from 'dynalite/db/index.js';
import { AwsError } from '../service.ts';
import { storeOptions, toAwsError } from './check.ts';
import type { Changes, Disk } from './disk.ts';
import { indexKey, indexPrefix, itemPrefix } from './rows.ts';
import { type Output, runAction } from './run-action.ts';
import type { Tables } from './tables.ts';

/**
 * The changes one request wants, item and index entries alike, so that they reach the disk in one batch.
 *
 * dynalite's actions read and write through it without a turn of the event loop in between. That is what serialises
 * conditional writes: nobody else can decide between an action's read and its write.
 */
export type Draft = {
  changes: Changes;
  /**
   * @returns What the action answers.
   * @throws AwsError as the action raises it; a failed condition carries `Item` when the request asked for it.
   */
  run(action: Action, data: Data): Output;
};

/** @param repeated Message of the ValidationException for a second action on one item. */
export function createDraft(disk: Disk, tables: Tables, repeated: string): Draft {
  const changes: Changes = new Map();
  const claimed = new Set<string>();
  const claim = (row: string) => {
    if (claimed.has(row)) throw new AwsError('ValidationException', repeated);
    claimed.add(row);
  };
  return {
    changes,
    run(action, data) {
      const view = createView(disk, tables.get(data.TableName).description, changes, claim);
      try {
        return runAction(action, view.store, data);
      } catch (error) {
        throw withOldItem(toAwsError(error) ?? error, data, view.existing());
      }
    },
  };
}

/** The store of one action on one item. */
function createView(disk: Disk, table: TableDescription, changes: Changes, claim: (row: string) => void) {
  let existing: Item | undefined;
  let itemKey = '';
  const itemRow = (key: string) => itemPrefix(table.TableId) + key;
  const indexRow = (index: string, key: string) => indexPrefix(table.TableId, index) + indexKey(key, itemKey);
  const write = (row: string, item: Item | null, done: Callback) => {
    changes.set(row, item && JSON.stringify(item));
    done(null);
  };
  const itemDb = {
    lock(key: string, run: (release: (callback: Callback) => Callback) => void) {
      itemKey = key;
      claim(itemRow(key));
      run((callback) => callback);
    },
    get(key: string, done: Callback<Item>) {
      existing = parseItem(disk.latest(itemRow(key)));
      done(null, existing);
    },
    put: (key: string, item: Item, done: Callback) => write(itemRow(key), item, done),
    del: (key: string, done: Callback) => write(itemRow(key), null, done),
  };
  const store: Store = {
    options: storeOptions,
    getTable: (_name, done) => done(null, table),
    getItemDb: () => itemDb,
    getIndexDb: (_kind, _table, index) => ({
      put: (key, item, done) => write(indexRow(index, key), item, done),
      del: (key, done) => write(indexRow(index, key), null, done),
    }),
  };
  return { store, existing: () => existing };
}

export const parseItem = (row: string | undefined) => (row === undefined ? undefined : (JSON.parse(row) as Item));

/**
 * `ReturnValuesOnConditionCheckFailure: ALL_OLD` puts the stored item into the error.
 *
 * @see Amazon DynamoDB API Reference, PutItem
 */
function withOldItem(error: unknown, data: Data, existing: Item | undefined) {
  const wanted = data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && existing;
  if (!wanted || !(error instanceof AwsError) || error.code !== 'ConditionalCheckFailedException') return error;
  return new AwsError(error.code, error.message, { fields: { Item: existing } });
}
