import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

const LIMIT = { maxOutputLength: 10_000_000 };

/** A body without its `Content-Encoding`; as it is where that cannot be undone. */
export function unpacked(body: Buffer, encoding: string): Buffer {
  try {
    const name = encoding.trim().toLowerCase();
    if (name === 'gzip' || name === 'x-gzip') return gunzipSync(body, LIMIT);
    if (name === 'deflate') return inflateSync(body, LIMIT);
    return name === 'br' ? brotliDecompressSync(body, LIMIT) : body;
  } catch {
    return body;
  }
}
