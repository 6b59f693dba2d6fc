/** How senders of one's own prove where a request comes from: for each scheme what of a connector depends on it. */
import * as z from 'zod/mini';
import type { DataSheet } from '../../core/data-sheet.ts';
import type { SourceDefinition } from '../../core/source.ts';
import {
  BasicConnection,
  BearerConnection,
  basicPair,
  bearerPair,
  headerPair,
  signBasic,
  signBearer,
  tokenConnection,
  tokenPair,
  tokenQuery,
  verifyBasic,
  verifyBearer,
  verifyHeader,
  verifyToken,
} from '../common/credential.ts';
import { headerSignature } from '../common/header-signature.ts';
import type { GenericSettings } from './options.ts';

export type Scheme<Connection = unknown, Vendor = Connection> = Pick<
  SourceDefinition<Connection, string, Vendor>,
  'proof' | 'connection' | 'verify' | 'sign' | 'pair'
> &
  Pick<DataSheet, 'needs' | 'signs'> & {
    /** @default none */
    readonly window?: string;
    /** What the sender is to do, as a line of its set-up. */
    readonly sends: string;
  };

/** The scheme that options ask for. */
export function schemeOf(settings: GenericSettings): Scheme {
  switch (settings.scheme) {
    case 'hmac':
      return hmacScheme(settings);
    case 'bearer':
      return bearer;
    case 'basic':
      return basic;
    case 'header':
      return headerValue(settings.header);
    case 'token':
      return urlToken;
  }
}

type HmacSettings = Omit<Extract<GenericSettings, { scheme: 'hmac' }>, 'scheme' | 'paths' | 'identity' | 'retries'>;

const MAX_AGE_SECONDS = 300;

/** An HMAC in a header of its own, over the body or over `<timestamp>.<body>`. */
export function hmacScheme(settings: HmacSettings): Scheme<{ secret: string }> {
  const { header, algorithm, encoding, prefix, timestampHeader, maxAgeSeconds = MAX_AGE_SECONDS } = settings;
  const windowMs = maxAgeSeconds * 1_000;
  const time = timestampHeader === undefined ? '' : `, its time in ${timestampHeader}`;
  return {
    proof: 'signature',
    needs: [{ field: 'secret', what: 'the key of the HMAC, as text', isSecret: true }],
    signs: `HMAC-${algorithm.toUpperCase()} over ${time ? '`<timestamp>.<body>`' : 'the body'}, ${encoding}, in ${header}${time}`,
    ...(time !== '' && { window: `${maxAgeSeconds} s, behind or ahead` }),
    sends: `Sign the very bytes that are sent: HMAC-${algorithm.toUpperCase()}, ${encoding}, in ${header}${time}.`,
    connection: z.object({ secret: z.string().check(z.minLength(1)) }),
    ...headerSignature({
      header,
      algorithm,
      encoding,
      prefix,
      ...(timestampHeader !== undefined && {
        content: ({ timestamp, body }) => [`${timestamp}.`, body],
        timestamp: { header: timestampHeader, maxAgeMs: windowMs, maxAheadMs: windowMs },
      }),
    }),
  };
}

export const bearer: Scheme<{ token: string }> = {
  proof: 'credential',
  needs: [{ field: 'token', what: 'the token, without `Bearer`', isSecret: true }],
  signs: 'nothing: a bearer token in Authorization',
  sends: 'Send it with every request as Authorization: Bearer <token>.',
  connection: BearerConnection,
  verify: verifyBearer,
  sign: signBearer,
  pair: bearerPair,
};

export const basic: Scheme<{ username: string; password: string }> = {
  proof: 'credential',
  needs: [
    { field: 'username', what: 'a name of your choice', isSecret: false },
    { field: 'password', what: 'a long random text', isSecret: true },
  ],
  signs: 'nothing: HTTP Basic',
  sends: 'Let the sender log on with HTTP Basic.',
  connection: BasicConnection,
  verify: verifyBasic,
  sign: signBasic,
  pair: basicPair,
};

/** @param header In lower case. */
export const headerValue = (header: string): Scheme<{ value: string }> => ({
  proof: 'credential',
  needs: [{ field: 'value', what: `what the header ${header} holds`, isSecret: true }],
  signs: `nothing: a fixed value in the header ${header}`,
  sends: `Send it with every request in the header ${header}.`,
  connection: z.object({ value: z.string().check(z.minLength(1)) }),
  verify(request, { secrets }) {
    return verifyHeader(
      request,
      header,
      secrets.map(({ value }) => value),
    );
  },
  sign: (_sample, { value }) => ({ headers: { 'content-type': 'application/json', [header]: value } }),
  pair: headerPair('value'),
});

const urlToken: Scheme<{ tokenHash: string }, { token: string }> = {
  proof: 'credential',
  needs: [{ field: 'token', what: '24 characters or more for the URL; only its hash is kept', isSecret: true }],
  signs: 'nothing: a token in the URL',
  sends: 'Give the sender the URL with ?token=<token>.',
  connection: tokenConnection(),
  verify: verifyToken,
  sign: (_sample, vendor) => ({ headers: { 'content-type': 'application/json' }, query: tokenQuery(vendor) }),
  pair: tokenPair,
};
