import type { TableDescription } from 'dynalite/db/index.js';
import { AwsError } from '../service.ts';
import type { Disk } from './disk.ts';
import { droppedPrefix, indexesPrefix, itemPrefix, tablePrefix, within } from './rows.ts';

/** A table and what DynamoDB keeps beside its description. */
export type Table = { description: TableDescription; timeToLiveAttribute?: string };

/** The tables, in memory and on disk. A table's rows live under its id: a new table never inherits an old one's. */
export type Tables = {
  names(): string[];
  /** @throws ResourceNotFoundException */
  get(name: string): Table;
  has(name: string): boolean;
  /** Keeps a new or changed table; it is on disk with the next batch. */
  save(table: Table): void;
  /** Forgets a table at once; its rows go with `clearDropped`. */
  drop(table: Table): void;
  /** Deletes the rows of dropped tables, also those a killed process left. */
  clearDropped(): Promise<void>;
};

export async function loadTables(disk: Disk): Promise<Tables> {
  const tables = new Map<string, Table>();
  for await (const row of disk.values(within(tablePrefix))) {
    const table = JSON.parse(row) as Table;
    tables.set(table.description.TableName, table);
  }
  const stage = (...changes: [string, string | null][]) => disk.stage(new Map(changes));
  return {
    names: () => [...tables.keys()].sort(),
    has: (name) => tables.has(name),
    get: (name) => tables.get(name) ?? notFound(name),
    save(table) {
      tables.set(table.description.TableName, table);
      stage([tablePrefix + table.description.TableName, JSON.stringify(table)]);
    },
    drop({ description }) {
      tables.delete(description.TableName);
      stage([tablePrefix + description.TableName, null], [droppedPrefix + description.TableId, '']);
    },
    async clearDropped() {
      for await (const [row] of disk.entries(within(droppedPrefix))) {
        const tableId = row.slice(droppedPrefix.length);
        await disk.clear(itemPrefix(tableId));
        await disk.clear(indexesPrefix(tableId));
        stage([row, null]);
      }
    },
  };
}

function notFound(name: string): never {
  throw new AwsError('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
}
