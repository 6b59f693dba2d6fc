/**
 * PayPal webhooks.
 *
 * RSA-SHA256 (PKCS#1 v1.5), base64, over `<transmission id>|<transmission time>|<webhook id>|<CRC-32 of the raw body>`, the
 * CRC as an unsigned decimal. The certificate lies where `PAYPAL-CERT-URL` says, which is believed only on PayPal's hosts;
 * the algorithm that a header names is believed only when it is the right one. Of the body no more than a CRC-32 is signed:
 * whoever holds one genuine delivery can write another body with that CRC. No window is prescribed.
 * Sources: paypal/PayPal-Java-SDK 2a34212 and two deliveries in it; developer.paypal.com, "Webhooks"; read 2026-11-21.
 */
import { createSign, verify } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as z from 'zod/mini';
import { type FetchKey, type Fresh, type Headers, source, type Verdict } from '../core/source.ts';
import { firstText } from './common/body.ts';
import { certificatesIn, trustedCertificate } from './common/certificate.ts';
import { bearerOf, ClientCredentials } from './common/client-credentials.ts';
import { parseExactly } from './common/json.ts';
import { anyConnection, base64Bytes, findPublished, ifThere } from './common/public-key.ts';
import { selfSigned } from './common/self-signed.ts';
import { utc } from './common/time.ts';
import { callableUrl } from './common/url.ts';

const SIGNATURE = 'paypal-transmission-sig';
const ID = 'paypal-transmission-id';
const TIME = 'paypal-transmission-time';
const CERTIFICATE_URL = 'paypal-cert-url';
const ALGORITHM = 'paypal-auth-algo';
const SHA256_WITH_RSA = 'SHA256withRSA';
const SUBJECTS = ['messageverificationcerts.paypal.com', 'messageverificationcerts.sandbox.paypal.com'];
const LIVE = 'https://api-m.paypal.com';
const SANDBOX = 'https://api-m.sandbox.paypal.com';
/** Where the samples' certificate would lie. */
const SAMPLE_URL = 'https://api.paypal.com/v1/notifications/certs/CERT-SYNCLINE-SAMPLE';

const Text = z.string().check(z.minLength(1));
const Pem = z.string().check(z.refine((pem) => certificatesIn(pem).length > 0));
const Connection = z
  .strictObject({
    webhookId: Text,
    certificates: z.optional(z.record(z.url(), Pem)),
    trustAnchors: z.optional(z.array(Pem).check(z.minLength(1))),
    trustAnyIssuer: z.optional(z.literal(true)),
    postback: z.optional(z.strictObject({ ...ClientCredentials, apiUrl: z.optional(z.enum([LIVE, SANDBOX])) })),
  })
  .check(
    z.refine(({ trustAnchors, trustAnyIssuer, postback }) => {
      return [trustAnchors, trustAnyIssuer, postback].filter((way) => way !== undefined).length <= 1;
    }, 'trustAnchors, trustAnyIssuer and postback exclude each other'),
  );
type Connection = z.output<typeof Connection>;

const Event = z.looseObject({ id: Text, event_type: Text, create_time: z.optional(z.string()) });

