import { openPrivateDatabase } from '../private-database.ts';
import type { Secret } from './secret.ts';

/** The secrets on disk, one row each. A save is on disk when it returns. */
export type Store = {
  find(name: string): Secret | undefined;
  all(): Secret[];
  save(secret: Secret): void;
  remove(name: string): void;
  close(): void;
};

export function openStore(file: string): Store {
  const database = openPrivateDatabase(file);
  // Overwrites what is deleted, so that it does not stay in the file; for the same reason there is no WAL here.
  database.exec('PRAGMA secure_delete = ON');
  database.exec('CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, secret TEXT NOT NULL) STRICT');
  const [select, selectAll] = [
    database.prepare('SELECT secret FROM secrets WHERE name = ?'),
    database.prepare('SELECT secret FROM secrets'),
  ];
  const insert = database.prepare('INSERT OR REPLACE INTO secrets (name, secret) VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM secrets WHERE name = ?');
  const parse = (row: Record<string, unknown>) => JSON.parse(String(row.secret)) as Secret;
  return {
    find(name) {
      const row = select.get(name);
      return row && parse(row);
    },
    all: () => selectAll.all().map(parse),
    save: (secret) => void insert.run(secret.name, JSON.stringify(secret)),
    remove: (name) => void remove.run(name),
    close: () => void (database.isOpen && database.close()),
  };
}
