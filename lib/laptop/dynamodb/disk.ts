import { mkdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Level } from 'level';
import { within } from './rows.ts';

/** Key to value; null deletes. */
export type Changes = Map<string, string | null>;

export type Bounds = { gt?: string; gte?: string; lt?: string; lte?: string; reverse?: boolean; limit?: number };

/**
 * The LevelDB under all tables. Every change passes three states: *staged* (decided in this turn of the event loop),
 * *writing* (in the one batch LevelDB is writing), *on disk*. A batch holds whatever was staged while the one before it
 * was written, is atomic, and is synced: a killed process or a power cut keeps all of it or none.
 */
export type Disk = {
  /** The value as the next writer must see it: staged changes count. */
  latest(key: string): string | undefined;
  /** The value on disk. */
  get(key: string): string | undefined;
  /** Reads a range as it is on disk at the time of the call. */
  entries(bounds: Bounds): AsyncIterable<[string, string]>;
  values(bounds: Bounds): AsyncIterable<string>;
  stage(changes: Changes): void;
  /** Resolves once everything staged so far is on disk. After a failed batch it rejects until the next start. */
  settled(): Promise<void>;
  /** Deletes a range from disk, in any number of steps. */
  clear(prefix: string): Promise<void>;
  close(): Promise<void>;
};

/** @throws Error when another process has the folder open. */
export async function openDisk(folder: string): Promise<Disk> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const level = new Level(folder);
  await level.open().catch((cause) => {
    throw new Error(`[syncline] [laptop] [dynamodb] cannot open ${folder}; is another laptop running?`, { cause });
  });
  const queue = createQueue((changes) => level.batch(batchOf(changes), { sync: true }));
  return {
    latest: (key) => queue.find(key, () => level.getSync(key)),
    get: (key) => level.getSync(key),
    entries: (bounds) => level.iterator(bounds),
    values: (bounds) => level.values(bounds),
    stage: queue.stage,
    settled: queue.settled,
    clear: (prefix) => level.clear(within(prefix)),
    close: () => queue.settled().finally(() => level.close()),
  };
}

function createQueue(write: (changes: Changes) => Promise<void>) {
  let staged: Changes = new Map();
  let writing: Changes = new Map();
  let last = Promise.resolve();
  const commit = async (previous: Promise<void>) => {
    await previous;
    await nextTurn();
    [writing, staged] = [staged, new Map()];
    await write(writing);
    writing = new Map();
  };
  return {
    find(key: string, onDisk: () => string | undefined) {
      const change = staged.has(key) ? staged.get(key) : writing.get(key);
      return change === undefined ? onDisk() : (change ?? undefined);
    },
    stage(changes: Changes) {
      if (changes.size === 0) return;
      if (staged.size === 0) {
        last = commit(last);
        last.catch(() => {}); // whoever staged waits on settled() and hears of it
      }
      for (const [key, value] of changes) staged.set(key, value);
    },
    settled: () => last,
  };
}

function batchOf(changes: Changes) {
  return Array.from(changes, ([key, value]) =>
    value === null ? { type: 'del' as const, key } : { type: 'put' as const, key, value },
  );
}
