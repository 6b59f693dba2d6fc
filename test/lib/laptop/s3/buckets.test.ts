import {
  CreateBucketCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, startS3 } from './support.ts';

let s3: Awaited<ReturnType<typeof startS3>>;
const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'b/\u0001&<', 'c/1', 'd', 'ü', '\uffee', '😀'];
beforeAll(async () => {
  s3 = await startS3();
  for (const Key of keys) await s3.client.send(new PutObjectCommand({ Bucket: 'inbox', Key, Body: 'x' }));
});
afterAll(async () => {
  await s3.stop();
  s3.remove();
});

const inOrder = (texts: string[]) =>
  texts.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));

async function list(options: Partial<ListObjectsV2Command['input']> = {}) {
  const found: string[] = [];
  const pages = paginateListObjectsV2({ client: s3.client }, { Bucket: 'inbox', ...options });
  for await (const { Contents = [], CommonPrefixes = [], KeyCount } of pages) {
    expect(KeyCount).toBe(Contents.length + CommonPrefixes.length);
    found.push(...inOrder([...Contents.map(({ Key }) => Key!), ...CommonPrefixes.map(({ Prefix }) => Prefix!)]));
  }
  return found;
}

describe('listing objects', () => {
  it('answers keys in the order of their bytes, with size, time and tag', async () => {
    const { Contents } = await s3.client.send(new ListObjectsV2Command({ Bucket: 'inbox', MaxKeys: 1 }));

    expect(await list()).toEqual(inOrder(keys));
    expect(Contents).toMatchObject([
      { Key: 'a', Size: 1, LastModified: new Date('2026-11-20T00:00:00Z'), ETag: '"9dd4e461268c8034f5c8564e155c67a6"' },
    ]);
  });

  it.each([1, 2, 3, 100])('pages by %i', async (MaxKeys) => {
    expect(await list({ MaxKeys })).toEqual(inOrder(keys));
  });

  it('answers the keys of a prefix', async () => {
    expect(await list({ Prefix: 'b/' })).toEqual(inOrder(keys.filter((key) => key.startsWith('b/'))));
    expect(await list({ Prefix: 'none' })).toEqual([]);
  });

  it.each([1, 2, 100])('rolls keys up to a delimiter, in pages of %i', async (MaxKeys) => {
    expect(await list({ Delimiter: '/', MaxKeys })).toEqual(inOrder(['a', 'b/', 'c/', 'd', 'ü', '\uffee', '😀']));
    expect(await list({ Delimiter: '/', Prefix: 'b/', MaxKeys })).toEqual(
      inOrder(['b/\u0001&<', 'b/1', 'b/2', 'b/c/']),
    );
  });

  it('starts after a key', async () => {
    expect(await list({ StartAfter: 'd' })).toEqual(inOrder(['ü', '\uffee', '😀']));
  });

  it('encodes keys when asked', async () => {
    expect(await list({ Prefix: 'ü', EncodingType: 'url' })).toEqual(['%C3%BC']);
  });

  it('refuses what it does not know by name', async () => {
    const first = await failure(s3.client.send(new ListObjectsCommand({ Bucket: 'inbox' })));
    const location = await failure(s3.client.send(new GetBucketLocationCommand({ Bucket: 'inbox' })));
    const absent = await failure(s3.client.send(new ListObjectsV2Command({ Bucket: 'absent' })));

    expect([first.name, location.name, absent.name]).toEqual([
      'NotEmulatedException',
      'NotEmulatedException',
      'NoSuchBucket',
    ]);
  });
});

describe('buckets', () => {
  it('are created, found and listed', async () => {
    await s3.client.send(new CreateBucketCommand({ Bucket: 'archive-2026' }));

    const { Buckets } = await s3.client.send(new ListBucketsCommand({}));

    expect(Buckets).toMatchObject([
      { Name: 'archive-2026', CreationDate: new Date('2026-11-20T00:00:00Z') },
      { Name: 'inbox' },
    ]);
    await s3.client.send(new HeadBucketCommand({ Bucket: 'archive-2026' }));
    expect(await failure(s3.client.send(new HeadBucketCommand({ Bucket: 'absent' })))).toMatchObject({
      name: 'NotFound',
    });
  });

  it.each(['Upper', 'a_b', 'ab', '1.2.3.4', 'a..b'])('are not called %s', async (Bucket) => {
    expect((await failure(s3.client.send(new CreateBucketCommand({ Bucket })))).name).toBe('InvalidBucketName');
  });
});
