import { createHmac, timingSafeEqual } from 'node:crypto';

/** HMAC over the parts in sequence; text parts are UTF-8. */
export function hmac(
  algorithm: 'sha1' | 'sha256' | 'sha512',
  key: string | Buffer,
  ...parts: (string | Buffer)[]
): Buffer {
  const mac = createHmac(algorithm, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** Compares in time that depends on the lengths alone. Different lengths are simply unequal. */
export function sameBytes(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

export const sameText = (one: string, other: string) => sameBytes(Buffer.from(one), Buffer.from(other));

/** Whether the text of any secret passes. Anybody can sign with an empty one, so it never does. */
export const anySecret = (secrets: readonly { secret: string }[], passes: (secret: string) => boolean) =>
  secrets.some(({ secret }) => secret !== '' && passes(secret));

/** Unix seconds as vendors send them: digits only, of a length that is neither empty nor milliseconds. */
export const isUnixSeconds = (text: string) => /^\d{1,12}$/.test(text);

export const unixSeconds = (date: Date | number) => Math.floor(Number(date) / 1_000);
