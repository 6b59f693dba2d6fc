import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type AwsRequest, notEmulated } from '../service.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import { errors } from './errors.ts';

const checksumPrefix = 'x-amz-checksum-';

const digests: Record<string, (body: Buffer) => string> = {
  crc32: (body) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return sum.toString('base64');
  },
  sha1: (body) => createHash('sha1').update(body).digest('base64'),
  sha256: (body) => createHash('sha256').update(body).digest('base64'),
};

/**
 * The bytes of an upload, unwrapped and held against every checksum that came with them.
 *
 * @returns The bytes, and the checksum to keep under its header's name.
 * @throws BadDigest, XAmzContentSHA256Mismatch, IncompleteBody; NotEmulatedException for CRC32C and CRC64NVME.
 */
export function readBody(request: AwsRequest): { body: Buffer; checksum: Record<string, string> } {
  const contentSha256 = request.headers['x-amz-content-sha256'] ?? '';
  const isChunked = contentSha256.startsWith('STREAMING-');
  const expectedBytes = Number(request.headers['x-amz-decoded-content-length']);
  const { body, trailer } = isChunked
    ? decodeAwsChunked(request.body, expectedBytes)
    : { body: request.body, trailer: {} };
  if (/^[0-9a-f]{64}$/.test(contentSha256)) checkContentSha256(body, contentSha256);
  const md5 = request.headers['content-md5'];
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) throw errors.badDigest();
  return { body, checksum: checkChecksums(body, { ...request.headers, ...trailer }) };
}

function checkContentSha256(body: Buffer, expected: string) {
  if (createHash('sha256').update(body).digest('hex') !== expected) throw errors.contentSha256Mismatch();
}

function checkChecksums(body: Buffer, headers: Record<string, string>): Record<string, string> {
  const checksums = Object.entries(headers).filter(([name]) => name.startsWith(checksumPrefix));
  for (const [name, expected] of checksums) {
    const algorithm = name.slice(checksumPrefix.length);
    const digest = Object.hasOwn(digests, algorithm) && digests[algorithm];
    if (!digest) throw notEmulated('s3', `the header ${name}`);
    if (digest(body) !== expected) throw errors.badDigest();
  }
  return Object.fromEntries(checksums);
}
