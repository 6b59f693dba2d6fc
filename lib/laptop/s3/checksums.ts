import { notEmulated } from '../service.ts';
import { type Digest, digests, startHash } from './digests.ts';
import { errors } from './errors.ts';

const checksumPrefix = 'x-amz-checksum-';

/** The checksums of an upload, computed while its bytes flow and held against what came with them. */
export type Checksums = {
  update(bytes: Buffer): void;
  /**
   * @param trailer The headers behind the bytes.
   * @returns The MD5, and the checksums to keep under their headers' names.
   * @throws XAmzContentSHA256Mismatch, BadDigest; MalformedTrailerError when a checksum was announced that did not come, or
   *   came that was not announced.
   */
  check(trailer: Record<string, string>): { md5: Buffer; checksum: Record<string, string> };
};

/**
 * @param headers Of the request: they bring checksums, or announce them in `x-amz-trailer`.
 * @throws NotEmulatedException for CRC32C and CRC64NVME.
 */
export function startChecksums(headers: Record<string, string>): Checksums {
  const announced = (headers['x-amz-trailer'] ?? '').split(',').map((name) => name.trim().toLowerCase());
  const running = new Map(
    [...Object.keys(headers), ...announced].filter(isChecksum).map((name) => [name, start(name)]),
  );
  const md5 = startHash('md5');
  const content = readContentSha256(headers);
  const all = [md5, ...(content ? [content.digest] : []), ...running.values()];
  return {
    update(bytes) {
      for (const digest of all) digest.update(bytes);
    },
    check(trailer) {
      if (content && content.digest.digest().toString('hex') !== content.expected) throw errors.contentSha256Mismatch();
      const md5Sum = md5.digest();
      if ((headers['content-md5'] ?? md5Sum.toString('base64')) !== md5Sum.toString('base64')) throw errors.badDigest();
      return { md5: md5Sum, checksum: compare(running, { ...headers, ...trailer }) };
    },
  };
}

const isChecksum = (name: string) => name.startsWith(checksumPrefix);

function start(name: string): Digest {
  const algorithm = name.slice(checksumPrefix.length);
  const begin = Object.hasOwn(digests, algorithm) && digests[algorithm];
  if (!begin) throw notEmulated('s3', `the header ${name}`);
  return begin();
}

/** Other values of the header say that there is no checksum, or that it is in the chunks' signatures. */
function readContentSha256(headers: Record<string, string>): { digest: Digest; expected: string } | undefined {
  const expected = headers['x-amz-content-sha256'] ?? '';
  return /^[0-9a-f]{64}$/.test(expected) ? { digest: startHash('sha256'), expected } : undefined;
}

function compare(running: ReadonlyMap<string, Digest>, came: Record<string, string>): Record<string, string> {
  const given = Object.entries(came).filter(([name]) => isChecksum(name));
  if (given.length !== running.size || given.some(([name]) => !running.has(name))) throw errors.malformedTrailer();
  for (const [name, expected] of given)
    if (running.get(name)!.digest().toString('base64') !== expected) throw errors.badDigest();
  return Object.fromEntries(given);
}
