/**
 * ShipStation API v2 webhooks, which are ShipEngine's.
 *
 * RSA-SHA256 (PKCS#1 v1.5) over `<timestamp>.<raw body>`, base64, in `x-shipengine-rsa-sha256-signature`; which key of
 * ShipEngine's published set is named in `x-shipengine-rsa-sha256-key-id`. All accounts share the keys: the signature proves
 * ShipEngine, not whose shipments these are. The body has no id: events are told apart by their bytes, and all are hints.
 * Sources: docs.shipstation.com, "Validating webhooks" (headers, window); what is signed, from five receivers that agree;
 * read 2026-11-21.
 */
import {
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type JsonWebKey,
  verify as verifySignature,
} from 'node:crypto';
import * as z from 'zod/mini';
import { type FetchKey, type Fresh, source, type Verdict } from '../core/source.ts';
import { contentHint, contentKey, firstText, UNTYPED } from './common/body.ts';
import { parseExactly } from './common/json.ts';
import { anyConnection, base64Bytes, findPublished } from './common/public-key.ts';
import { isUnixSeconds } from './common/signature.ts';
import { utc } from './common/time.ts';

const SIGNATURE = 'x-shipengine-rsa-sha256-signature';
const KEY_ID = 'x-shipengine-rsa-sha256-key-id';
const TIMESTAMP = 'x-shipengine-timestamp';
const KEYS_URL = 'https://api.shipengine.com/jwks';
const MAX_DIFFERENCE_SECONDS = 300;

const Jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.optional(z.string()) })) });
type Jwks = z.output<typeof Jwks>;

export const shipstation = source({
  kind: 'shipstation',
  sheet: {
    vendor: 'ShipStation API v2 (ShipEngine)',
    needs: [
      {
        field: 'jwks',
        what: 'a key set, `{ "keys": […] }`, that alone counts; without it, ShipEngine’s published one',
        isSecret: false,
        isOptional: true,
      },
    ],
    signs: 'RSA-SHA256 over `<timestamp>.<body>`, base64, in x-shipengine-rsa-sha256-signature',
    window: '300 s, behind or ahead, as the vendor suggests',
    batch: 'one event a request',
    identity: 'the body’s bytes within 2 hours: it has no id',
    entity: '`tracking_number`, `label_id`, `batch_id`, `shipment_id` or `carrier_id` of `data`',
    occurredAt: 'the latest `occurred_at` of `data.events`: only API_TRACK has one',
    answer: '2xx; no deadline is published',
    redelivery: 'commonly known, not read: two more times, 30 minutes apart',
    setUp: [
      'Set `{}` here: there is no secret.',
      'Settings → Account → API → Webhooks, or POST /v2/environment/webhooks.',
      'URL: the source’s URL; one webhook for each event that flows name.',
    ],
    rotation: ['nothing to do: ShipEngine publishes new keys before it signs with them'],
    oddities: [
      { date: '2026-11-21', what: 'all accounts share the keys: read the record at `resource_url` before you act' },
      { date: '2026-11-21', what: 'what is signed, and how often it is sent again, the vendor does not say' },
    ],
    judged: { documentation: 'docs.shipstation.com, "Validating webhooks"; secondary: five other receivers' },
  },
  connection: z.strictObject({ jwks: z.optional(Jwks.check(z.refine(({ keys }) => keys.length > 0))) }),
  proof: 'signature',
  methods: ['POST'],
  answerWithinMs: 10_000,
  types: {
    API_TRACK: contentHint((fresh) => ({
      ...common('API_TRACK', `tracking?carrier_code=usps&tracking_number=94712${fresh.number}`),
      data: {
        tracking_number: `94712${fresh.number}`,
        status_code: 'DE',
        status_description: 'Delivered',
        events: [{ occurred_at: fresh.now.toISOString(), description: 'Left at the mill', city_locality: 'London' }],
      },
    })),
    API_LABEL_CREATED_V2: {
      ...contentHint((fresh) => ({
        ...common('API_LABEL_CREATED_V2', `labels/${labelOf(fresh)}`),
        data: { label_id: labelOf(fresh), status: 'completed', shipment_cost: { currency: 'eur', amount: 7.58 } },
      })),
      ordered: false,
    },
    API_BATCH: {
      ...contentHint((fresh) => ({
        ...common('API_BATCH', `batches/${labelOf(fresh)}`),
        data: { batch_id: labelOf(fresh), status: 'completed', notes: 'Engines for Ada Lovelace' },
      })),
      ordered: false,
    },
  },
  async verify({ headers, body }, { secrets, now, fetchKey }): Promise<Verdict> {
    const { [SIGNATURE]: signature, [KEY_ID]: keyId, [TIMESTAMP]: timestamp } = headers;
    if (signature === undefined || keyId === undefined || timestamp === undefined) return 'missing-header';
    if (typeof signature !== 'string' || typeof keyId !== 'string' || typeof timestamp !== 'string') {
      return 'malformed-header';
    }
    const bytes = base64Bytes(signature);
    const sentAt = millisOf(timestamp);
    if (bytes === undefined || sentAt === undefined || keyId === '') return 'malformed-header';
    const content = Buffer.concat([Buffer.from(`${timestamp}.`), body]);
    const matches = await anyConnection(secrets, async ({ jwks }) => {
      const key = jwks ? keyIn(jwks, keyId) : await publishedKey(keyId, fetchKey);
      return key !== undefined && verifySignature('RSA-SHA256', content, key, bytes);
    });
    if (!matches) return 'bad-signature';
    const ageSeconds = Math.floor((now - sentAt) / 1_000);
    return Math.abs(ageSeconds) > MAX_DIFFERENCE_SECONDS ? 'stale' : 'valid';
  },
  read({ body, acceptedAt }) {
    const json = parseExactly(body);
    return {
      events: [
        {
          type: firstText(json, 'resource_type') ?? UNTYPED,
          eventId: null,
          key: contentKey(body, acceptedAt),
          occurredAt: latestOf(json),
          entityId: firstText(json, ENTITIES) ?? null,
        },
      ],
    };
  },
  sign({ body, fresh }, { keyId, privateKey }: Vendor) {
    const timestamp = `${fresh.now.toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}Z`;
    const signature = createSign('RSA-SHA256').update(`${timestamp}.`).update(body).sign(privateKey, 'base64');
    const named = { [KEY_ID]: keyId, [TIMESTAMP]: timestamp, [SIGNATURE]: signature };
    return { headers: { 'content-type': 'application/json', ...named } };
  },
  pair(random) {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyId = random();
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: keyId };
    return {
      connection: { jwks: { keys: [jwk] } },
      vendor: { keyId, privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() },
    };
  },
});

