import type { Clock } from '../clock.ts';
import type { Operation } from '../json-service.ts';
import type { Disk } from './disk.ts';
import { createDraft, type Draft } from './draft.ts';
import type { Tables } from './tables.ts';

/** What every operation works on. */
export type Database = {
  disk: Disk;
  tables: Tables;
  clock: Clock;
  account: string;
  region: string;
  /**
   * One write request. `decide` runs at once and alone; its changes reach the disk together, and the answer waits for
   * them. A refusal waits too: it may rest on a write that is not on disk yet.
   *
   * @param repeated Message of the ValidationException for a second action on one item.
   */
  write<Output>(decide: (draft: Draft) => Output, repeated?: string): Promise<Output>;
};

/** An operation, given its database. */
export type DatabaseOperation = (database: Database) => Operation;

export function createDatabase(parts: Omit<Database, 'write'>): Database {
  return {
    ...parts,
    async write(decide, repeated = '') {
      try {
        const draft = createDraft(parts.disk, parts.tables, repeated);
        const output = decide(draft);
        parts.disk.stage(draft.changes);
        return output;
      } finally {
        await parts.disk.settled();
      }
    },
  };
}
