/**
 * eBay's commerce notifications.
 *
 * ECDSA (P-256, SHA-1, DER) over the raw body; `X-EBAY-SIGNATURE` is base64 of JSON `{ alg, kid, signature, digest }`. eBay
 * gives the public key for a `kid` to any application that has a token. No time is signed, and no receiver: all
 * applications share the keys, so whoever was sent a notification can send it on to us. The URL is checked by a GET
 * `?challenge_code=`, which is answered by SHA-256 over code, verification token and URL.
 * Source: event-notification-nodejs-sdk 1.0.3; developer.ebay.com, "getPublicKey"; read 2026-11-21.
 */
import { createHash, createPublicKey, createSign, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import * as z from 'zod/mini';
import { type FetchKey, type Fresh, source, type Verdict } from '../core/source.ts';
import { firstText } from './common/body.ts';
import { bearerOf, ClientCredentials } from './common/client-credentials.ts';
import { parseExactly } from './common/json.ts';
import { anyConnection, base64Bytes, findPublished, ifThere } from './common/public-key.ts';
import { utc } from './common/time.ts';

const SIGNATURE = 'x-ebay-signature';
const LIVE = 'https://api.ebay.com';
const SANDBOX = 'https://api.sandbox.ebay.com';
const SCOPE = 'https://api.ebay.com/oauth/api_scope';

const Text = z.string().check(z.minLength(1));
const Key = z.string().check(z.refine((pem) => parseKey(pem) !== undefined));
const PublicKeys = z.record(Text, Key).check(z.refine((keys) => Object.keys(keys).length > 0));
const Shared = { verificationToken: Text, publicUrl: z.optional(z.url()), apiUrl: z.optional(z.enum([LIVE, SANDBOX])) };
const Application = z.strictObject({ ...Shared, ...ClientCredentials });
const Pinned = z.strictObject({ ...Shared, publicKeys: PublicKeys });
type Application = z.output<typeof Application>;

const Signature = z.object({
  alg: z.literal('ecdsa'),
  kid: z.string(),
  signature: z.string(),
  digest: z.literal('SHA1'),
});
const Notification = z.object({
  metadata: z.object({ topic: Text }),
  notification: z.object({ notificationId: Text, eventDate: z.optional(z.string()) }),
});

export const ebay = source({
  kind: 'ebay',
  sheet: {
    vendor: 'eBay',
    needs: [
      { field: 'verificationToken', what: 'a text of your own choice, 32 to 80 of `A-Za-z0-9_-`', isSecret: true },
      { field: 'clientId', what: 'the App ID of your keyset', isSecret: false, isOptional: true },
      {
        field: 'clientSecret',
        what: 'the Cert ID of your keyset, to fetch keys with',
        isSecret: true,
        isOptional: true,
      },
      {
        field: 'publicKeys',
        what: 'in place of both: keys by `kid`, as PEM, that alone count',
        isSecret: false,
        isOptional: true,
      },
      {
        field: 'publicUrl',
        what: 'the URL as registered, where it is not the hub’s',
        isSecret: false,
        isOptional: true,
      },
      { field: 'apiUrl', what: `\`${SANDBOX}\` for eBay’s own sandbox`, isSecret: false, isOptional: true },
    ],
    signs: 'ECDSA P-256 with SHA-1 over the body, in X-EBAY-SIGNATURE, base64 of `{ alg, kid, signature, digest }`',
    window: 'none',
    batch: 'one event a request',
    identity: '`notification.notificationId`; a retry keeps it',
    entity: '`orderId`, `itemId`, `listingId` or `userId` of `notification.data`',
    occurredAt: '`notification.eventDate`',
    answer: '2xx; no deadline is published',
    redelivery: 'commonly known, not read: several times, then the endpoint is marked down',
    setUp: [
      'Set a verification token and your keyset here, and deploy.',
      'Alerts & Notifications, or the Notification API: the source’s URL and the verification token; eBay checks it at once.',
      'Subscribe to the topics that flows name.',
    ],
    rotation: [
      'SET the new token or keyset here: both work for 7 days',
      'change the verification token at eBay, which checks the URL again',
    ],
    oddities: [
      { date: '2026-11-21', what: 'all applications share the keys: whoever was sent a notification can send it on' },
      { date: '2026-11-21', what: 'Platform Notifications (SOAP, MD5) are another system, and are not received' },
    ],
    judged: {
      package: 'event-notification-nodejs-sdk 1.0.3',
      example: 'a notification that eBay signed, in that package',
    },
  },
  connection: z.union([Application, Pinned]),
  proof: 'signature',
  methods: ['GET', 'POST'],
  answerWithinMs: 10_000,
  types: {
    MARKETPLACE_ACCOUNT_DELETION: {
      shape: 'state',
      sample: (fresh) =>
        notification('MARKETPLACE_ACCOUNT_DELETION', fresh, {
          username: `ada_${fresh.number}`,
          userId: fresh.id.slice(0, 11),
          eiasToken: Buffer.from(fresh.id).toString('base64'),
        }),
    },
    PRIORITY_LISTING_REVISION: {
      shape: 'delta',
      sample: (fresh) =>
        notification('PRIORITY_LISTING_REVISION', fresh, {
          itemId: `v1|15358${fresh.number}|0`,
          title: 'Analytical Engine, brass, one careful owner',
          revisionDate: fresh.now.toISOString(),
        }),
    },
    ITEM_AVAILABILITY: {
      shape: 'hint',
      sample: (fresh) => notification('ITEM_AVAILABILITY', fresh, { itemId: `v1|15358${fresh.number}|0` }),
    },
  },
  async verify({ headers, body }, { secrets, fetchKey }): Promise<Verdict> {
    const header = headers[SIGNATURE];
    if (header === undefined) return 'missing-header';
    const parsed = typeof header === 'string' ? parseSignature(header) : undefined;
    if (!parsed) return 'malformed-header';
    const { kid, signature } = parsed;
    const matches = await anyConnection(secrets, async (connection) => {
      const key =
        'publicKeys' in connection
          ? parseKey(Object.hasOwn(connection.publicKeys, kid) ? connection.publicKeys[kid]! : '')
          : await publishedKey(kid, connection, fetchKey);
      return key !== undefined && verify('SHA1', body, key, signature);
    });
    return matches ? 'valid' : 'bad-signature';
  },
  handshake({ method, rawQuery }, { secrets, publicUrl }) {
    const [code, ...others] = new URLSearchParams(rawQuery).getAll('challenge_code');
    const [newest] = secrets;
    if (method !== 'GET' || !code || others.length > 0 || !newest) return undefined;
    const answer = code + newest.verificationToken + (newest.publicUrl ?? publicUrl);
    const challengeResponse = createHash('sha256').update(answer).digest('hex');
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ challengeResponse }),
    };
  },
  read({ body }) {
    const json = parseExactly(body);
    const { metadata, notification } = z.parse(Notification, json);
    const { notificationId, eventDate } = notification;
    return {
      events: [
        {
          type: metadata.topic,
          eventId: notificationId,
          key: notificationId,
          occurredAt: eventDate === undefined ? null : utc(eventDate),
          entityId: firstText(json, ENTITIES) ?? null,
        },
      ],
    };
  },
  sign({ body }, { kid, privateKey }: Vendor) {
    const signature = createSign('SHA1').update(body).sign(privateKey, 'base64');
    const json = JSON.stringify({ alg: 'ecdsa', kid, signature, digest: 'SHA1' });
    const headers = { 'content-type': 'application/json', [SIGNATURE]: Buffer.from(json).toString('base64') };
    return { headers };
  },
  pair(random) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const kid = random();
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
    return {
      connection: { verificationToken: random(), publicKeys: { [kid]: pem } },
      vendor: { kid, privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() },
    };
  },
});

