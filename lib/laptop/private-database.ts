import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Opens a SQLite file that only the user reads: mode 0600, in a folder of mode 0700 when that is missing. SQLite gives its
 * journals the same mode. What a statement changed is on disk when the statement returns.
 */
export function openPrivateDatabase(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const database = new DatabaseSync(file);
  database.exec('PRAGMA synchronous = FULL');
  return database;
}
