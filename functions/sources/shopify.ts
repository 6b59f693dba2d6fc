/**
 * Shopify webhooks.
 *
 * HMAC-SHA256 over the raw body, base64, in `X-Shopify-Hmac-Sha256`. The key is the app's client secret as text. "Events"
 * deliveries use the same names without `X-`; if their signature header is present, their family decides. Only the body is
 * signed: not the topic, the shop, the ids or a time, so replays are stopped by the ledger, not here. After a rotation of
 * the secret it may take an hour until deliveries use the new one.
 * Source: @shopify/shopify-api 15.0.0, lib/webhooks/validate; shopify.dev, "Verify webhook deliveries", read 2026-11-21.
 *
 * Identity: `X-Shopify-Event-Id` is the same for every subscription that one event reaches, under several topics too
 * (shopify.dev, "Ignore duplicate webhooks", read 2026-11-21): the topic is part of the key, and so is the record's id,
 * since no page rules out one event with several records. Events deliveries are told apart by `shopify-webhook-id`
 * (Shopify/shopify-app-js pull request 3129, 2026-04-10).
 *
 * Oddities: test notifications from a shop's admin do not verify with the app's secret (2026-11-21). Some bodies have no
 * `id` or `updated_at`, as those of deleted records or of inventory levels.
 */
import * as z from 'zod/mini';
import { type Fresh, type Headers, source, type Verdict } from '../core/source.ts';
import { firstText } from './common/body.ts';
import { anySecret, hmac, sameText } from './common/signature.ts';

const CLASSIC = 'x-shopify-';
const EVENTS = 'shopify-';
/** What reading needs, and what a flow may want to know; the shop is not signed, so it is no proof of who sent it. */
const CARRIED = ['topic', 'webhook-id', 'event-id', 'triggered-at', 'shop-domain', 'api-version'] as const;
const READ = ['hmac-sha256', 'topic', 'webhook-id', 'event-id', 'triggered-at'] as const;

export const shopify = source({
  kind: 'shopify',
  sheet: {
    vendor: 'Shopify',
    needs: [
      {
        field: 'secret',
        what: 'the app’s client secret; of a custom app the one its admin page shows',
        isSecret: true,
      },
    ],
    signs: 'HMAC-SHA256 over the body, base64, in X-Shopify-Hmac-Sha256 (Events: shopify-hmac-sha256)',
    window: 'none',
    batch: 'one event a request',
    identity: 'topic, X-Shopify-Event-Id (Events: shopify-webhook-id) and the record’s `id`',
    entity: '`id`',
    occurredAt: '`updated_at`, else X-Shopify-Triggered-At',
    answer: '2xx within 5 s, connected within 1 s',
    redelivery: '8 times in 4 h; after 8 failures in a row a subscription made by API is deleted',
    setUp: [
      'Subscribe by the Admin API (`webhookSubscriptionCreate`) or in the app’s configuration file.',
      'Address: the source’s URL; format: JSON; the topics that flows name.',
      'Set the app’s client secret here.',
    ],
    rotation: [
      'SET the new client secret here: both work for 7 days',
      'rotate it at Shopify; for up to an hour deliveries are still signed with the old one',
    ],
    oddities: [
      { date: '2026-11-21', what: 'test notifications from a shop’s admin do not verify with the app’s secret' },
    ],
    judged: { package: '@shopify/shopify-api 15.0.0' },
  },
  proof: 'signature',
  connection: z.object({ secret: z.string().check(z.minLength(1)) }),
  methods: ['POST'],
  carries: [CLASSIC, EVENTS].flatMap((family) => CARRIED.map((name) => family + name)),
  answerWithinMs: 5_000,
  types: {
    'orders/create': { shape: 'state', sample: (fresh) => order(fresh, 'pending') },
    'orders/paid': { shape: 'state', sample: (fresh) => order(fresh, 'paid') },
    'products/update': { shape: 'state', sample: product },
    'customers/update': { shape: 'state', sample: customer },
  },
  verify({ headers, body }, { secrets }): Verdict {
    const family = familyOf(headers);
    const signature = headers[`${family}hmac-sha256`];
    if (signature === undefined) return 'missing-header';
    if (typeof signature !== 'string' || READ.some((name) => Array.isArray(headers[family + name]))) {
      return 'malformed-header';
    }
    const matches = anySecret(secrets, (secret) =>
      sameText(signature, hmac('sha256', secret, body).toString('base64')),
    );
    return matches ? 'valid' : 'bad-signature';
  },
  read({ headers, body }) {
    const { topic, eventId, triggeredAt } = readHeaders(headers);
    if (!topic || !eventId) return { unreadable: 'the header with the topic or with the id is missing' };
    const record: unknown = JSON.parse(body.toString('utf8'));
    const entityId = firstText(record, 'id');
    return {
      events: [
        {
          type: topic,
          eventId,
          key: [topic.replaceAll('/', '.'), eventId, ...(entityId === undefined ? [] : [entityId])].join(':'),
          occurredAt: firstText(record, 'updated_at') ?? triggeredAt ?? null,
          entityId: entityId ?? null,
        },
      ],
    };
  },
  sign({ type, body, fresh }, { secret }) {
    return {
      headers: {
        'content-type': 'application/json',
        'x-shopify-topic': type,
        'x-shopify-shop-domain': 'syncline.myshopify.com',
        'x-shopify-api-version': '2026-10',
        'x-shopify-webhook-id': `webhook-${fresh.id}`,
        'x-shopify-event-id': `event-${fresh.id}`,
        'x-shopify-triggered-at': fresh.now.toISOString(),
        'x-shopify-hmac-sha256': hmac('sha256', secret, body).toString('base64'),
      },
    };
  },
});

