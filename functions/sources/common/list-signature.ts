/** Stripe's scheme, which others took over: a time and HMACs listed in one header, `t=<seconds>,v1=<hex>[,v1=<hex>]`. */
import type { Headers, Sample, Signed, SourceRequest, Verdict, VerifyContext } from '../../core/source.ts';
import { anySecret, hmac, isUnixSeconds, sameText, unixSeconds } from './signature.ts';

type Secret = { readonly secret: string };

export type ListSignature = {
  /** In lower case. */
  readonly header: string;
  /** How old a request may be. Ahead is not refused: Stripe's own library does not ask, and others say nothing. */
  readonly maxAgeSeconds: number;
  /** Of a sample's body. @default 'application/json' */
  readonly contentType?: string;
};

/**
 * HMAC-SHA256 over `<t>.<raw body>`, lower-case hex; the key is the secret's text. Any `v1` may match, since during a
 * rotation both secrets sign; other versions are ignored.
 *
 * @returns The `verify` and `sign` of a connector.
 */
export function listSignature({ header, maxAgeSeconds, contentType = 'application/json' }: ListSignature) {
  return {
    verify({ headers, body }: SourceRequest, { secrets, now }: VerifyContext<Secret>): Verdict {
      const given = headers[header];
      if (given === undefined) return 'missing-header';
      const list = parse(given);
      if (!list) return 'malformed-header';
      const matches = anySecret(secrets, (secret) => {
        const expected = v1Of(secret, list.time, body);
        return list.v1.some((candidate) => sameText(candidate, expected));
      });
      if (!matches) return 'bad-signature';
      return unixSeconds(now) - Number(list.time) > maxAgeSeconds ? 'stale' : 'valid';
    },
    sign({ body, fresh }: Sample, { secret }: Secret): Signed {
      const time = `${unixSeconds(fresh.now)}`;
      const list = `t=${time},v1=${v1Of(secret, time, Buffer.from(body))}`;
      return { headers: { 'content-type': contentType, [header]: list } };
    },
  };
}

const v1Of = (secret: string, time: string, body: Buffer) => hmac('sha256', secret, `${time}.`, body).toString('hex');

/** Exactly one `t`, and at least one `v1`; header lines must not have been doubled. */
function parse(header: Headers[string]): { time: string; v1: string[] } | undefined {
  if (typeof header !== 'string') return undefined;
  const entries = header.split(',').map((entry) => entry.trim());
  const valuesOf = (name: string) =>
    entries.flatMap((entry) => (entry.startsWith(name) ? [entry.slice(name.length)] : []));
  const [time, ...others] = valuesOf('t=');
  const v1 = valuesOf('v1=');
  if (time === undefined || others.length > 0 || !isUnixSeconds(time) || v1.length === 0) return undefined;
  return { time, v1 };
}
