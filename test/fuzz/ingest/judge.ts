/**
 * Who is right at the door: each scheme once more, written from the vendors' pages alone and by nothing of the connectors.
 *
 * It says only whether a request is genuine; the connector may refuse one that is, where a mutation does not forbid it.
 */
import { createHmac } from 'node:crypto';
import type { Headers, SourceRequest } from '../../../functions/core/source.ts';
import type { HmacOptions } from '../../../functions/sources/generic/options.ts';
import type { Vector } from '../../../lib/ops/vectors/vector.ts';
import { type Draft, withHeader } from './draft.ts';

const MAX_BODY_BYTES = 10_000_000;

export type Scheme = {
  /** The header that holds the signature, in lower case. */
  readonly signature: string;
  /** The header with a time that is signed, if any. It may be the signature's own. */
  readonly time?: string;
  /** Names of all headers that decide whether and as what a request is taken. */
  readonly reads: RegExp;
  /** The words of the signature that would be right for a body, under each of the vector's secrets. */
  readonly right: (headers: Headers, body: Buffer) => { words: string[]; seconds: number | undefined } | undefined;
  /** The words that a signature header holds. */
  readonly held: (header: string) => string[];
  readonly isInTime: (ageSeconds: number) => boolean;
  /** Signs a draft's body as the sender would, at the draft's time. */
  readonly sign: (draft: Draft) => Draft;
};

export function isGenuine(scheme: Scheme, request: SourceRequest, now: number): boolean {
  const { method, headers, body } = request;
  const header = headers[scheme.signature];
  if (method !== 'POST' || body.length === 0 || body.length > MAX_BODY_BYTES) return false;
  if (typeof header !== 'string') return false;
  const right = scheme.right(headers, body);
  if (!right) return false;
  const held = scheme.held(header);
  if (!right.words.some((word) => held.includes(word))) return false;
  return right.seconds === undefined || scheme.isInTime(Math.floor(now / 1_000) - right.seconds);
}

/** Whether somebody can tell what is genuine of its scheme. */
export const isJudged = ({ scheme }: Vector) => Object.hasOwn(SCHEMES, scheme);

export function schemeOf(vector: Vector): Scheme {
  const create = SCHEMES[vector.scheme];
  if (!create) throw new Error(`[fuzz] no judge is written for the scheme ${vector.scheme} of ${vector.id}`);
  return create(vector);
}

const SCHEMES: Readonly<Record<string, (vector: Vector) => Scheme>> = {
  'stripe-signature-v1': stripe,
  'shopify-hmac-sha256': shopify,
  'standard-webhooks': standardWebhooks,
  svix: standardWebhooks,
  'generic-hmac': generic,
};

const mac = (algorithm: string, key: string | Buffer, before: string, body: Buffer) =>
  createHmac(algorithm, key).update(Buffer.concat([Buffer.from(before), body]));
const secondsOf = (text: string) => (/^[0-9]{1,12}$/.test(text) ? Number(text) : undefined);

function stripe({ secrets }: Vector): Scheme {
  const name = 'stripe-signature';
  const v1 = (secret: string, time: string, body: Buffer) =>
    `v1=${mac('sha256', secret, `${time}.`, body).digest('hex')}`;
  const held = (header: string) => header.split(',').map((entry) => entry.trim());
  return {
    ...{ signature: name, time: name, reads: /^stripe-signature$/, held },
    isInTime: (age) => age <= 300,
    right(headers, body) {
      const times = held(String(headers[name])).flatMap((entry) => (entry.startsWith('t=') ? [entry.slice(2)] : []));
      const seconds = times.length === 1 ? secondsOf(times[0]!) : undefined;
      return seconds === undefined
        ? undefined
        : { seconds, words: usable(secrets).map((secret) => v1(secret, times[0]!, body)) };
    },
    sign(draft) {
      const time = String(Math.floor(draft.now / 1_000));
      return withHeader(draft, name, `t=${time},${v1(secrets[0]!, time, draft.body)}`);
    },
  };
}

