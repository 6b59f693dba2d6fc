import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A checksum that is computed while the bytes flow. */
export type Digest = {
  update(bytes: Buffer): void;
  /** Once, after the last byte. */
  digest(): Buffer;
};

/** The algorithms of `x-amz-checksum-…`; CRC32C and CRC64NVME are not in Node. */
export const digests: Record<string, () => Digest> = {
  crc32: startCrc32,
  sha1: () => startHash('sha1'),
  sha256: () => startHash('sha256'),
};

export function startHash(algorithm: string): Digest {
  const hash = createHash(algorithm);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

function startCrc32(): Digest {
  let value = 0;
  return {
    update(bytes) {
      value = crc32(bytes, value);
    },
    digest() {
      const sum = Buffer.alloc(4);
      sum.writeUInt32BE(value);
      return sum;
    },
  };
}
