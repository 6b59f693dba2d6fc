/**
 * HubSpot webhooks of apps, and of workflows.
 *
 * Three signatures, each keyed with the app's client secret as text. Version 3 is checked where its header is there, else
 * the one that `X-HubSpot-Signature-Version` names:
 * - v1: SHA-256 of secret and raw body, lower-case hex, in `X-HubSpot-Signature`.
 * - v2: SHA-256 of secret, method, URL and raw body, likewise.
 * - v3: HMAC-SHA256 over method, URL, raw body and `X-HubSpot-Request-Timestamp` (milliseconds), base64, in
 *   `X-HubSpot-Signature-v3`. Older than 300 000 ms is refused; ahead is not, as in HubSpot's own client. Of the URL twelve
 *   escapes are decoded first, and no others.
 * The URL is the one that HubSpot calls, query included. v1 and v2 sign no time: the ledger alone stops replays.
 * Source: @hubspot/api-client 14.0.1, signature.js; developers.hubspot.com, "Validating requests", read 2026-11-21.
 *
 * Identity: HubSpot does not promise that `eventId` is unique, so the key is made of all that names an event;
 * `attemptNumber`, which changes with every retry, is no part of it. Workflows send free bodies without an id, or by GET
 * none at all: they are `untyped` hints, told apart by their bytes; a GET's are its query.
 */
import { createHash } from 'node:crypto';
import { type Fresh, type SourceRequest, source, type Verdict, type VerifyContext } from '../core/source.ts';
import { contentHint, contentKey, firstText, UNTYPED } from './common/body.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly, partOf } from './common/json.ts';
import { anySecret, sameText } from './common/signature.ts';
import { isoMillis } from './common/time.ts';
import { PUBLIC_URL_NEED, signedUrl, UrlSecretConnection } from './common/url.ts';

const V3 = 'x-hubspot-signature-v3';
const OLDER = 'x-hubspot-signature';
const OLDER_VERSION = 'x-hubspot-signature-version';
const MAX_AGE_MS = 300_000;
/** As long as HubSpot tries again. */
const WINDOW_HOURS = 24;

const v3 = headerSignature({
  header: V3,
  algorithm: 'sha256',
  encoding: 'base64',
  content: ({ method, url, body, timestamp }) => [method + decoded(url), body, timestamp],
  timestamp: {
    header: 'x-hubspot-request-timestamp',
    parse: millisOf,
    write: (now) => `${now.getTime()}`,
    maxAgeMs: MAX_AGE_MS,
  },
});

export const hubspot = source({
  kind: 'hubspot',
  sheet: {
    vendor: 'HubSpot',
    needs: [
      { field: 'secret', what: 'the app’s client secret', isSecret: true },
      { ...PUBLIC_URL_NEED, what: 'the target URL at HubSpot, without a query, where it is not the source’s own' },
    ],
    signs:
      'v3: HMAC-SHA256 over method, URL, body and time, base64, in X-HubSpot-Signature-v3; v1 and v2: SHA-256, hex',
    window: 'v3: 300 s old, ahead is not refused, as in HubSpot’s own client; v1 and v2: none',
    batch: 'a list, up to 100 events as is commonly known; of a workflow one event',
    identity: 'portal, subscription, event, object, time and property together; of workflows the bytes within 24 hours',
    entity: '`objectId`, of an association `fromObjectId`',
    occurredAt: '`occurredAt`; lists are in no order',
    answer: '2xx within 5 s (secondary)',
    redelivery: 'up to 10 times in 24 h as is commonly known; not after 400, 401, 403, 404 and 405',
    setUp: [
      'Developer account → the app → Webhooks: target URL is the source’s URL.',
      'Create the subscriptions that flows name, and activate them.',
      'Set the client secret (the app’s page, Auth) here.',
    ],
    rotation: [
      'rotate the client secret in the app’s settings',
      'SET the new secret here at once: what is refused with 401 HubSpot does not send again',
    ],
    oddities: [
      { date: '2026-11-21', what: 'a changed target URL takes up to 5 minutes to count' },
      { date: '2026-11-21', what: '`eventId` alone is not unique, as is commonly known' },
      { date: '2026-11-21', what: 'HubSpot’s own client does not decode the URL for v3; its page says to' },
    ],
    judged: {
      package: '@hubspot/api-client 14.0.1',
      example: 'the values published in developers.hubspot.com, "Validating requests" (v1, v2)',
    },
  },
  connection: UrlSecretConnection,
  proof: 'signature',
  methods: ['POST', 'GET'],
  answerWithinMs: 5_000,
  types: {
    'contact.creation': {
      shape: 'hint',
      sample: (fresh) => [change('contact.creation', fresh, { changeFlag: 'NEW' })],
    },
    'contact.propertyChange': {
      shape: 'delta',
      sample: (fresh) => [property('contact', fresh, 'lastname', 'Lovelace')],
    },
    'contact.deletion': {
      shape: 'delta',
      sample: (fresh) => [change('contact.deletion', fresh, { changeFlag: 'DELETED' })],
    },
    'company.propertyChange': { shape: 'delta', sample: (fresh) => [property('company', fresh, 'city', 'London')] },
    'deal.creation': { shape: 'hint', sample: (fresh) => [change('deal.creation', fresh, { changeFlag: 'NEW' })] },
    'deal.propertyChange': { shape: 'delta', sample: (fresh) => [property('deal', fresh, 'dealstage', 'closedwon')] },
    untyped: contentHint(({ number }) => ({
      vid: number,
      'portal-id': 18_151_210,
      properties: { firstname: { value: 'Ada' }, lastname: { value: 'Lovelace' } },
    })),
  },
  verify: (request, context) =>
    request.headers[V3] === undefined ? verifyOlder(request, context) : v3.verify(request, context),
  bodyOf: ({ method, rawQuery, body }) => (method === 'GET' && body.length === 0 ? queryAsJson(rawQuery) : body),
  read({ body, acceptedAt }) {
    const json = parseExactly(body);
    if (Array.isArray(json)) {
      return { events: json.map((item) => eventOf(item, acceptedAt)), items: json.length };
    }
    const key = contentKey(body, acceptedAt, WINDOW_HOURS);
    return { events: [{ type: UNTYPED, eventId: null, key, occurredAt: null, entityId: null }] };
  },
  sign: v3.sign,
});

