import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { openPrivateDatabase } from '../private-database.ts';
import type { Mode } from './vendor.ts';

export type Fields = Record<string, unknown>;

/** What a vendor holds. `writes` counts effects: a write that changes nothing is none. */
export type SandboxRecord = { type: string; id: string; key: string; fields: Fields; writes: number };

/** The records of one target. */
export type Records = {
  get(type: string, id: string): SandboxRecord | undefined;
  /** By what it was added with as `lookup`. */
  find(type: string, lookup: string): SandboxRecord | undefined;
  /** @param record.lookup One of a kind within its type. @default the id: never found again */
  add(record: Omit<SandboxRecord, 'writes'> & { lookup?: string }): void;
  /** One more write, if `fields` differ from what is there. */
  change(record: SandboxRecord, fields: Fields): void;
  /** 1, 2, 3, …: never the same again, even after the records were emptied. */
  nextNumber(): number;
};

/** One target as its control routes see it. */
export type TargetStore = {
  readonly records: Records;
  /** In the order in which they were added. */
  all(): SandboxRecord[];
  /** Removes the records and begins to count calls from 0; the mode stays. */
  empty(): void;
  calls(): number;
  countCall(): void;
  mode(): Mode;
  setMode(mode: Mode): void;
};

export type Store = {
  target(name: string): TargetStore;
  /** All of what `run` writes, or none of it. */
  transaction<Result>(run: () => Result): Result;
  close(): void;
};

/**
 * Records and modes in one SQLite file.
 *
 * Write-ahead log, `synchronous = NORMAL`: what was answered survives kill -9 of this process. A power cut may take the
 * last moments, but never half an effect.
 */
export function openStore(file: string): Store {
  const database = openPrivateDatabase(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS targets (
      name TEXT PRIMARY KEY, mode TEXT NOT NULL DEFAULT 'ok', calls INTEGER NOT NULL DEFAULT 0,
      numbers INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE IF NOT EXISTS records (
      target TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, lookup TEXT NOT NULL,
      fields TEXT NOT NULL, writes INTEGER NOT NULL DEFAULT 1, UNIQUE (target, type, id), UNIQUE (target, type, lookup)
    ) STRICT`);
  return {
    target: (name) => openTarget(database, name),
    transaction: (run) => transaction(database, run),
    close: () => void (database.isOpen && database.close()),
  };
}

function openTarget(database: DatabaseSync, name: string): TargetStore {
  database.prepare('INSERT OR IGNORE INTO targets (name) VALUES (?)').run(name);
  const select = database.prepare('SELECT mode, calls FROM targets WHERE name = ?');
  const countCall = database.prepare('UPDATE targets SET calls = calls + 1 WHERE name = ?');
  const setMode = database.prepare('UPDATE targets SET mode = ? WHERE name = ?');
  const selectAll = database.prepare('SELECT * FROM records WHERE target = ? ORDER BY rowid');
  const removeAll = database.prepare('DELETE FROM records WHERE target = ?');
  const resetCalls = database.prepare('UPDATE targets SET calls = 0 WHERE name = ?');
  return {
    records: recordsOf(database, name),
    all: () => selectAll.all(name).map(parse),
    empty: () =>
      transaction(database, () => {
        removeAll.run(name);
        resetCalls.run(name);
      }),
    calls: () => Number(select.get(name)!.calls),
    countCall: () => void countCall.run(name),
    mode: () => select.get(name)!.mode as Mode,
    setMode: (mode) => void setMode.run(mode, name),
  };
}

function recordsOf(database: DatabaseSync, target: string): Records {
  const get = database.prepare('SELECT * FROM records WHERE target = ? AND type = ? AND id = ?');
  const find = database.prepare('SELECT * FROM records WHERE target = ? AND type = ? AND lookup = ?');
  const add = database.prepare('INSERT INTO records (target, type, id, key, lookup, fields) VALUES (?, ?, ?, ?, ?, ?)');
  const change = database.prepare(
    'UPDATE records SET fields = ?, writes = writes + 1 WHERE target = ? AND type = ? AND id = ? AND fields <> ?',
  );
  const next = database.prepare('UPDATE targets SET numbers = numbers + 1 WHERE name = ? RETURNING numbers');
  const parsed = (row: Row | undefined) => row && parse(row);
  return {
    get: (type, id) => parsed(get.get(target, type, id)),
    find: (type, lookup) => parsed(find.get(target, type, lookup)),
    add: ({ type, id, key, lookup = id, fields }) =>
      void add.run(target, type, id, key, lookup, JSON.stringify(fields)),
    change({ type, id }, fields) {
      const text = JSON.stringify(fields);
      change.run(text, target, type, id, text);
    },
    nextNumber: () => Number(next.get(target)!.numbers),
  };
}

type Row = Record<string, SQLOutputValue>;

const parse = ({ type, id, key, fields, writes }: Row): SandboxRecord => ({
  ...{ type: String(type), id: String(id), key: String(key) },
  ...{ fields: JSON.parse(String(fields)) as Fields, writes: Number(writes) },
});

function transaction<Result>(database: DatabaseSync, run: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = run();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
