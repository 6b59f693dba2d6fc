import { createByteReader } from './byte-reader.ts';
import { errors } from './errors.ts';

/**
 * Takes `Content-Encoding: aws-chunked` off a body: chunks of `<length in hex>[;chunk-signature=…]`, a line end, the
 * bytes and a line end; a chunk of length 0; then trailing headers, among them the checksum. Signatures are not checked.
 *
 * @param expectedBytes From `x-amz-decoded-content-length`.
 * @param take Gets the bytes as they come; the next ones wait for it.
 * @returns The trailing headers.
 * @throws IncompleteBody when the chunks do not add up.
 * @see Amazon S3 User Guide, "Trailing checksums", and API Reference, "Signature calculations … (chunked upload)"
 */
export async function decodeAwsChunked(
  encoded: AsyncIterable<Buffer>,
  expectedBytes: number,
  take: (bytes: Buffer) => Promise<void>,
): Promise<Record<string, string>> {
  await using reader = createByteReader(encoded);
  for (let decodedBytes = 0; ; ) {
    const length = parseLength(await reader.readLine());
    decodedBytes += length;
    if (decodedBytes > expectedBytes) throw errors.incompleteBody();
    if (length === 0 && decodedBytes !== expectedBytes) throw errors.incompleteBody();
    if (length === 0) return parseTrailer(await reader.readRest());
    for (let left = length; left > 0; ) {
      const part = await reader.readSome(left);
      left -= part.length;
      await take(part);
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
