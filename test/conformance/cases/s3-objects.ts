import { createHash } from 'node:crypto';
import { CopyObjectCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { type Case, casesOf } from '../case.ts';
import { s3Api, s3Guide } from './pages.ts';
import { objectOf } from './s3-object.ts';

const metadata = s3Guide('"Working with object metadata"');
const keyNames = s3Guide('"Naming Amazon S3 objects"');

/** Putting, getting, deleting. */
export const objects: Case[] = casesOf('s3', [
  {
    name: 'an object comes back as it was put, with its type and metadata',
    fact: s3Api('PutObject'),
    async run(tools) {
      const { put, get } = await objectOf(tools);
      await put(Uint8Array.of(0, 1, 255), { ContentType: 'image/gif', Metadata: { 'event-id': '42' } });

      const answer = await get();

      tools.expect.equal([...(await answer.Body!.transformToByteArray())], [0, 1, 255]);
      tools.expect.like(answer, { ContentType: 'image/gif', ContentLength: 3, Metadata: { 'event-id': '42' } });
    },
  },
  {
    name: 'the next read sees a new object, and its replacement',
    fact: s3Guide('"What is Amazon S3?", data consistency model'),
    async run(tools) {
      const { put, text } = await objectOf(tools);
      for (const body of ['1', '2', '3']) {
        await put(body);

        tools.expect.equal(await text(), body);
      }
    },
  },
  {
    name: 'a read that is under way while its object is replaced gets one of the two whole',
    fact: s3Guide('"What is Amazon S3?", data consistency model'),
    async run(tools) {
      const { put, get } = await objectOf(tools);
      const [old, replacement] = [Buffer.alloc(3_000_000, 'old'), Buffer.alloc(3_000_000, 'new')];
      await put(old);
      const reading = (await get()).Body!;
      await put(replacement);

      const read = await reading.transformToByteArray();

      tools.expect.that(old.equals(read) || replacement.equals(read), 'the bytes are those of one put');
    },
  },
  {
    name: 'an object may be empty',
    fact: s3Api('PutObject'),
    async run(tools) {
      const { put, get } = await objectOf(tools);
      await put(new Uint8Array());

      tools.expect.equal((await get()).ContentLength, 0);
    },
  },
  {
    name: 'an object of several megabytes comes back whole',
    fact: s3Api('PutObject'),
    async run(tools) {
      const { put, get } = await objectOf(tools);
      const body = Buffer.alloc(3_000_000, 'syncline');
      await put(body);

      const read = await (await get()).Body!.transformToByteArray();

      tools.expect.that(body.equals(read), 'the bytes are the same');
    },
  },
  {
    name: 'the ETag of a small object is the MD5 of its bytes, in quotes',
    fact: s3Api('Object'),
    async run(tools) {
      const { put } = await objectOf(tools);

      const { ETag } = await put('hello');

      tools.expect.equal(ETag, `"${createHash('md5').update('hello').digest('hex')}"`);
    },
  },
  {
    name: 'HEAD answers what GET does, without the body',
    fact: s3Api('HeadObject'),
    async run(tools) {
      const { where, put, get } = await objectOf(tools);
      await put('hello', { ContentType: 'text/plain', CacheControl: 'no-store', Metadata: { a: 'b' } });

      const head = await tools.s3.send(new HeadObjectCommand(where));

      const { ETag, ContentLength, ContentType, CacheControl, LastModified, Metadata } = await get();
      tools.expect.like(head, { ETag, ContentLength, ContentType, CacheControl, LastModified, Metadata });
    },
  },
  {
    name: 'names of metadata come back in lower case',
    fact: metadata,
    async run(tools) {
      const { put, get } = await objectOf(tools);
      await put('a', { Metadata: { EventId: '42' } });

      tools.expect.equal((await get()).Metadata, { eventid: '42' });
    },
  },
  {
    name: 'a key may hold slashes, spaces, plus signs and letters beyond ASCII',
    fact: keyNames,
    async run(tools) {
      for (const name of ['a/b/c', 'a b+c', 'grüße/🚚', 'a%2Fb', "it's (a) *key*!"]) {
        const { put, text } = await objectOf(tools, name);
        await put(name);

        tools.expect.equal(await text(), name);
      }
    },
  },
  {
    name: 'a key above 1,024 bytes is refused',
    fact: keyNames,
    async run(tools) {
      const { put } = await objectOf(tools);

      await tools.expect.error(put('a', { Key: 'é'.repeat(513) }), 'KeyTooLongError');
    },
  },
  {
    name: 'a key that does not exist is NoSuchKey, and 404 for HEAD',
    fact: s3Api('GetObject'),
    async run(tools) {
      const { where, get } = await objectOf(tools);

      const error = await tools.expect.error(get(), 'NoSuchKey');
      tools.expect.equal(error.$metadata?.httpStatusCode, 404);
      await tools.expect.error(tools.s3.send(new HeadObjectCommand(where)), 'NotFound');
    },
  },
  {
    name: 'a bucket that does not exist is NoSuchBucket',
    fact: s3Api('GetObject'),
    async run(tools) {
      const { put, get } = await objectOf(tools);
      const Bucket = tools.unique('none');

      await tools.expect.error(get({ Bucket }), 'NoSuchBucket');
      await tools.expect.error(put('a', { Bucket }), 'NoSuchBucket');
    },
  },
  {
    name: 'a deleted object is gone, and deleting again is no error',
    fact: s3Api('DeleteObject'),
    async run(tools) {
      const { where, put, get } = await objectOf(tools);
      await put('a');

      await tools.s3.send(new DeleteObjectCommand(where));
      await tools.s3.send(new DeleteObjectCommand(where));

      await tools.expect.error(get(), 'NoSuchKey');
    },
  },
  {
    name: 'a copy has the bytes of its source',
    fact: s3Api('CopyObject'),
    refusedBySyncline: 'the hub copies no objects',
    async run(tools) {
      const { where, put } = await objectOf(tools);
      await put('a');
      const CopySource = `${where.Bucket}/${where.Key}`;

      await tools.s3.send(new CopyObjectCommand({ ...where, Key: `${where.Key}-copy`, CopySource }));

      const copy = await tools.s3.send(new GetObjectCommand({ ...where, Key: `${where.Key}-copy` }));
      tools.expect.equal(await copy.Body!.transformToString(), 'a');
    },
  },
]);
