import { errors } from './errors.ts';

/**
 * Takes `Content-Encoding: aws-chunked` off a body: chunks of `<length in hex>[;chunk-signature=…]`, a line end, the
 * bytes and a line end; a chunk of length 0; then trailing headers, among them the checksum. Signatures are not checked.
 *
 * @param expectedBytes From `x-amz-decoded-content-length`.
 * @throws IncompleteBody when the chunks do not add up.
 * @see Amazon S3 User Guide, "Trailing checksums", and API Reference, "Signature calculations … (chunked upload)"
 */
export function decodeAwsChunked(encoded: Buffer, expectedBytes: number) {
  const chunks: Buffer[] = [];
  let position = 0;
  for (;;) {
    const { line, next } = readLine(encoded, position);
    const length = /^[0-9a-f]{1,8}(;|$)/i.test(line) ? Number.parseInt(line, 16) : Number.NaN;
    if (length === 0) return finish(Buffer.concat(chunks), expectedBytes, readTrailer(encoded.subarray(next)));
    const end = next + length;
    if (!(end + 2 <= encoded.length) || readLine(encoded, end).line !== '') throw errors.incompleteBody();
    chunks.push(encoded.subarray(next, end));
    position = end + 2;
  }
}

function finish(body: Buffer, expectedBytes: number, trailer: Record<string, string>) {
  if (body.length !== expectedBytes) throw errors.incompleteBody();
  return { body, trailer };
}

function readLine(encoded: Buffer, start: number) {
  const end = encoded.indexOf('\r\n', start);
  if (end === -1) throw errors.incompleteBody();
  return { line: encoded.toString('latin1', start, end), next: end + 2 };
}

function readTrailer(encoded: Buffer): Record<string, string> {
  const lines = encoded.toString('latin1').split('\r\n').filter(Boolean);
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).trim().toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return Object.fromEntries(headers);
}
