/** How each signing scheme of the vectors is set up with us: which connector, configured how, with which connections. */
import { createHash } from 'node:crypto';
import type { FetchKey, Source } from '../../../functions/core/source.ts';
import { sources } from '../../../functions/sources/index.ts';
import type { Vector } from './vector.ts';

export type Setting = {
  readonly source: Source;
  /** Newest first. */
  readonly connections: readonly unknown[];
  readonly fetchKey?: FetchKey;
};

type Keys = NonNullable<Vector['keys']>;
type SetUp = (vector: Vector, keys: Keys) => Setting;

/** The kind of connector, its options where it takes some, and what its connections hold. */
function setUp(
  kind: string,
  connections: (vector: Vector, keys: Keys) => readonly unknown[],
  more: { options?: (vector: Vector, keys: Keys) => object; fetchKey?: (keys: Keys) => FetchKey } = {},
): SetUp {
  return (vector, keys) => ({
    source: create(kind)('vector', more.options?.(vector, keys)),
    connections: connections(vector, keys),
    ...(more.fetchKey && { fetchKey: more.fetchKey(keys) }),
  });
}

/** @throws Error for a kind that the shelf does not have. */
function create(kind: string) {
  if (!Object.hasOwn(sources, kind)) throw new Error(`the shelf has no source of kind '${kind}'`);
  return (sources as Record<string, unknown>)[kind] as (name: string, options?: object) => Source;
}

/** A secret each. */
const secrets = ({ secrets }: Vector) => secrets.map((secret) => ({ secret }));
/** Tokens in the URL, of which only the hash is kept. */
const tokens = ({ secrets }: Vector, others: object = {}) =>
  secrets.map((token) => ({ tokenHash: createHash('sha256').update(token).digest('hex'), ...others }));
const basic = (_: Vector, { username, password }: Keys) => [{ username, password }];
const signed = (kind: string) => setUp(kind, secrets);

