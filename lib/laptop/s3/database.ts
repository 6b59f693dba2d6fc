import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openPrivateDatabase } from '../private-database.ts';

const tables = `
  CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, createdAtEpochMs INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key TEXT NOT NULL, properties TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (bucket, key)
  ) STRICT`;

/** The rows of the store: buckets, and what is known of objects. */
export function openDatabase(file: string, objectsFolder: string): DatabaseSync {
  const database = openPrivateDatabase(file);
  database.exec('PRAGMA journal_mode = WAL');
  if (hasBodies(database)) moveBodies(database, objectsFolder);
  database.exec(tables);
  return database;
}

/** An older data folder: its objects are whole in their rows. */
const hasBodies = (database: DatabaseSync) =>
  database.prepare(`SELECT 1 FROM pragma_table_info('objects') WHERE name = 'body'`).get() !== undefined;

/** In one transaction: after a move that was cut short the next open moves all again, and removes the files of the first. */
function moveBodies(database: DatabaseSync, objectsFolder: string): void {
  database.function('fileOf', (body) => {
    const file = randomUUID();
    writeFileSync(join(objectsFolder, file), body as Uint8Array, { mode: 0o600, flush: true });
    return file;
  });
  database.exec(`
    BEGIN;
    ALTER TABLE objects RENAME TO bodies;
    ${tables};
    INSERT INTO objects SELECT bucket, key, properties, fileOf(body) FROM bodies;
    DROP TABLE bodies`);
  const folder = openSync(objectsFolder, 'r');
  fsyncSync(folder);
  closeSync(folder);
  database.exec('COMMIT; VACUUM');
}
