import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { startS3 } from './support.ts';

async function open(folder?: string) {
  const s3 = await startS3(folder);
  const read = async (Key: string) => {
    const object = await s3.client.send(new GetObjectCommand({ Bucket: 'inbox', Key }));
    return [await object.Body!.transformToString(), object.ETag];
  };
  return { ...s3, read };
}

it('opening removes files that are no object’s', async () => {
  const first = await open();
  await first.client.send(new PutObjectCommand({ Bucket: 'inbox', Key: 'a', Body: 'kept' }));
  const kept = first.files();
  await first.stop();
  for (const name of ['abandoned', 'unfinished.part'])
    writeFileSync(join(first.folder, 'data', 'objects', name), 'left over');

  const second = await open(first.folder);

  onTestFinished(async () => {
    await second.stop();
    second.remove();
  });
  expect(second.files()).toEqual(kept);
  expect((await second.read('a'))[0]).toBe('kept');
});

it('opening moves objects of an old data folder out of their rows', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-s3-'));
  mkdirSync(join(folder, 'data'));
  const old = new DatabaseSync(join(folder, 'data', 's3.db'));
  old.exec(`
    CREATE TABLE buckets (name TEXT PRIMARY KEY, createdAtEpochMs INTEGER NOT NULL) STRICT;
    CREATE TABLE objects (
      bucket TEXT NOT NULL, key TEXT NOT NULL, properties TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (bucket, key)
    ) STRICT`);
  const insert = old.prepare('INSERT INTO objects VALUES (?, ?, ?, ?)');
  for (const body of ['hello', '']) {
    const properties = { etag: `"${body}"`, sizeBytes: body.length, modifiedAtEpochMs: 0 };
    const kept = { ...properties, headers: {}, metadata: {}, checksum: {} };
    insert.run('inbox', `key ${body}`, JSON.stringify(kept), Buffer.from(body));
  }
  old.close();

  await (await open(folder)).stop();
  const s3 = await open(folder);

  onTestFinished(async () => {
    await s3.stop();
    s3.remove();
  });
  expect(await s3.read('key hello')).toEqual(['hello', '"hello"']);
  expect(await s3.read('key ')).toEqual(['', '""']);
  expect(s3.files()).toHaveLength(2);
});
