import { Stream } from 'node:stream';
import getItem from 'dynalite/actions/getItem.js';
import type { Action, Data, Item, Range, Store } from 'dynalite/db/index.js';
import { storeOptions } from './check.ts';
import type { Bounds, Disk } from './disk.ts';
import { parseItem } from './draft.ts';
import { indexPrefix, indexStart, itemPrefix, within } from './rows.ts';
import { type Output, runAction } from './run-action.ts';
import type { Tables } from './tables.ts';

/** GetItem on what is on disk. Several in one turn of the event loop see one moment. */
export function readItem(disk: Disk, tables: Tables, data: Data): Output {
  const { description } = tables.get(data.TableName);
  const store: Store = {
    options: storeOptions,
    getTable: (_name, done) => done(null, description),
    getItemDb: () => ({
      get: (key, done) => done(null, parseItem(disk.get(itemPrefix(description.TableId) + key))),
    }),
    getIndexDb: () => ({}),
  };
  return runAction(getItem, store, data);
}

/** Runs dynalite's Query or Scan on what is on disk. One call sees one moment: LevelDB iterates over a snapshot. */
export function readRange(disk: Disk, tables: Tables, action: Action, data: Data): Promise<object> {
  const { description } = tables.get(data.TableName);
  const { TableId } = description;
  const fromStart = (range: Range): Range => {
    const start = data.ExclusiveStartKey as Item | undefined;
    const side = data.ScanIndexForward === false ? 'lt' : 'gt';
    return start ? { ...range, [side]: indexStart(range[side]!, start, description) } : range;
  };
  return new Promise((resolve, reject) => {
    const read = (prefix: string, range: Range) => streamOf(disk.values(boundsOf(prefix, range)), reject);
    const store: Store = {
      options: storeOptions,
      getTable: (_name, done) => done(null, description),
      getItemDb: () => ({ createValueStream: (range) => read(itemPrefix(TableId), range) }),
      getIndexDb: (_kind, _table, index) => ({
        createValueStream: (range) => read(indexPrefix(TableId, index), fromStart(range)),
      }),
    };
    action(store, data, (error, output) => (error ? reject(error) : resolve(output!)));
  });
}

function boundsOf(prefix: string, { limit, reverse, ...range }: Range): Bounds {
  const bounds: Bounds = Object.fromEntries(Object.entries(range).map(([side, key]) => [side, prefix + key]));
  if (range.gt === undefined && range.gte === undefined) bounds.gte = within(prefix).gte;
  if (range.lt === undefined && range.lte === undefined) bounds.lt = within(prefix).lt;
  return { ...bounds, reverse: reverse ?? false, limit: limit ?? -1 };
}

/**
 * The values as the old-style stream that dynalite's actions listen to. They have no error path of their own: whatever
 * a listener throws ends in `fail` instead of ending the process.
 */
function streamOf(rows: AsyncIterable<string>, fail: (error: unknown) => void) {
  let stopped = false;
  const destroy = () => {
    stopped = true;
  };
  const stream = Object.assign(new Stream(), { destroy });
  const pump = async () => {
    for await (const row of rows) {
      if (stopped) break;
      stream.emit('data', JSON.parse(row));
    }
    stream.emit('end');
  };
  pump().catch(fail);
  return stream;
}
