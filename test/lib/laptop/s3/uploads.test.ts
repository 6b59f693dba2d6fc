import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Layer } from '../../../../lib/laptop/front.ts';
import { authorization, failure, startS3 } from './support.ts';

let s3: Awaited<ReturnType<typeof startS3>>;
let layer: Layer;
beforeEach(async () => {
  layer = (_service, _request, next) => next();
  s3 = await startS3(undefined, [(...call) => layer(...call)]);
});
afterEach(async () => {
  await s3.stop();
  s3.remove();
});

const put = (Body: string, more: Partial<PutObjectCommand['input']> = {}) =>
  s3.client.send(new PutObjectCommand({ Bucket: 'inbox', Key: 'a', Body, ...more }));
const read = async () =>
  (await s3.client.send(new GetObjectCommand({ Bucket: 'inbox', Key: 'a' }))).Body!.transformToString();

const raw = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${s3.url}/inbox/a`, { method: 'PUT', body, headers: { authorization, ...headers } });

const rawChunked = (body: string, headers: Record<string, string> = {}) =>
  raw(body, {
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'x-amz-decoded-content-length': '5',
    'x-amz-trailer': 'x-amz-checksum-crc32',
    ...headers,
  });

/** A connection on which a put of ten bytes has sent three, which are in a file. */
async function startPut(): Promise<Socket> {
  const socket = connect(Number(new URL(s3.url).port), '127.0.0.1');
  const before = s3.files().length;
  socket.write(`PUT /inbox/a HTTP/1.1\r\nhost: s3\r\nauthorization: ${authorization}\r\ncontent-length: 10\r\n\r\nabc`);
  await vi.waitFor(() => expect(s3.files()).toHaveLength(before + 1));
  return socket;
}

describe('a put that fails leaves the object as it was, and no file', () => {
  const crc32OfHello = 'NhCmhg==';

  it.each<[string, () => Promise<Response>, string]>([
    ['another MD5', () => raw('hello', { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }), 'BadDigest'],
    ['another SHA-256', () => raw('hello', { 'x-amz-content-sha256': '0'.repeat(64) }), 'XAmzContentSHA256Mismatch'],
    ['another checksum', () => raw('hello', { 'x-amz-checksum-crc32': 'AAAAAA==' }), 'BadDigest'],
    [
      'another checksum behind it',
      () => rawChunked('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n'),
      'BadDigest',
    ],
    ['an announced checksum that does not come', () => rawChunked('5\r\nhello\r\n0\r\n\r\n'), 'MalformedTrailerError'],
    [
      'a checksum that was not announced',
      () => rawChunked(`5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc32OfHello}\r\n\r\n`, { 'x-amz-trailer': '' }),
      'MalformedTrailerError',
    ],
    ['chunks that end too early', () => rawChunked('5\r\nhel'), 'IncompleteBody'],
    ['a line that does not end', () => rawChunked(`5;${'x'.repeat(100_000)}`), 'IncompleteBody'],
    ['a key that is taken', () => raw('hello', { 'if-none-match': '*' }), 'PreconditionFailed'],
  ])('with %s', async (_what, call, code) => {
    await put('old');

    const response = await call();

    expect(await response.text()).toContain(`<Code>${code}</Code>`);
    expect([await read(), s3.files().length]).toEqual(['old', 1]);
  });

  it('when the client goes away', async () => {
    await put('old');
    const socket = await startPut();

    socket.destroy();

    await vi.waitFor(() => expect(s3.files()).toHaveLength(1));
    expect(await read()).toBe('old');
  });

  it('when the service ends', async () => {
    await put('old');
    const socket = await startPut();
    socket.on('error', () => {});

    await s3.stop();

    expect(s3.files()).toHaveLength(1);
  });

  it('when somebody else takes the key meanwhile', async () => {
    const body = 'x'.repeat(3_000_000);

    const outcomes = await Promise.allSettled([put(body, { IfNoneMatch: '*' }), put('old', { IfNoneMatch: '*' })]);

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(s3.files()).toHaveLength(1);
  });
});

it('a checksum behind the bytes is kept, bytes and framing in any pieces', async () => {
  const body = '3\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n';
  const socket = connect(Number(new URL(s3.url).port), '127.0.0.1').setNoDelay();
  const headers = [
    ...['host: s3', `authorization: ${authorization}`, `content-length: ${body.length}`],
    ...['x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'x-amz-decoded-content-length: 5'],
    'x-amz-trailer: x-amz-checksum-crc32',
  ];
  socket.write(`PUT /inbox/a HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);

  for (const byte of body) {
    socket.write(byte);
    await new Promise(setImmediate);
  }

  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  expect(answer.toString()).toMatch(/^HTTP\/1.1 200 /);
  expect(answer.toString()).toContain('x-amz-checksum-crc32: NhCmhg==');
  expect(await read()).toBe('hello');
});

it('a replaced object’s file is removed', async () => {
  for (const body of ['1', '2', '3']) await put(body);

  expect([await read(), s3.files().length]).toEqual(['3', 1]);
});

it('a layer that refuses keeps the bytes out, and the connection good', async () => {
  layer = async () => ({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' });

  const error = await failure(put('x'.repeat(3_000_000)));

  layer = (_service, _request, next) => next();
  expect([error.name, s3.files()]).toEqual(['AccessDenied', []]);
  await put('then');
  expect(await read()).toBe('then');
});

it('an answer that is lost after the put leaves the object', async () => {
  layer = async (_service, _request, next) => {
    await next();
    throw new Error('lost');
  };

  await failure(put('kept'));

  layer = (_service, _request, next) => next();
  expect(await read()).toBe('kept');
});