type Vendor = { readonly keyId: string; readonly privateKey: string };

const ENTITIES = ['tracking_number', 'label_id', 'batch_id', 'shipment_id', 'carrier_id'].map((id) => `data.${id}`);

/** New keys are published before use, so for one that we do not know another look is worth it. */
const publishedKey = (keyId: string, fetchKey: FetchKey) =>
  findPublished(
    (again) => fetchKey(KEYS_URL, { again }),
    (text) => keyIn(z.parse(Jwks, JSON.parse(text)), keyId),
  );

function keyIn({ keys }: Jwks, keyId: string) {
  const jwk = keys.find(({ kid, kty }) => kid === keyId && kty === 'RSA');
  return jwk && createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
}

/** The signed time: ISO 8601 with its zone, or Unix seconds. */
function millisOf(text: string): number | undefined {
  if (isUnixSeconds(text)) return Number(text) * 1_000;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text);
  const millis = isTime ? Date.parse(text) : Number.NaN;
  return Number.isNaN(millis) ? undefined : millis;
}

function latestOf(json: unknown): string | null {
  const { data } = Object(json) as { data?: unknown };
  const { events } = Object(data) as { events?: unknown };
  const times = (Array.isArray(events) ? events : []).flatMap((event) => firstText(event, 'occurred_at') ?? []);
  const latest = times.map(utc).sort((one, other) => Date.parse(other) - Date.parse(one))[0];
  return latest ?? null;
}

const labelOf = ({ number }: Fresh) => `se-${number}`;

const common = (type: string, path: string) => ({
  resource_url: `https://api.shipstation.com/v2/${path}`,
  resource_type: type,
});
