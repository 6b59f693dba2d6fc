import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { unpack } from '../../functions/core/unpack.ts';

const text = Buffer.from('{"id":"k1"}');

it.each([
  ['', text],
  ['identity', text],
  ['gzip', gzipSync(text)],
  ['X-GZIP ', gzipSync(text)],
  ['deflate', deflateSync(text)],
  ['br', brotliCompressSync(text)],
])('undoes %j', (encoding, packed) => {
  expect(unpack(packed, encoding)).toEqual(text);
});

it.each(['zstd', 'gzip, gzip', 'constructor'])('does not know %s', (encoding) => {
  expect(() => unpack(text, encoding)).toThrow(`content-encoding ${encoding} is not supported`);
});

it('stops at 10 MB', () => {
  expect(unpack(gzipSync(Buffer.alloc(10_000_000)), 'gzip')).toHaveLength(10_000_000);
  expect(() => unpack(gzipSync(Buffer.alloc(10_000_001)), 'gzip')).toThrow('Cannot create a Buffer larger than');
});

it('refuses damaged bytes', () => {
  expect(() => unpack(text, 'gzip')).toThrow('incorrect header check');
});
