import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, startS3 } from './support.ts';

let s3: Awaited<ReturnType<typeof startS3>>;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(async () => {
  await s3.stop();
  s3.remove();
});

const Bucket = 'inbox';
const put = (Key: string, Body: string | Buffer | Readable, more: Partial<PutObjectCommand['input']> = {}) =>
  s3.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more: Partial<GetObjectCommand['input']> = {}) =>
  s3.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const read = async (Key: string) => (await get(Key)).Body!.transformToString();

describe('objects', () => {
  it('come back as they were put, with type and metadata', async () => {
    const bytes = Buffer.from([0, 1, 255, 13, 10]);
    await put('bytes', bytes, { ContentType: 'image/png', CacheControl: 'no-store', Metadata: { flow: 'orders' } });

    const object = await get('bytes');

    expect(Buffer.from(await object.Body!.transformToByteArray())).toEqual(bytes);
    expect(object).toMatchObject({
      ContentType: 'image/png',
      CacheControl: 'no-store',
      Metadata: { flow: 'orders' },
      ContentLength: 5,
      ETag: `"${createHash('md5').update(bytes).digest('hex')}"`,
      LastModified: new Date('2026-11-20T00:00:00Z'),
    });
  });

  it('answer HEAD with the same headers', async () => {
    await put('headed', 'hello', { Metadata: { a: 'b' } });

    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'headed' }));

    expect(head).toMatchObject({ ContentLength: 5, Metadata: { a: 'b' }, ContentType: 'application/octet-stream' });
  });

  it('may be empty', async () => {
    await put('empty', Buffer.alloc(0));

    expect(await read('empty')).toBe('');
  });

  it('may be several megabytes', async () => {
    const body = Buffer.alloc(8 * 1024 * 1024, 'abc');
    await put('large', body);

    expect(Buffer.from(await (await get('large')).Body!.transformToByteArray()).equals(body)).toBe(true);
  });

  it('are replaced whole', async () => {
    await put('twice', 'first', { Metadata: { a: '1' } });
    await put('twice', 'second');

    expect([await read('twice'), (await get('twice')).Metadata]).toEqual(['second', {}]);
  });

  it('are deleted, and deleting again is no error', async () => {
    await put('deleted', 'x');

    for (const _time of [1, 2]) await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'deleted' }));

    expect((await failure(get('deleted'))).name).toBe('NoSuchKey');
  });

  it.each([
    ['bytes=0-1', 'he', 'bytes 0-1/5'],
    ['bytes=2-', 'llo', 'bytes 2-4/5'],
    ['bytes=-2', 'lo', 'bytes 3-4/5'],
    ['bytes=3-99', 'lo', 'bytes 3-4/5'],
  ])('answer the range %s', async (Range, text, ContentRange) => {
    await put('ranged', 'hello');

    const part = await get('ranged', { Range });

    expect([await part.Body!.transformToString(), part.ContentRange]).toEqual([text, ContentRange]);
    expect(part.$metadata.httpStatusCode).toBe(206);
  });

  it('refuse a range behind their end', async () => {
    await put('ranged', 'hello');

    expect(await failure(get('ranged', { Range: 'bytes=5-' }))).toMatchObject({ name: 'InvalidRange' });
  });

  it('encode metadata beyond ASCII as S3 does', async () => {
    await put('meta', 'x', { Metadata: { name: 'ü' } });

    expect((await get('meta')).Metadata).toEqual({ name: '=?UTF-8?B?w7w=?=' });
  });

  it.each([
    'a/b',
    '../../outside',
    './here',
    'a/../b',
    'a//b',
    '/leading',
    'trailing/',
    'ü/日本/😀',
    'a b+c?d#e%20&"<',
    '..',
    '.',
    'k'.repeat(1024),
  ])('take %j for a key', async (Key) => {
    await put(Key, `body of ${Key}`);

    expect(await read(Key)).toBe(`body of ${Key}`);
  });

  it('stay in the folder, which is the user’s', () => {
    const data = join(s3.folder, 'data');

    expect(readdirSync(s3.folder)).toEqual(['data']);
    expect(statSync(data).mode & 0o777).toBe(0o700);
    const modes = readdirSync(data).map((name) => [name, statSync(join(data, name)).mode & 0o777]);
    expect(modes).toEqual([['objects', 0o700], ...['s3.db', 's3.db-shm', 's3.db-wal'].map((name) => [name, 0o600])]);
    const modesOfObjects = s3.files().map((name) => statSync(join(data, 'objects', name)).mode & 0o777);
    expect(new Set(modesOfObjects)).toEqual(new Set([0o600]));
  });
});

