/** Vendors that sign the URL with the body. */
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import { withHeader } from '../draft.ts';
import type { Arrival, Scheme } from '../judge.ts';
import { base64, byHmac, hex, isSigned, type Rule, sha256 } from './hmac.ts';
import { batchOf, genuineIf, jsonOf, lineOf } from './parts.ts';
import { milliseconds, rfc2822 } from './stamps.ts';

export const square = (vector: Vector): Scheme =>
  byHmac(vector, {
    header: 'x-square-hmacsha256-signature',
    word: (secret, { url, body }) => base64(secret, url, body),
    more: { url: 'signed', query: 'signed' },
  });

/** The path without its query; the query is not signed. */
export const easypostV2 = (vector: Vector): Scheme =>
  byHmac(vector, {
    header: 'x-hmac-signature-v2',
    time: { header: 'x-timestamp', notation: rfc2822 },
    word: (secret, { time, method, body, header }) =>
      `hmac-sha256-hex=${hex(secret.normalize('NFKD'), time + method + header('x-path'), body)}`,
    isFit: (arrival) => lineOf(arrival.request.headers, 'x-path') === pathOf(arrival.publicUrl),
    prepare: (draft) => withHeader(draft, 'x-path', pathOf(draft.publicUrl)),
    reads: /^x-path$/,
    more: { url: 'read' },
  });

const pathOf = (url: string) => /^https?:\/\/[^/]+(\/.*)$/.exec(url)?.[1] ?? '';

/** The characters that HubSpot decodes in the URL before it signs it; it leaves all others as they are. */
const DECODED = /%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;
const decoded = (url: string) => url.replace(DECODED, (code) => decodeURIComponent(code));

const V3: Rule = {
  header: 'x-hubspot-signature-v3',
  time: { header: 'x-hubspot-request-timestamp', notation: milliseconds },
  isInTime: (ageMs) => ageMs <= 300_000,
  word: (secret, { method, url, time, body }) => base64(secret, method + decoded(url), body, time),
};
const V2: Rule = {
  header: 'x-hubspot-signature',
  word: (secret, { method, url, body }) => sha256(secret, method + url, body),
};
const V1: Rule = { header: 'x-hubspot-signature', word: (secret, { body }) => sha256(secret, body) };

/** Version 3 decides where it is there; which of the older ones it is, a header says. */
export function hubspot(vector: Vector): Scheme {
  const { scheme } = vector;
  const rule = { 'hubspot-v1': V1, 'hubspot-v2': V2 }[scheme] ?? V3;
  const signs = scheme === 'hubspot-v1' ? 'unread' : scheme === 'hubspot-v2' ? 'signed' : 'read';
  return byHmac(vector, {
    ...rule,
    ...(rule !== V3 && {
      prepare: (draft) => withHeader(draft, 'x-hubspot-signature-version', rule === V1 ? 'v1' : 'v2'),
    }),
    reads: /^x-hubspot-/,
    more: {
      ...{ methods: ['POST', 'GET'], others: ['x-hubspot-signature'], url: signs, query: signs },
      judge: (arrival) => genuineIf(isSigned(vector, ruleFor(arrival), arrival)),
      // A workflow or a card sends one.
      items: (body) => batchOf(jsonOf(body)),
    },
  });
}

function ruleFor({ request: { headers } }: Arrival): Rule {
  if (headers[V3.header] !== undefined) return V3;
  const version = lineOf(headers, 'x-hubspot-signature-version');
  return version === 'v2' ? V2 : V1;
}
