import { createHash } from 'node:crypto';
import { type Case, casesOf } from '../case.ts';
import { s3Api, s3Guide } from './pages.ts';
import { objectOf } from './s3-object.ts';

const range = s3Guide('"Downloading objects", downloading part of an object');

/** Ranges and checksums. */
export const parts: Case[] = casesOf('s3', [
  {
    name: 'a range answers its bytes with 206 and says where they are',
    fact: range,
    async run(tools) {
      const { put, get } = await objectOf(tools);
      await put('0123456789');

      const answer = await get({ Range: 'bytes=2-4' });

      tools.expect.equal(await answer.Body!.transformToString(), '234');
      tools.expect.like(answer, { ContentRange: 'bytes 2-4/10', ContentLength: 3 });
      tools.expect.equal(answer.$metadata.httpStatusCode, 206);
    },
  },
  {
    name: 'a range may be open, from the end, or longer than the object',
    fact: range,
    async run(tools) {
      const { put, text } = await objectOf(tools);
      await put('0123456789');

      tools.expect.equal(await text({ Range: 'bytes=7-' }), '789');
      tools.expect.equal(await text({ Range: 'bytes=-2' }), '89');
      tools.expect.equal(await text({ Range: 'bytes=8-100' }), '89');
    },
  },
  {
    name: 'a range behind the end is InvalidRange, 416',
    fact: s3Api('Error responses'),
    async run(tools) {
      const { put, get } = await objectOf(tools);
      await put('0123456789');

      const error = await tools.expect.error(get({ Range: 'bytes=10-' }), 'InvalidRange');

      tools.expect.equal(error.$metadata?.httpStatusCode, 416);
    },
  },
  {
    name: 'a body that is not what its checksum says is refused',
    fact: s3Guide('"Checking object integrity for data uploads in Amazon S3"'),
    async run(tools) {
      const { put, get } = await objectOf(tools);
      const other = (algorithm: string) => createHash(algorithm).update('other').digest('base64');

      await tools.expect.error(put('a', { ContentMD5: other('md5') }), 'BadDigest');
      await tools.expect.error(put('a', { ChecksumSHA256: other('sha256') }), 'BadDigest');
      await tools.expect.error(get(), 'NoSuchKey');
    },
  },
  {
    name: 'a put that is refused leaves the object as it was',
    fact: s3Guide('"Checking object integrity for data uploads in Amazon S3"'),
    async run(tools) {
      const { put, text } = await objectOf(tools);
      await put('old');

      await tools.expect.error(
        put('new', { ContentMD5: createHash('md5').update('other').digest('base64') }),
        'BadDigest',
      );

      tools.expect.equal(await text(), 'old');
    },
  },
  {
    name: 'a checksum that came with the object is told to who asks',
    fact: s3Api('GetObject'),
    async run(tools) {
      const { put, get } = await objectOf(tools);
      await put('hello', { ChecksumAlgorithm: 'SHA256' });

      const { ChecksumSHA256 } = await get({ ChecksumMode: 'ENABLED' });

      tools.expect.equal(ChecksumSHA256, createHash('sha256').update('hello').digest('base64'));
    },
  },
]);