export const paypal = source({
  kind: 'paypal',
  sheet: {
    vendor: 'PayPal',
    needs: [
      { field: 'webhookId', what: 'the webhook’s ID, as the app’s page shows it', isSecret: false },
      {
        field: 'trustAnchors',
        what: 'certificates as PEM to which PayPal’s must lead; without it, the public authorities that Node trusts',
        isSecret: false,
        isOptional: true,
      },
      {
        field: 'certificates',
        what: 'PEM by PAYPAL-CERT-URL: then only these count, and none is fetched',
        isSecret: false,
        isOptional: true,
      },
      {
        field: 'trustAnyIssuer',
        what: '`true` gives up the chain: any certificate of PayPal’s name counts that lies on a host of paypal.com, whoever issued it; meant for recorded deliveries whose issuer is gone',
        isSecret: false,
        isOptional: true,
      },
      {
        field: 'postback',
        what: 'the app’s `{ clientId, clientSecret }`: PayPal is asked about each delivery, in place of the certificate',
        isSecret: true,
        isOptional: true,
      },
    ],
    signs: 'RSA-SHA256 over `<id>|<time>|<webhook id>|<CRC-32 of the body>`, base64, in PAYPAL-TRANSMISSION-SIG',
    window: 'none',
    batch: 'one event a request',
    identity: '`id` of the body; a retry keeps it, its transmission id is another',
    entity: '`resource.id`',
    occurredAt: '`create_time`',
    answer: '2xx; no deadline is published',
    redelivery: 'up to 25 times in 3 days',
    setUp: [
      'Apps & Credentials → the app → Add Webhook: the source’s URL, on port 443.',
      'Choose the events that flows name.',
      'Set the webhook’s ID here.',
    ],
    rotation: ['nothing to do: PayPal changes its certificate, and each request says where it lies'],
    oddities: [
      {
        date: '2026-11-21',
        what: 'of the body only a CRC-32 is signed: whoever holds one delivery can make others, so read the record before money moves',
      },
      {
        date: '2026-11-21',
        what: 'the simulator signs for the webhook ID `WEBHOOK_ID`, and postback knows nothing of it',
      },
      {
        date: '2026-11-21',
        what: 'whether the authority between lies beside PayPal’s certificate is not documented: if all is refused, give it as `trustAnchors`',
      },
      { date: '2026-11-21', what: 'secondary: the sandbox’s postback answers SUCCESS to invented events' },
    ],
    judged: {
      package: 'paypal/PayPal-Java-SDK 2a34212',
      example: 'two deliveries that PayPal signed, in that package',
      documentation: 'developer.paypal.com, "Webhooks"',
    },
  },
  connection: Connection,
  proof: 'signature',
  methods: ['POST'],
  answerWithinMs: 10_000,
  types: {
    'PAYMENT.CAPTURE.COMPLETED': {
      shape: 'state',
      sample: (fresh) => event('PAYMENT.CAPTURE.COMPLETED', 'capture', fresh, { status: 'COMPLETED', ...money() }),
    },
    'PAYMENT.CAPTURE.REFUNDED': {
      shape: 'state',
      sample: (fresh) => event('PAYMENT.CAPTURE.REFUNDED', 'refund', fresh, { status: 'COMPLETED', ...money() }),
    },
    'BILLING.SUBSCRIPTION.CANCELLED': {
      shape: 'state',
      sample: (fresh) =>
        event('BILLING.SUBSCRIPTION.CANCELLED', 'subscription', fresh, {
          status: 'CANCELLED',
          subscriber: { name: { given_name: 'Ada', surname: 'Lovelace' } },
        }),
    },
    'CUSTOMER.DISPUTE.CREATED': {
      shape: 'state',
      sample: (fresh) =>
        event('CUSTOMER.DISPUTE.CREATED', 'dispute', fresh, { reason: 'MERCHANDISE_OR_SERVICE_NOT_RECEIVED' }),
    },
  },
  async verify({ headers, body }, { secrets, now, fetchKey }): Promise<Verdict> {
    const delivery = parseDelivery(headers, body);
    if (typeof delivery === 'string') return delivery;
    const matches = await anyConnection(secrets, async (connection) => {
      const { webhookId, postback } = connection;
      if (postback) return isKnownToPayPal(delivery, webhookId, postback, fetchKey);
      const certificate = await certificateOf(delivery.certificateUrl, connection, now, fetchKey);
      const content = Buffer.from(contentOf(delivery, webhookId));
      return certificate !== undefined && verify('RSA-SHA256', content, certificate.publicKey, delivery.signature);
    });
    return matches ? 'valid' : 'bad-signature';
  },
  read({ body }) {
    const json = parseExactly(body);
    const { id, event_type, create_time } = z.parse(Event, json);
    return {
      events: [
        {
          type: event_type,
          eventId: id,
          key: id,
          occurredAt: create_time === undefined ? null : utc(create_time),
          entityId: firstText(json, ['resource.id', 'resource.dispute_id']) ?? null,
        },
      ],
    };
  },
  sign({ body, fresh }, { webhookId, privateKey }: Vendor) {
    const named = { id: fresh.id, time: fresh.now.toISOString(), crc: crc32(body) };
    const signature = createSign('RSA-SHA256').update(contentOf(named, webhookId)).sign(privateKey, 'base64');
    return {
      headers: {
        'content-type': 'application/json',
        [ALGORITHM]: SHA256_WITH_RSA,
        [CERTIFICATE_URL]: SAMPLE_URL,
        [ID]: named.id,
        [TIME]: named.time,
        [SIGNATURE]: signature,
      },
    };
  },
  pair(random) {
    const webhookId = random();
    const { certificate, privateKey } = selfSigned(SUBJECTS[0]!);
    return {
      connection: { webhookId, certificates: { [SAMPLE_URL]: certificate }, trustAnchors: [certificate] },
      vendor: { webhookId, privateKey },
    };
  },
});

