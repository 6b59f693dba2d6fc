/** Vendors that sign the body, and nothing but the body. */
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import { type Draft, withHeader, withoutHeader } from '../draft.ts';
import type { Scheme } from '../judge.ts';
import { base64, byHmac, hex, isSigned, type Rule } from './hmac.ts';
import { fieldsOf, genuineIf, jsonOf, lengthOf, mac, memberOf, secretsOf } from './parts.ts';

export const github = (vector: Vector): Scheme =>
  byHmac(vector, {
    header: 'x-hub-signature-256',
    word: (secret, { body }) => `sha256=${hex(secret, body)}`,
    reads: /^(x-github-.*|content-type)$/,
    more: { tricks: [legacyOf(vector)] },
  });

/** The header of old, which is right, and without the one that counts. */
const legacyOf = (vector: Vector) => (draft: Draft) => {
  const word = `sha1=${mac('sha1', secretsOf(vector)[0]!, draft.body).digest('hex')}`;
  return withHeader(withoutHeader(draft, 'x-hub-signature-256'), 'x-hub-signature', word);
};

/** Deliveries of the newer kind are told by their signature, whatever else is there. */
export function shopify(vector: Vector): Scheme {
  const newer: Rule = { header: 'shopify-hmac-sha256', word: (secret, { body }) => base64(secret, body) };
  const older: Rule = { ...newer, header: 'x-shopify-hmac-sha256' };
  const ruleOf = (names: readonly string[]) => (names.includes(newer.header) ? newer : older);
  const rule = ruleOf(Object.keys(vector.request.headers).map((name) => name.toLowerCase()));
  return {
    ...byHmac(vector, { ...rule, reads: /^(x-)?shopify-/ }),
    others: [older.header],
    judge: (arrival) => genuineIf(isSigned(vector, ruleOf(Object.keys(arrival.request.headers)), arrival)),
  };
}

export const quickbooks = (vector: Vector): Scheme =>
  byHmac(vector, {
    header: 'intuit-signature',
    word: (secret, { body }) => base64(secret, body),
    more: { items: (body) => intuitItems(jsonOf(body)) },
  });

/** CloudEvents in an array, or companies with their entities. */
function intuitItems(value: unknown): number | undefined {
  const companies = memberOf(value, 'eventNotifications');
  if (!Array.isArray(companies)) return lengthOf(value);
  return sum(companies.map((company) => lengthOf(memberOf(company, 'dataChangeEvent', 'entities'))));
}

export const fedex = (vector: Vector): Scheme =>
  byHmac(vector, {
    header: 'fdx-signature',
    word: (secret, { body }) => base64(secret, body),
    more: { items: () => undefined },
  });

export const xero = (vector: Vector): Scheme =>
  byHmac(vector, {
    header: 'x-xero-signature',
    word: (secret, { body }) => base64(secret, body),
    more: { items: (body) => xeroItems(memberOf(jsonOf(body), 'events')) },
  });

const xeroItems = (events: unknown) => (events === null ? 0 : lengthOf(events));

export const easypost = (vector: Vector): Scheme =>
  byHmac(vector, {
    header: 'x-hmac-signature',
    word: (secret, { body }) => `hmac-sha256-hex=${hex(secret.normalize('NFKD'), body)}`,
  });

/** Once, before there is a secret, it sends one unsigned: to be believed only while that is awaited. */
export function gusto(vector: Vector): Scheme {
  const rule: Rule = { header: 'x-gusto-signature', word: (secret, { body }) => hex(secret, body) };
  const isVerification = vector.scheme === 'gusto-verification';
  const scheme = byHmac(vector, rule);
  return {
    ...scheme,
    ...(isVerification && { body: 'read' }),
    judge(arrival) {
      if (isSigned(vector, rule, arrival)) return 'genuine';
      const isVerifying = memberOf(jsonOf(arrival.request.body), 'verification_token') !== undefined;
      const isAwaited =
        vector.keys?.awaitingVerification === true && arrival.request.headers[rule.header] === undefined;
      return isAwaited && isVerifying ? 'handshake' : 'forged';
    },
    sign: secretsOf(vector).length > 0 ? scheme.sign : (draft) => draft,
  };
}

/** PHP escapes the secret as it stores it. */
const ENTITIES: readonly (readonly [string, string])[] = [
  ...([
    ['&lt;', '<'],
    ['&gt;', '>'],
    ['&quot;', '"'],
    ['&#039;', "'"],
    ['&amp;', '&'],
  ] as const),
];

export function woocommerce(vector: Vector): Scheme {
  const keyOf = (secret: string) => ENTITIES.reduce((text, [entity, mark]) => text.replaceAll(entity, mark), secret);
  const rule: Rule = {
    header: 'x-wc-webhook-signature',
    word: (secret, { body }) => base64(keyOf(secret), body),
    reads: /^(x-wc-webhook-.*|content-type)$/,
  };
  const isPing = (body: Buffer) => fieldsOf(body)[0]?.[0] === 'webhook_id';
  return {
    ...byHmac(vector, rule),
    ...(vector.scheme === 'woocommerce-ping' && { body: 'read' }),
    judge(arrival) {
      if (isSigned(vector, rule, arrival)) return 'genuine';
      const { headers, body } = arrival.request;
      return headers[rule.header] === undefined && isPing(body) ? 'handshake' : 'forged';
    },
  };
}

/** Messages and states of messages; what else a change may hold is not told. */
export function meta(vector: Vector): Scheme {
  const rule: Rule = { header: 'x-hub-signature-256', word: (secret, { body }) => `sha256=${hex(secret, body)}` };
  return byHmac(vector, { ...rule, more: { items: (body) => metaItems(jsonOf(body)), tricks: [legacyOf(vector)] } });
}

function metaItems(value: unknown): number | undefined {
  const changes = listOf(memberOf(value, 'entry'))?.map((entry) => memberOf(entry, 'changes'));
  return changes && sum(changes.map((each) => listOf(each) && sum(listOf(each)!.map(changeItems))));
}

function changeItems(change: unknown): number | undefined {
  const lists = ['messages', 'statuses'].map((name) => memberOf(change, 'value', name));
  const count = sum(lists.map((list) => (list === undefined ? 0 : lengthOf(list))));
  return count === 0 ? undefined : count;
}

const listOf = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);
/** Unknown as soon as one is. */
const sum = (counts: readonly (number | undefined)[]) =>
  counts.reduce<number | undefined>(
    (total, count) => (total === undefined || count === undefined ? undefined : total + count),
    0,
  );
