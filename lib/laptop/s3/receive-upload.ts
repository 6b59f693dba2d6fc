import { Readable } from 'node:stream';
import type { AwsRequest } from '../service.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import { startChecksums } from './checksums.ts';
import { errors } from './errors.ts';
import type { Write } from './object-files.ts';
import type { Properties } from './store.ts';

/** What is known of an upload once its last byte has come. */
export type Upload = Pick<Properties, 'etag' | 'sizeBytes' | 'checksum'>;

/**
 * Reads an upload, unwraps it and holds it against every checksum that came with it.
 *
 * @param write Gets the bytes as they come.
 * @throws IncompleteBody, XAmzContentSHA256Mismatch, BadDigest, MalformedTrailerError; NotEmulatedException for CRC32C and
 *   CRC64NVME. What has been written by then is nothing to keep.
 */
export async function receiveUpload(request: AwsRequest, write: Write): Promise<Upload> {
  const checksums = startChecksums(request.headers);
  let sizeBytes = 0;
  const trailer = await readBody(request, async (bytes) => {
    sizeBytes += bytes.length;
    checksums.update(bytes);
    await write(bytes);
  });
  const { md5, checksum } = checksums.check(trailer);
  return { etag: `"${md5.toString('hex')}"`, sizeBytes, checksum };
}

/** @returns The headers behind the body, if its framing has any. */
async function readBody(
  { headers, body, bodyStream = Readable.from([body]) }: AwsRequest,
  write: Write,
): Promise<Record<string, string>> {
  const received = untilClientLeaves(bodyStream);
  if (headers['x-amz-content-sha256']?.startsWith('STREAMING-'))
    return decodeAwsChunked(received, Number(headers['x-amz-decoded-content-length']), write);
  for await (const bytes of received) await write(bytes);
  return {};
}

/** @throws IncompleteBody when the connection ends in the midst of the body. */
async function* untilClientLeaves(bodyStream: AsyncIterable<Buffer>) {
  try {
    yield* bodyStream;
  } catch {
    throw errors.incompleteBody();
  }
}