type Vendor = { readonly webhookId: string; readonly privateKey: string };

type Delivery = {
  readonly id: string;
  readonly time: string;
  readonly certificateUrl: string;
  readonly signature: Buffer;
  readonly body: Buffer;
  readonly crc: number;
};

function parseDelivery(headers: Headers, body: Buffer): Delivery | 'missing-header' | 'malformed-header' {
  const values = [ID, TIME, CERTIFICATE_URL, ALGORITHM, SIGNATURE].map((name) => headers[name]);
  if (values.includes(undefined)) return 'missing-header';
  if (!values.every((value) => typeof value === 'string')) return 'malformed-header';
  const [id, time, url, algorithm, text] = values as [string, string, string, string, string];
  const certificateUrl = callableUrl(url, (host) => host.endsWith('.paypal.com'))?.href;
  const signature = base64Bytes(text);
  if (algorithm !== SHA256_WITH_RSA || certificateUrl === undefined || signature === undefined) {
    return 'malformed-header';
  }
  return { id, time, certificateUrl, signature, body, crc: crc32(body) };
}

const contentOf = ({ id, time, crc }: Pick<Delivery, 'id' | 'time' | 'crc'>, webhookId: string) =>
  [id, time, webhookId, crc].join('|');

async function certificateOf(url: string, connection: Connection, now: number, fetchKey: FetchKey) {
  const { certificates, trustAnchors, trustAnyIssuer } = connection;
  const anchors = trustAnyIssuer ? 'any-issuer' : trustAnchors;
  const find = (pem: string) => trustedCertificate(pem, { names: SUBJECTS, anchors, now });
  if (certificates) return Object.hasOwn(certificates, url) ? find(certificates[url]!) : undefined;
  return ifThere(findPublished((again) => fetchKey(url, { again }), find));
}

const PostbackAnswer = z.object({ verification_status: z.enum(['SUCCESS', 'FAILURE']) });

/** Asks PayPal itself, with the very bytes of the event: their CRC is what PayPal compares. */
async function isKnownToPayPal(
  { id, time, certificateUrl, signature, body }: Delivery,
  webhookId: string,
  application: NonNullable<Connection['postback']>,
  fetchKey: FetchKey,
): Promise<boolean> {
  const event = jsonText(body);
  if (event === undefined) return false;
  const { apiUrl = LIVE } = application;
  const named = {
    auth_algo: SHA256_WITH_RSA,
    cert_url: certificateUrl,
    transmission_id: id,
    transmission_sig: signature.toString('base64'),
    transmission_time: time,
    webhook_id: webhookId,
  };
  const answer = await fetchKey(`${apiUrl}/v1/notifications/verify-webhook-signature`, {
    headers: await bearerOf(fetchKey, `${apiUrl}/v1/oauth2/token`, application),
    post: { contentType: 'application/json', body: `${JSON.stringify(named).slice(0, -1)},"webhook_event":${event}}` },
    keepMs: 0,
  });
  return z.parse(PostbackAnswer, JSON.parse(answer)).verification_status === 'SUCCESS';
}

/** A body that is one JSON value and nothing more, so that it can stand inside of another. */
function jsonText(body: Buffer): string | undefined {
  const text = body.toString('utf8');
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return Buffer.from(text).equals(body) ? text : undefined;
}

function event(type: string, resourceType: string, { id, number, now }: Fresh, resource: object) {
  return {
    id: `WH-${id.toUpperCase()}`,
    event_version: '1.0',
    create_time: now.toISOString(),
    resource_type: resourceType,
    event_type: type,
    summary: `A ${resourceType} of Ada Lovelace's`,
    resource: { id: `SYN${number}`, ...resource },
  };
}

const money = () => ({ amount: { currency_code: 'EUR', value: '129.50' } });
