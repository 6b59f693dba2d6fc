import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { openDatabase } from './database.ts';
import { type ObjectFiles, openObjectFiles, type Range } from './object-files.ts';

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

/**
 * Buckets and objects: rows in one SQLite file, and the bytes of each object in a file beside it. A key is a value in a
 * column and never a path, so no key can leave the folder.
 *
 * A put writes a file and flushes it, then commits the row that names it, then removes the file of the object before. So
 * nobody ever reads half of an object, a put that fails changes nothing, and what a crash leaves over is a file without a
 * row, which goes when the store is opened.
 */
export type Store = {
  createBucket(bucket: Bucket): 'created' | 'exists';
  removeBucket(name: string): 'removed' | 'not empty';
  hasBucket(name: string): boolean;
  buckets(): Bucket[];
  /** A file with what `fill` writes, for a put; none when `fill` fails. */
  write: ObjectFiles['create'];
  /** Makes a file that was written the bytes of an object; it goes when nothing is put. */
  put(
    bucket: string,
    key: string,
    object: { properties: Properties; file: string },
    condition: 'always' | 'if new',
  ): 'put' | 'exists' | 'no bucket';
  head(bucket: string, key: string): Properties | undefined;
  /** The bytes of an object that is there; they stay as they are now, whatever becomes of the object. */
  read(bucket: string, key: string, range?: Range): Readable;
  remove(bucket: string, key: string): void;
  /** Keys from `start` on, in the order of their UTF-8 bytes, read as they are asked for. */
  list(bucket: string, start: string): Iterable<{ key: string; properties: Properties }>;
  close(): void;
};

export function openStore(folder: string): Store {
  const objectsFolder = join(folder, 'objects');
  const files = openObjectFiles(objectsFolder);
  const database = openDatabase(join(folder, 's3.db'), objectsFolder);
  const rows = database.prepare('SELECT file FROM objects').all();
  files.removeAllBut(new Set(rows.map(({ file }) => String(file))));
  const insertBucket = database.prepare('INSERT OR IGNORE INTO buckets VALUES (?, ?)');
  const deleteBucket = database.prepare(
    'DELETE FROM buckets WHERE name = ?1 AND NOT EXISTS (SELECT 1 FROM objects WHERE bucket = ?1)',
  );
  const selectBucket = database.prepare('SELECT 1 FROM buckets WHERE name = ?');
  const selectBuckets = database.prepare('SELECT name, createdAtEpochMs FROM buckets ORDER BY name');
  const values = 'INTO objects SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM buckets WHERE name = ?1)';
  const inserts = {
    always: database.prepare(`INSERT OR REPLACE ${values}`),
    'if new': database.prepare(`INSERT OR IGNORE ${values}`),
  };
  const selectProperties = database.prepare('SELECT properties FROM objects WHERE bucket = ? AND key = ?');
  const selectFile = database.prepare('SELECT file FROM objects WHERE bucket = ? AND key = ?');
  const remove = database.prepare('DELETE FROM objects WHERE bucket = ? AND key = ?');
  const list = 'SELECT key, properties FROM objects WHERE bucket = ? AND key >= ? ORDER BY key';
  const hasBucket = (name: string) => selectBucket.get(name) !== undefined;
  const fileOf = (bucket: string, key: string) => selectFile.get(bucket, key)?.file as string | undefined;
  return {
    createBucket: (bucket) =>
      insertBucket.run(bucket.name, bucket.createdAtEpochMs).changes === 0 ? 'exists' : 'created',
    removeBucket: (name) => (deleteBucket.run(name).changes === 0 ? 'not empty' : 'removed'),
    hasBucket,
    buckets: () => selectBuckets.all() as Bucket[],
    write: files.create,
    put(bucket, key, { properties, file }, condition) {
      let unused: string | undefined = file;
      try {
        const replaced = fileOf(bucket, key);
        const { changes } = inserts[condition].run(bucket, key, JSON.stringify(properties), file);
        if (changes === 0) return hasBucket(bucket) ? 'exists' : 'no bucket';
        unused = replaced;
        return 'put';
      } finally {
        if (unused !== undefined) files.remove(unused);
      }
    },
    head(bucket, key) {
      const found = selectProperties.get(bucket, key);
      return found && parse(found);
    },
    read: (bucket, key, range) => files.read(fileOf(bucket, key)!, range),
    remove(bucket, key) {
      const file = fileOf(bucket, key);
      remove.run(bucket, key);
      if (file !== undefined) files.remove(file);
    },
    *list(bucket, start) {
      // A statement of its own: two lists may be read at the same time.
      for (const found of database.prepare(list).iterate(bucket, start))
        yield { key: String(found.key), properties: parse(found) };
    },
    close: () => void (database.isOpen && database.close()),
  };
}

const parse = (found: Record<string, unknown>) => JSON.parse(String(found.properties)) as Properties;
