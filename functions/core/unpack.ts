import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { MAX_BODY_BYTES } from './names.ts';

const DECODERS: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/**
 * Undoes a body's `Content-Encoding` for reading. Verification never uses this: it sees the bytes as received.
 *
 * @throws Error for an unknown encoding, damaged bytes, or more than 10 MB unpacked.
 */
export function unpack(body: Buffer, contentEncoding: string): Buffer {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return body;
  const decode = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (!decode) throw new Error(`content-encoding ${encoding.slice(0, 20)} is not supported`);
  return decode(body, { maxOutputLength: MAX_BODY_BYTES });
}
