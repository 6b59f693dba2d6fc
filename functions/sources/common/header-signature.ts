/** The scheme of most vendors: an HMAC that stands whole in a header of its own. */
import type { Sample, Signed, SourceRequest, Verdict, VerifyContext } from '../../core/source.ts';
import { anySecret, hmac, isUnixSeconds, sameText, unixSeconds } from './signature.ts';
import { signedUrl } from './url.ts';

/** What the vendor may sign besides the body. */
export type SignedParts = {
  readonly method: string;
  /** The whole URL as configured at the vendor, with the query as sent. */
  readonly url: string;
  readonly body: Buffer;
  /** The text of the timestamp header, or empty. */
  readonly timestamp: string;
};

type Secret = { readonly secret: string; readonly publicUrl?: string | undefined };

export type HeaderSignature = {
  /** In lower case. */
  readonly header: string;
  readonly algorithm: 'sha1' | 'sha256' | 'sha512';
  /** Hex is lower-case, base64 is padded. */
  readonly encoding: 'hex' | 'base64';
  /** What stands before the signature in its header, such as `sha256=`. @default '' */
  readonly prefix?: string;
  /** The pieces under the HMAC, one after the other. @default the body */
  readonly content?: (parts: SignedParts) => readonly (string | Buffer)[];
  /** The key. @default the secret's text, as UTF-8 */
  readonly key?: (secret: string) => string | Buffer;
  readonly timestamp?: Timestamp;
};

export type Timestamp = {
  /** In lower case. */
  readonly header: string;
  /** @returns Milliseconds since the epoch; undefined for what is no such time. @default Unix seconds, and so in windows */
  readonly parse?: (text: string) => number | undefined;
  /** @default Unix seconds */
  readonly write?: (now: Date) => string;
  /** How old a request may be. @default any age: the vendor documents no window */
  readonly maxAgeMs?: number;
  /** How far ahead its time may be. @default any: the vendor's own code does not ask */
  readonly maxAheadMs?: number;
};

/** @returns The `verify` and `sign` of a connector. */
export function headerSignature(scheme: HeaderSignature) {
  const { header, timestamp } = scheme;
  return {
    verify(request: SourceRequest, context: VerifyContext<Secret>): Verdict {
      const { headers, method, body } = request;
      const given = headers[header];
      const time = timestamp === undefined ? '' : headers[timestamp.header];
      if (given === undefined || time === undefined) return 'missing-header';
      if (typeof given !== 'string' || typeof time !== 'string') return 'malformed-header';
      const sentAt = timestamp === undefined ? undefined : parserOf(timestamp)(time);
      if (timestamp !== undefined && sentAt === undefined) return 'malformed-header';
      const matches = context.secrets.some((secret) => {
        const parts = { method, url: signedUrl(request, context, secret), body, timestamp: time };
        return anySecret([secret], (text) => sameText(given, signatureOf(scheme, text, parts)));
      });
      if (!matches) return 'bad-signature';
      return sentAt !== undefined && isOutside(timestamp!, context.now, sentAt) ? 'stale' : 'valid';
    },
    sign({ body, fresh, url }: Sample, { secret, publicUrl }: Secret): Signed {
      const time = timestamp === undefined ? '' : (timestamp.write ?? writeSeconds)(fresh.now);
      const parts = { method: 'POST', url: publicUrl ?? url, body: Buffer.from(body), timestamp: time };
      return {
        headers: {
          'content-type': 'application/json',
          ...(timestamp !== undefined && { [timestamp.header]: time }),
          [header]: signatureOf(scheme, secret, parts),
        },
      };
    },
  };
}

/** What the signature's header must hold, letter by letter. */
function signatureOf(scheme: HeaderSignature, secret: string, parts: SignedParts): string {
  const { algorithm, encoding, prefix = '', content = ({ body }) => [body], key = (text) => text } = scheme;
  return prefix + hmac(algorithm, key(secret), ...content(parts)).toString(encoding);
}

const parserOf = ({ parse = parseSeconds }: Timestamp) => parse;
const parseSeconds = (text: string) => (isUnixSeconds(text) ? Number(text) * 1_000 : undefined);
const writeSeconds = (now: Date) => `${unixSeconds(now)}`;

/** A request of exactly the limit still passes. Who counts in seconds knows nothing of our milliseconds. */
function isOutside({ parse, maxAgeMs = Infinity, maxAheadMs = Infinity }: Timestamp, now: number, sentAt: number) {
  const ageMs = (parse === undefined ? unixSeconds(now) * 1_000 : now) - sentAt;
  return ageMs > maxAgeMs || -ageMs > maxAheadMs;
}
