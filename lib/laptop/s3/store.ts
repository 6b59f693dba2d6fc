import { join } from 'node:path';
import { openPrivateDatabase } from '../private-database.ts';

export type Bucket = { name: string; createdAtEpochMs: number };

/** What S3 keeps of an object beside its bytes. */
export type Properties = {
  /** Quoted, as in the header. */
  etag: string;
  sizeBytes: number;
  modifiedAtEpochMs: number;
  /** `Content-Type` and others that come back as they were sent. */
  headers: Record<string, string>;
  /** `x-amz-meta-…`, names in full. */
  metadata: Record<string, string>;
  /** `x-amz-checksum-…`, for who asks for it. */
  checksum: Record<string, string>;
};

export type StoredObject = { properties: Properties; body: Buffer };

/**
 * Buckets and objects in one SQLite file. A key is a value in a column and never a path, so no key can leave the folder;
 * an object is replaced in one commit, so nobody ever reads half of one.
 */
export type Store = {
  createBucket(bucket: Bucket): 'created' | 'exists';
  removeBucket(name: string): 'removed' | 'not empty';
  hasBucket(name: string): boolean;
  buckets(): Bucket[];
  put(bucket: string, key: string, object: StoredObject): void;
  putNew(bucket: string, key: string, object: StoredObject): 'created' | 'exists';
  head(bucket: string, key: string): Properties | undefined;
  get(bucket: string, key: string): StoredObject | undefined;
  remove(bucket: string, key: string): void;
  /** Keys from `start` on, in the order of their UTF-8 bytes, read as they are asked for. */
  list(bucket: string, start: string): Iterable<{ key: string; properties: Properties }>;
  close(): void;
};

export function openStore(folder: string): Store {
  const database = openPrivateDatabase(join(folder, 's3.db'));
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, createdAtEpochMs INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS objects (
      bucket TEXT NOT NULL, key TEXT NOT NULL, properties TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (bucket, key)
    ) STRICT`);
  const insertBucket = database.prepare('INSERT OR IGNORE INTO buckets VALUES (?, ?)');
  const deleteBucket = database.prepare(
    'DELETE FROM buckets WHERE name = ?1 AND NOT EXISTS (SELECT 1 FROM objects WHERE bucket = ?1)',
  );
  const selectBucket = database.prepare('SELECT 1 FROM buckets WHERE name = ?');
  const selectBuckets = database.prepare('SELECT name, createdAtEpochMs FROM buckets ORDER BY name');
  const replace = database.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)');
  const insert = database.prepare('INSERT OR IGNORE INTO objects VALUES (?, ?, ?, ?)');
  const selectProperties = database.prepare('SELECT properties FROM objects WHERE bucket = ? AND key = ?');
  const select = database.prepare('SELECT properties, body FROM objects WHERE bucket = ? AND key = ?');
  const remove = database.prepare('DELETE FROM objects WHERE bucket = ? AND key = ?');
  const list = 'SELECT key, properties FROM objects WHERE bucket = ? AND key >= ? ORDER BY key';
  const outcome = (changes: number | bigint) => (changes === 0 ? 'exists' : 'created');
  return {
    createBucket: (bucket) => outcome(insertBucket.run(bucket.name, bucket.createdAtEpochMs).changes),
    removeBucket: (name) => (deleteBucket.run(name).changes === 0 ? 'not empty' : 'removed'),
    hasBucket: (name) => selectBucket.get(name) !== undefined,
    buckets: () => selectBuckets.all() as Bucket[],
    put: (...object) => void replace.run(...row(...object)),
    putNew: (...object) => outcome(insert.run(...row(...object)).changes),
    head(bucket, key) {
      const found = selectProperties.get(bucket, key);
      return found && parse(found);
    },
    get(bucket, key) {
      const found = select.get(bucket, key);
      return found && { properties: parse(found), body: Buffer.from(found.body as Uint8Array) };
    },
    remove: (bucket, key) => void remove.run(bucket, key),
    *list(bucket, start) {
      // A statement of its own: two lists may be read at the same time.
      for (const found of database.prepare(list).iterate(bucket, start))
        yield { key: String(found.key), properties: parse(found) };
    },
    close: () => void (database.isOpen && database.close()),
  };
}

const row = (bucket: string, key: string, { properties, body }: StoredObject) =>
  [bucket, key, JSON.stringify(properties), body] as const;

const parse = (found: Record<string, unknown>) => JSON.parse(String(found.properties)) as Properties;