function verifyOlder(
  request: SourceRequest,
  context: VerifyContext<{ secret: string; publicUrl?: string | undefined }>,
): Verdict {
  const { headers, method, body } = request;
  const { [OLDER]: given, [OLDER_VERSION]: version } = headers;
  if (given === undefined || version === undefined) return 'missing-header';
  if (typeof given !== 'string' || (version !== 'v1' && version !== 'v2')) return 'malformed-header';
  // A GET says its query, which v1 does not sign.
  if (version === 'v1' && method === 'GET') return 'bad-signature';
  const matches = context.secrets.some((connection) => {
    const before = version === 'v1' ? '' : method + signedUrl(request, context, connection);
    return anySecret([connection], (secret) => sameText(given, sha256(secret + before, body)));
  });
  return matches ? 'valid' : 'bad-signature';
}

/** HubSpot counts in milliseconds; of more digits there is no time in JavaScript. */
function millisOf(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

const sha256 = (before: string, body: Buffer) => createHash('sha256').update(before).update(body).digest('hex');

/** The URL as version 3 signs it: what other escapes there are (a blank, `&`, `=`, `%`, UTF-8) stays as it came. */
const decoded = (url: string) =>
  url.replace(/%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, (code) => decodeURIComponent(code));

/** Workflows may call by GET: then the query, which is signed, is all that they say. */
const queryAsJson = (rawQuery: string) => partOf(Object.fromEntries(new URLSearchParams(rawQuery)));

/** Whatever an event has of these tells it from others. */
const IDENTITY = [
  ...['portalId', 'subscriptionId', 'eventId', 'objectId', 'fromObjectId', 'toObjectId'],
  ...['occurredAt', 'propertyName'],
];

function eventOf(item: unknown, acceptedAt: number) {
  if (typeof item !== 'object' || item === null) throw new Error('an item of the list is no object');
  const part = partOf(item);
  const eventId = firstText(item, 'eventId') ?? null;
  const at = millisOf(firstText(item, 'occurredAt') ?? '');
  const identity = IDENTITY.map((name) => firstText(item, name) ?? '').join(':');
  return {
    type: firstText(item, 'subscriptionType') ?? UNTYPED,
    eventId,
    key: eventId === null ? contentKey(part, acceptedAt, WINDOW_HOURS) : identity,
    occurredAt: at === undefined ? null : isoMillis(at),
    entityId: firstText(item, ['objectId', 'fromObjectId']) ?? null,
    part,
  };
}

const change = (subscriptionType: string, { number, now }: Fresh, more: object) => ({
  eventId: number,
  subscriptionId: 744_592,
  portalId: 18_151_210,
  appId: 54_321,
  occurredAt: now.getTime(),
  subscriptionType,
  attemptNumber: 0,
  objectId: number + 1,
  changeSource: 'CRM',
  ...more,
});

const property = (about: string, fresh: Fresh, propertyName: string, propertyValue: string) =>
  change(`${about}.propertyChange`, fresh, { propertyName, propertyValue });