describe('conditional writes', () => {
  it('write once', async () => {
    await put('once', 'first', { IfNoneMatch: '*' });

    const error = await failure(put('once', 'second', { IfNoneMatch: '*' }));

    expect([error.name, error.$metadata.httpStatusCode]).toEqual(['PreconditionFailed', 412]);
    expect(await read('once')).toBe('first');
  });

  it('let one of 20 concurrent writers win', async () => {
    const writers = Array.from({ length: 20 }, (_, n) => put('race', `${n}`, { IfNoneMatch: '*' }));

    const outcomes = await Promise.allSettled(writers);

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('bodies on the wire', () => {
  it('arrive in aws-chunked, checksum behind them', async () => {
    const chunks = Array.from({ length: 40 }, (_, n) => Buffer.alloc(20_000, `${n}`));
    const whole = Buffer.concat(chunks);

    await put('chunked', Readable.from(chunks), { ContentLength: whole.length, ContentEncoding: 'gzip' });

    const object = await get('chunked');
    expect(Buffer.from(await object.Body!.transformToByteArray()).equals(whole)).toBe(true);
    expect(object.ContentEncoding).toBe('gzip');
  });

  it.each(['SHA256', 'SHA1', 'CRC32'] as const)('keep their %s for who asks', async (ChecksumAlgorithm) => {
    await put('sum', 'hello', { ChecksumAlgorithm });

    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'sum', ChecksumMode: 'ENABLED' }));

    expect(head[`Checksum${ChecksumAlgorithm}`]).toMatch(/^[\w+/]+=*$/);
  });

  it('are refused when a checksum does not match', async () => {
    const crc = await failure(put('wrong', 'hello', { ChecksumCRC32: 'AAAAAA==' }));
    const md5 = await failure(put('wrong', 'hello', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }));

    expect([crc.name, md5.name]).toEqual(['BadDigest', 'BadDigest']);
    expect((await failure(get('wrong'))).name).toBe('NoSuchKey');
  });

  const raw = (body: string, decodedLength: number) =>
    fetch(`${s3.url}/inbox/raw`, {
      ...{ method: 'PUT', body },
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=test/20261120/us-east-1/s3/aws4_request',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        'x-amz-decoded-content-length': String(decodedLength),
      },
    });

  it('may sign each chunk', async () => {
    const response = await raw(
      '5;chunk-signature=ab\r\nhello\r\n1;chunk-signature=cd\r\n!\r\n0;chunk-signature=ef\r\n\r\n',
      6,
    );

    expect(response.status).toBe(200);
    expect(await read('raw')).toBe('hello!');
  });

  it.each([
    ['too long a chunk', '99\r\nhello\r\n0\r\n\r\n', 5],
    ['a chunk without length', 'x\r\nhello\r\n0\r\n\r\n', 5],
    ['no last chunk', '5\r\nhello\r\n', 5],
    ['another length than announced', '5\r\nhello\r\n0\r\n\r\n', 6],
    ['no line end after a chunk', '5\r\nhello0\r\n\r\n', 5],
    ['nothing', '', 0],
  ])('are refused with %s', async (_what, body, length) => {
    const response = await raw(body, length);

    expect(response.status).toBe(400);
    expect(await response.text()).toContain('<Code>IncompleteBody</Code>');
  });
});

describe('refusals', () => {
  it('name what is missing', async () => {
    const key = await failure(get('absent'));
    const bucket = await failure(get('absent', { Bucket: 'elsewhere' }));
    const head = await failure(s3.client.send(new HeadObjectCommand({ Bucket, Key: 'absent' })));

    expect(key).toMatchObject({ name: 'NoSuchKey', message: 'The specified key does not exist.', Key: 'absent' });
    expect(bucket).toMatchObject({ name: 'NoSuchBucket', BucketName: 'elsewhere' });
    expect(head).toMatchObject({ name: 'NotFound', $metadata: { httpStatusCode: 404 } });
    expect((await failure(put('x', 'x', { Bucket: 'elsewhere' }))).name).toBe('NoSuchBucket');
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'a copy',
      () => s3.client.send(new CopyObjectCommand({ Bucket, Key: 'a', CopySource: 'inbox/b' })),
      'x-amz-copy-source',
    ],
    [
      'a multipart upload',
      () => s3.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'a' })),
      'POST object uploads',
    ],
    ['a version', () => get('a', { VersionId: '1' }), 'versionId'],
    ['an ACL', () => put('a', 'x', { ACL: 'public-read' }), 'x-amz-acl'],
    ['a conditional read', () => get('a', { IfMatch: '"x"' }), 'if-match'],
    ['another If-None-Match', () => put('a', 'x', { IfNoneMatch: '"x"' }), 'If-None-Match'],
    ['a CRC32C', () => put('a', 'x', { ChecksumCRC32C: 'AAAAAA==' }), 'x-amz-checksum-crc32c'],
  ])('name %s', async (_what, call, name) => {
    const error = await failure(call());

    expect(error.name).toBe('NotEmulatedException');
    expect(error.message).toContain(name);
  });

  it('name a key that is too long or no text', async () => {
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=test/20261120/us-east-1/s3/aws4_request' };
    const notText = await fetch(`${s3.url}/inbox/%ff`, { headers });

    expect((await failure(put('k'.repeat(1025), 'x'))).name).toBe('KeyTooLongError');
    expect(await notText.text()).toContain('<Code>InvalidURI</Code>');
  });
});
