import { createByteReader } from './byte-reader.ts';
import { errors } from './errors.ts';
import type { Write } from './object-files.ts';

/**
 * Takes `Content-Encoding: aws-chunked` off a body: chunks of `<length in hex>[;chunk-signature=…]`, a line end, the
 * bytes and a line end; a chunk of length 0; then trailing headers, among them the checksum. Signatures are not checked.
 *
 * @param expectedBytes From `x-amz-decoded-content-length`.
 * @param write Gets the bytes as they come.
 * @returns The trailing headers.
 * @throws IncompleteBody when the chunks do not add up.
 * @see Amazon S3 User Guide, "Trailing checksums", and API Reference, "Signature calculations … (chunked upload)"
 */
export async function decodeAwsChunked(
  encoded: AsyncIterable<Buffer>,
  expectedBytes: number,
  write: Write,
): Promise<Record<string, string>> {
  await using reader = createByteReader(encoded);
  for (let decodedBytes = 0; ; ) {
    const length = parseLength(await reader.readLine());
    decodedBytes += length;
    const isLast = length === 0;
    if (decodedBytes > expectedBytes || (isLast && decodedBytes !== expectedBytes)) throw errors.incompleteBody();
    if (isLast) return parseTrailer(await reader.readRest());
    for (let left = length; left > 0; ) {
      const part = await reader.readSome(left);
      left -= part.length;
      await write(part);
    }
    if ((await reader.readLine()) !== '') throw errors.incompleteBody();
  }
}

function parseLength(line: string): number {
  if (!/^[0-9a-f]{1,8}(;|$)/i.test(line)) throw errors.incompleteBody();
  return Number.parseInt(line, 16);
}

function parseTrailer(text: string): Record<string, string> {
  const lines = text.split('\r\n').filter(Boolean);
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).trim().toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return Object.fromEntries(headers);
}