const SCHEMES: Readonly<Record<string, SetUp>> = {
  'stripe-signature-v1': signed('stripe'),
  'github-hub-signature-256': signed('github'),
  'shopify-hmac-sha256': signed('shopify'),
  'hubspot-v1': signed('hubspot'),
  'hubspot-v2': signed('hubspot'),
  'hubspot-v3': signed('hubspot'),
  'square-hmac-sha256': signed('square'),
  'easypost-hmac': signed('easypost'),
  'easypost-hmac-v2': setUp('easypost', secrets, { options: () => ({ signature: 'v2' }) }),
  'slack-v0': signed('slack'),
  'twilio-form': signed('twilio'),
  'twilio-json': signed('twilio'),
  'standard-webhooks': signed('standard-webhooks'),
  svix: signed('standard-webhooks'),
  'salesforce-outbound-message': setUp('salesforce', (vector, { organizationId }) =>
    tokens(vector, { organizationId }),
  ),
  'pipedrive-basic': setUp('pipedrive', basic),
  'sap-event-mesh-basic': setUp('sap-event-mesh', basic),
  'cloudevents-webhook-handshake': setUp('sap-event-mesh', (_, { allowedOrigins }) => [
    { username: 'vector', password: 'vector', allowedOrigins },
  ]),
  'intuit-signature': signed('quickbooks'),
  'paypal-rsa-sha256-crc32': setUp('paypal', (_, keys) => [payPalConnection(keys)], {
    fetchKey:
      ({ certs }) =>
      async (url) =>
        known(certs as Record<string, string>, url, url),
  }),
  'shipstation-v1-url-token': setUp('shipstation-v1', (vector, { resourceHosts }) => tokens(vector, { resourceHosts })),
  'shipengine-rsa-sha256-jwks': setUp('shipstation', () => [{}], {
    fetchKey:
      ({ jwks }) =>
      async () =>
        JSON.stringify(jwks),
  }),
  'fedex-fdx-signature': signed('fedex'),
  'ups-track-alert-credential': setUp('ups', ({ secrets }) => secrets.map((credential) => ({ credential }))),
  'mailchimp-signature-v1': signed('mailchimp'),
  'mailchimp-url-token': setUp('mailchimp', (vector) => tokens(vector)),
  'mandrill-hmac-sha1': signed('mandrill'),
  'mandrill-head-check': signed('mandrill'),
  'klaviyo-hmac-sha256': signed('klaviyo'),
  'activecampaign-url-token': setUp('activecampaign', (vector) => tokens(vector)),
  'rippling-url-token': setUp('rippling', (vector) => tokens(vector)),
  'gusto-hmac-sha256': signed('gusto'),
  // Before the first verification there is no secret yet.
  'gusto-verification': setUp('gusto', ({ secrets }, { awaitingVerification }) =>
    secrets.length === 0 ? [{ awaitingVerification }] : secrets.map((secret) => ({ secret, awaitingVerification })),
  ),
  'bamboohr-hmac-sha256': signed('bamboohr'),
  'meta-hub-signature-256': setUp('meta', ({ secrets }) =>
    secrets.map((secret) => ({ secret, verifyToken: 'vector' })),
  ),
  'meta-hub-challenge': setUp('meta', (_, { verifyToken }) => [{ secret: 'vector', verifyToken }]),
  'sp-api-sqs': setUp('amazon-sp-api', (_, { applicationId }) => [{ applicationId }]),
  'sp-api-eventbridge': setUp('amazon-sp-api', (_, { applicationId }) => [{ applicationId }]),
  'ebay-ecdsa-sha1': setUp('ebay', () => [{ verificationToken: EBAY_TOKEN, ...EBAY_CLIENT }], {
    fetchKey: ({ publicKeys }) => ebayKeys(publicKeys as Record<string, unknown>),
  }),
  'ebay-challenge': setUp('ebay', (_, { verificationToken, endpoint }) => [
    { verificationToken, publicUrl: endpoint, ...EBAY_CLIENT },
  ]),
  'zendesk-hmac-sha256': signed('zendesk'),
  'woocommerce-hmac-sha256': signed('woocommerce'),
  'woocommerce-ping': signed('woocommerce'),
  'xero-hmac-sha256': signed('xero'),
  'generic-hmac': setUp('generic', secrets, {
    options: ({ toleranceSeconds }, { generic }) => ({
      ...(generic as object),
      ...(toleranceSeconds !== null && { maxAgeSeconds: toleranceSeconds }),
    }),
  }),
  'generic-bearer': setUp('generic', ({ secrets }) => secrets.map((token) => ({ token })), {
    options: () => ({ scheme: 'bearer' }),
  }),
  'generic-basic': setUp('generic', basic, { options: () => ({ scheme: 'basic' }) }),
  'generic-header-key': setUp('generic', ({ secrets }) => secrets.map((value) => ({ value })), {
    options: (_, { header }) => ({ scheme: 'header', header }),
  }),
};

/** Of deliveries that PayPal signed, only the certificate itself was recorded. */
const payPalConnection = ({ webhookId, trustAnchors }: Keys) =>
  trustAnchors === 'leaf-only' ? { webhookId, trustAnyIssuer: true } : { webhookId, trustAnchors };

const EBAY_CLIENT = { clientId: 'vector', clientSecret: 'vector' };
const EBAY_TOKEN = 'vector-verification-token-0123456789';

/** eBay's two answers: a token for the application, and a key by its id. */
function ebayKeys(publicKeys: Record<string, unknown>): FetchKey {
  return async (url, options) => {
    if (options?.post) return JSON.stringify({ access_token: 'vector', expires_in: 7_200 });
    return JSON.stringify(known(publicKeys, url.split('/').at(-1)!, url));
  };
}

function known<Value>(values: Readonly<Record<string, Value>>, name: string, url: string): Value {
  if (!Object.hasOwn(values, name)) throw new Error(`the vector has no key for ${url}`);
  return values[name]!;
}

/** The schemes that the shelf can verify. */
export const schemes: readonly string[] = Object.keys(SCHEMES);

/** @throws Error for a scheme that nobody has set up. */
export function settingOf(vector: Vector): Setting {
  const made = Object.hasOwn(SCHEMES, vector.scheme) ? SCHEMES[vector.scheme] : undefined;
  if (!made) throw new Error(`no connector is named for the scheme '${vector.scheme}'`);
  return made(vector, vector.keys ?? {});
}