const familyOf = (headers: Headers) => (headers[`${EVENTS}hmac-sha256`] === undefined ? CLASSIC : EVENTS);

function readHeaders(headers: Headers) {
  const family = familyOf(headers);
  const text = (name: (typeof READ)[number]) => {
    const value = headers[family + name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const eventId = (family === CLASSIC ? text('event-id') : undefined) ?? text('webhook-id');
  return { topic: text('topic'), eventId, triggeredAt: text('triggered-at') };
}

/** Numbers of 13 digits, as Shopify's; as many as there are ids. */
const recordId = ({ id }: Fresh) => 5_000_000_000_000 + Number.parseInt(id.slice(0, 8), 36);

const ADDRESS = {
  first_name: 'Ada',
  last_name: 'Lovelace',
  address1: '12 St James’s Square',
  city: 'London',
  zip: 'SW1Y 4LB',
  country: 'United Kingdom',
  country_code: 'GB',
} as const;

function customer(fresh: Fresh) {
  const id = recordId(fresh);
  const at = fresh.now.toISOString();
  return {
    id,
    admin_graphql_api_id: `gid://shopify/Customer/${id}`,
    email: `ada.${fresh.id}@example.com`,
    first_name: 'Ada',
    last_name: 'Lovelace',
    created_at: at,
    updated_at: at,
    default_address: ADDRESS,
  };
}

function product(fresh: Fresh) {
  const id = recordId(fresh);
  const at = fresh.now.toISOString();
  return {
    id,
    admin_graphql_api_id: `gid://shopify/Product/${id}`,
    title: `Analytical Engine ${fresh.number}`,
    body_html: '<p>Brass &amp; steel</p>',
    created_at: at,
    updated_at: at,
    status: 'active',
    variants: [{ id: id + 1, product_id: id, sku: `ENGINE-${fresh.number}`, price: '129.50', inventory_quantity: 7 }],
  };
}

function order(fresh: Fresh, financialStatus: 'pending' | 'paid') {
  const id = recordId(fresh);
  const at = fresh.now.toISOString();
  const { email, first_name, last_name } = customer(fresh);
  return {
    id,
    admin_graphql_api_id: `gid://shopify/Order/${id}`,
    name: `#${fresh.number}`,
    order_number: fresh.number,
    email,
    created_at: at,
    updated_at: at,
    currency: 'EUR',
    total_price: '259.00',
    financial_status: financialStatus,
    customer: { id: id + 1, email, first_name, last_name },
    line_items: [{ id: id + 2, title: 'Analytical Engine', sku: 'ENGINE-1', quantity: 2, price: '129.50' }],
    billing_address: ADDRESS,
  };
}
