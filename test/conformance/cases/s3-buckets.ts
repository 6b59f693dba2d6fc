import {
  CreateBucketCommand,
  DeleteBucketCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { type Case, casesOf, type Tools } from '../case.ts';
import { createBucket } from '../resources/buckets.ts';
import { s3Api, s3Guide } from './pages.ts';

const listing = s3Guide('"Listing object keys programmatically"');
const prefixes = s3Guide('"Organizing objects using prefixes"');

/** Keys of a case under a prefix of its own. */
async function keysOf({ s3, unique, bucket }: Tools, names: string[]) {
  const Bucket = await bucket();
  const prefix = `${unique('keys')}/`;
  await Promise.all(names.map((name) => s3.send(new PutObjectCommand({ Bucket, Key: prefix + name, Body: name }))));
  async function list(input: Partial<ListObjectsV2CommandInput> = {}) {
    const answer = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, ...input }));
    const bare = (key = '') => key.slice(prefix.length);
    const keys = (answer.Contents ?? []).map(({ Key }) => bare(Key));
    const folders = (answer.CommonPrefixes ?? []).map((folder) => bare(folder.Prefix));
    return { ...answer, keys, folders };
  }
  return { prefix, list };
}

/** Listing, and buckets. */
export const buckets: Case[] = casesOf('s3', [
  {
    name: 'keys are listed in the order of their UTF-8 bytes',
    fact: s3Api('ListObjectsV2'),
    async run(tools) {
      const { list } = await keysOf(tools, ['b', 'a', 'B', '10', '9', 'é', '\uffee', '🚚']);

      tools.expect.equal((await list()).keys, ['10', '9', 'B', 'a', 'b', 'é', '\uffee', '🚚']);
    },
  },
  {
    name: 'a list tells size, time and ETag',
    fact: s3Api('ListObjectsV2'),
    async run(tools) {
      const { list } = await keysOf(tools, ['hello']);

      const [entry] = (await list()).Contents ?? [];

      tools.expect.like(entry, { Size: 5, ETag: '"5d41402abc4b2a76b9719d911017c592"', StorageClass: 'STANDARD' });
      const age = Math.abs(Date.now() - (entry?.LastModified?.getTime() ?? 0));
      tools.expect.that(age < 120_000, `LastModified is ${age} ms away`);
    },
  },
  {
    name: 'a list answers the keys of a prefix alone',
    fact: prefixes,
    async run(tools) {
      const { prefix, list } = await keysOf(tools, ['a/1', 'a/2', 'ab', 'b']);

      tools.expect.equal((await list({ Prefix: `${prefix}a/` })).keys, ['a/1', 'a/2']);
    },
  },
  {
    name: 'a delimiter rolls keys up, each folder once',
    fact: prefixes,
    async run(tools) {
      const { list } = await keysOf(tools, ['a/1', 'a/2', 'a/b/3', 'c', 'd/4']);

      const answer = await list({ Delimiter: '/' });

      tools.expect.equal([answer.folders, answer.keys, answer.KeyCount], [['a/', 'd/'], ['c'], 3]);
    },
  },
  {
    name: 'pages go on where the one before ended, and the last is not truncated',
    fact: listing,
    async run(tools) {
      const { list } = await keysOf(tools, ['1', '2', '3', '4', '5']);
      const pages: string[][] = [];
      let ContinuationToken: string | undefined;
      do {
        const answer = await list({ MaxKeys: 2, ContinuationToken });
        pages.push(answer.keys);
        ContinuationToken = answer.NextContinuationToken;
        tools.expect.equal(answer.IsTruncated, ContinuationToken !== undefined);
      } while (ContinuationToken);

      tools.expect.equal(pages, [['1', '2'], ['3', '4'], ['5']]);
    },
  },
  {
    name: 'folders count towards a page, and no page repeats one',
    fact: listing,
    async run(tools) {
      const { list } = await keysOf(tools, ['a/1', 'a/2', 'b/1', 'b/2', 'c']);

      const first = await list({ Delimiter: '/', MaxKeys: 1 });
      const token = { ContinuationToken: first.NextContinuationToken };
      const rest = await list({ Delimiter: '/', ...token });

      tools.expect.equal([first.folders, first.keys], [['a/'], []]);
      tools.expect.equal([rest.folders, rest.keys], [['b/'], ['c']]);
    },
  },
  {
    name: 'a list may start after a key',
    fact: s3Api('ListObjectsV2'),
    async run(tools) {
      const { prefix, list } = await keysOf(tools, ['1', '2', '3']);

      tools.expect.equal((await list({ StartAfter: `${prefix}1` })).keys, ['2', '3']);
    },
  },
  {
    name: 'a list of nothing is no error',
    fact: s3Api('ListObjectsV2'),
    async run(tools) {
      const { list } = await keysOf(tools, []);

      const { keys, KeyCount, IsTruncated } = await list();

      tools.expect.equal([keys, KeyCount, IsTruncated], [[], 0, false]);
    },
  },
  {
    name: 'a list of a bucket that does not exist is NoSuchBucket',
    fact: s3Api('ListObjectsV2'),
    async run({ s3, unique, expect }) {
      await expect.error(s3.send(new ListObjectsV2Command({ Bucket: unique('none') })), 'NoSuchBucket');
    },
  },
  {
    name: 'a bucket is found and listed',
    fact: s3Api('HeadBucket'),
    async run({ s3, bucket, unique, expect }) {
      const Bucket = await bucket();

      await s3.send(new HeadBucketCommand({ Bucket }));

      await expect.error(s3.send(new HeadBucketCommand({ Bucket: unique('none') })), 'NotFound');
      await expect.soon(async () => {
        const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
        expect.that(
          Buckets.some(({ Name }) => Name === Bucket),
          `${Bucket} is listed`,
        );
      });
    },
  },
  {
    name: 'creating a bucket again is BucketAlreadyOwnedByYou, outside us-east-1',
    fact: s3Api('CreateBucket'),
    async run(tools) {
      const Bucket = await tools.bucket();
      const again = () => tools.s3.send(createAgain(Bucket, region));
      const region = await tools.s3.config.region();

      if (region === 'us-east-1') await again();
      else await tools.expect.error(again(), 'BucketAlreadyOwnedByYou');
    },
  },
  {
    name: 'a bucket name has 3 to 63 lower-case letters, digits, hyphens and dots',
    fact: s3Guide('"General purpose bucket naming rules"'),
    async run({ s3, expect }) {
      for (const Bucket of ['ab', 'Upper-Case', 'under_score', 'two..dots', '192.168.5.4', 'x'.repeat(64)]) {
        await expect.error(s3.send(createAgain(Bucket, await s3.config.region())), 'InvalidBucketName');
      }
    },
  },
  {
    name: 'a bucket with objects cannot be deleted, an empty one can',
    fact: s3Api('DeleteBucket'),
    async run(tools) {
      const { s3, unique, expect } = tools;
      const [full, empty] = [await createBucket(tools, unique('full')), await createBucket(tools, unique('empty'))];
      await s3.send(new PutObjectCommand({ Bucket: full, Key: 'a', Body: 'a' }));

      await expect.error(s3.send(new DeleteBucketCommand({ Bucket: full })), 'BucketNotEmpty');
      await s3.send(new DeleteBucketCommand({ Bucket: empty }));

      await expect.soon(() => expect.error(s3.send(new HeadBucketCommand({ Bucket: empty })), 'NotFound'));
    },
  },
]);

function createAgain(Bucket: string, region: string) {
  const place = { CreateBucketConfiguration: { LocationConstraint: region as 'eu-central-1' } };
  return new CreateBucketCommand({ Bucket, ...(region !== 'us-east-1' && place) });
}