type Vendor = { readonly kid: string; readonly privateKey: string };

const ENTITIES = ['orderId', 'itemId', 'listingId', 'userId'].map((id) => `notification.data.${id}`);

/** The `kid` becomes part of a URL, so it must be a plain id. */
function parseSignature(header: string): { kid: string; signature: Buffer } | undefined {
  const parsed = z.safeParse(Signature, jsonOf(base64Bytes(header)));
  if (!parsed.success || !/^[A-Za-z0-9_-]{1,64}$/.test(parsed.data.kid)) return undefined;
  const signature = base64Bytes(parsed.data.signature);
  return signature && { kid: parsed.data.kid, signature };
}

function jsonOf(bytes: Buffer | undefined): unknown {
  try {
    return bytes && JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

async function publishedKey(kid: string, application: Application, fetchKey: FetchKey) {
  const { apiUrl = LIVE } = application;
  const headers = await bearerOf(fetchKey, `${apiUrl}/identity/v1/oauth2/token`, application, { scope: SCOPE });
  const url = `${apiUrl}/commerce/notification/v1/public_key/${kid}`;
  const looking = findPublished(
    (again) => fetchKey(url, { headers, again }),
    (text) => {
      const key = parseKey(z.parse(z.object({ key: Text }), JSON.parse(text)).key);
      if (!key) throw new Error(`eBay's key ${kid} is no P-256 key`);
      return key;
    },
  );
  return ifThere(looking);
}

/** A key as PEM, whose line breaks eBay leaves out; undefined for anything but one of P-256. */
function parseKey(pem: string): KeyObject | undefined {
  const [, base64 = ''] = /^-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----$/.exec(pem.trim()) ?? [];
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}

function notification(topic: string, { id, now }: Fresh, data: object) {
  return {
    metadata: { topic, schemaVersion: '1.0', deprecated: false },
    notification: {
      notificationId: `${id}_${id.split('').reverse().join('')}`,
      eventDate: now.toISOString(),
      publishDate: now.toISOString(),
      publishAttemptCount: 1,
      data,
    },
  };
}