function shopify({ secrets, request }: Vector): Scheme {
  const isNew = Object.keys(request.headers).some((header) => header.toLowerCase() === 'shopify-hmac-sha256');
  const name = isNew ? 'shopify-hmac-sha256' : 'x-shopify-hmac-sha256';
  const word = (secret: string, body: Buffer) => mac('sha256', secret, '', body).digest('base64');
  return {
    ...{ signature: name, reads: /^(x-)?shopify-/, held: (header) => [header], isInTime: () => true },
    right(headers, body) {
      // Deliveries of the newer kind are told by their signature, whatever else is there.
      if (!isNew && headers['shopify-hmac-sha256'] !== undefined) return undefined;
      return { seconds: undefined, words: usable(secrets).map((secret) => word(secret, body)) };
    },
    sign: (draft) => withHeader(draft, name, word(secrets[0]!, draft.body)),
  };
}

function standardWebhooks({ secrets, request }: Vector): Scheme {
  const names = Object.keys(request.headers).map((header) => header.toLowerCase());
  const family = names.includes('svix-signature') ? 'svix' : 'webhook';
  const keyOf = (secret: string) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const v1 = (secret: string, id: string, time: string, body: Buffer) =>
    `v1,${mac('sha256', keyOf(secret), `${id}.${time}.`, body).digest('base64')}`;
  return {
    ...{ signature: `${family}-signature`, time: `${family}-timestamp`, reads: /^(webhook|svix)-/ },
    held: (header) => header.split(' '),
    isInTime: (age) => Math.abs(age) <= 300,
    right(headers, body) {
      const [id, time] = [headers[`${family}-id`], headers[`${family}-timestamp`]];
      if (typeof id !== 'string' || typeof time !== 'string') return undefined;
      if (family === 'webhook' && headers['svix-signature'] !== undefined) return undefined;
      const seconds = secondsOf(time);
      if (seconds === undefined) return undefined;
      const valid = usable(secrets).filter((secret) => keyOf(secret).length > 0);
      return { seconds, words: valid.map((secret) => v1(secret, id, time, body)) };
    },
    sign(draft) {
      const id = draft.headers.find(([header]) => header.toLowerCase() === `${family}-id`)?.[1] ?? 'msg_1';
      const time = String(Math.floor(draft.now / 1_000));
      const stamped = withHeader(withHeader(draft, `${family}-id`, id), `${family}-timestamp`, time);
      return withHeader(stamped, `${family}-signature`, v1(secrets[0]!, id, time, draft.body));
    },
  };
}

function generic({ secrets, keys, toleranceSeconds }: Vector): Scheme {
  const settings = (keys?.generic ?? {}) as HmacOptions;
  const { header = 'x-signature', algorithm = 'sha256', encoding = 'hex', prefix = '', ...more } = settings;
  const signature = header.toLowerCase();
  const time = more.timestampHeader?.toLowerCase();
  const word = (secret: string, before: string, body: Buffer) =>
    prefix + mac(algorithm, secret, before, body).digest(encoding);
  return {
    ...{ signature, ...(time !== undefined && { time }), held: (value) => [value] },
    reads: new RegExp(`^(${[signature, time].filter((name) => name !== undefined).join('|')})$`),
    isInTime: (age) => Math.abs(age) <= (toleranceSeconds ?? 300),
    right(headers, body) {
      const stamp = time === undefined ? undefined : headers[time];
      if (time !== undefined && (typeof stamp !== 'string' || secondsOf(stamp) === undefined)) return undefined;
      const before = stamp === undefined ? '' : `${stamp}.`;
      return {
        seconds: typeof stamp === 'string' ? secondsOf(stamp) : undefined,
        words: usable(secrets).map((secret) => word(secret, before, body)),
      };
    },
    sign(draft) {
      const stamp = String(Math.floor(draft.now / 1_000));
      const stamped = time === undefined ? draft : withHeader(draft, time, stamp);
      return withHeader(stamped, signature, word(secrets[0]!, time === undefined ? '' : `${stamp}.`, draft.body));
    },
  };
}

const usable = (secrets: readonly string[]) => secrets.filter((secret) => secret !== '');
