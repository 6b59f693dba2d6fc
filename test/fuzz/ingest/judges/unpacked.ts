import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { SourceRequest } from '../../../../functions/core/source.ts';

const LIMIT = { maxOutputLength: 10_000_000 };
const DECODERS = new Map<string, (body: Buffer) => Buffer>([
  ['', (body) => body],
  ['identity', (body) => body],
  ['gzip', (body) => gunzipSync(body, LIMIT)],
  ['x-gzip', (body) => gunzipSync(body, LIMIT)],
  ['deflate', (body) => inflateSync(body, LIMIT)],
  ['br', (body) => brotliDecompressSync(body, LIMIT)],
]);

/** A request's body without its `Content-Encoding`; undefined where nobody can undo that. */
export function unpacked({ headers, body }: Pick<SourceRequest, 'headers' | 'body'>): Buffer | undefined {
  const encoding = headers['content-encoding'] ?? '';
  try {
    return DECODERS.get(String(encoding).trim().toLowerCase())?.(body);
  } catch {
    return undefined;
  }
}
