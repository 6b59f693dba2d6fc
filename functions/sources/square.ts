/**
 * Square webhooks.
 *
 * HMAC-SHA256 over the notification URL followed by the raw body, base64, in `x-square-hmacsha256-signature`. The URL is
 * the text registered at Square, letter by letter: no slash is added, a query is kept. The key is the subscription's
 * signature key as text. No time is signed, nor any `square-…` header: replays are stopped by the ledger, not here. The
 * older `x-square-signature` (SHA-1) is not looked at.
 * Source: square 46.0.0, WebhooksHelper; developer.squareup.com, "Verify and validate", read 2026-11-21.
 */
import { type Fresh, source } from '../core/source.ts';
import { firstText, requiredText } from './common/body.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly } from './common/json.ts';
import { utc } from './common/time.ts';
import { PUBLIC_URL_NEED, UrlSecretConnection } from './common/url.ts';

const { verify, sign } = headerSignature({
  header: 'x-square-hmacsha256-signature',
  algorithm: 'sha256',
  encoding: 'base64',
  content: ({ url, body }) => [url, body],
});

export const square = source({
  kind: 'square',
  sheet: {
    vendor: 'Square',
    needs: [
      { field: 'secret', what: 'the webhook subscription’s signature key', isSecret: true },
      { ...PUBLIC_URL_NEED, what: 'the notification URL at Square, without a query, where it is not the source’s own' },
    ],
    signs: 'HMAC-SHA256 over notification URL and body, base64, in x-square-hmacsha256-signature',
    window: 'none',
    batch: 'one event a request',
    identity: '`event_id`, the same over retries',
    entity: '`data.id`; its version, where the object has one, orders events of one time',
    occurredAt: '`created_at`',
    answer: '2xx as soon as possible; an older page says within 10 s',
    redelivery: 'for up to 24 h, then dropped; after three weeks without a 2xx the subscription is disabled',
    setUp: [
      'Developer Console → the application → Webhooks → Subscriptions → Add subscription.',
      'Notification URL: the source’s URL; choose the events that flows name.',
      'Set the subscription’s signature key here.',
    ],
    rotation: [
      'replace the signature key of the subscription',
      'SET the new key here at once: until then requests are refused, and Square sends them again',
    ],
    oddities: [
      { date: '2026-11-21', what: 'two subscriptions to one URL have different keys: one source for each' },
      { date: '2026-11-21', what: 'two pages on retries disagree: 24 h, or 10 s and 72 h' },
    ],
    judged: { package: 'square 46.0.0' },
  },
  connection: UrlSecretConnection,
  proof: 'signature',
  methods: ['POST'],
  answerWithinMs: 10_000,
  types: {
    'payment.created': { shape: 'state', sample: (fresh) => payment('payment.created', fresh) },
    'payment.updated': { shape: 'state', sample: (fresh) => payment('payment.updated', fresh) },
    'order.updated': {
      shape: 'delta',
      sample: (fresh) => event('order.updated', fresh, 'order_updated', { order_id: fresh.id, state: 'COMPLETED' }),
    },
    'customer.created': { shape: 'state', sample: (fresh) => customer('customer.created', fresh) },
    'customer.updated': { shape: 'state', sample: (fresh) => customer('customer.updated', fresh) },
    'inventory.count.updated': { shape: 'state', sample: inventory },
  },
  verify,
  read({ body }) {
    const json = parseExactly(body);
    const eventId = requiredText(json, 'event_id');
    const at = firstText(json, 'created_at');
    const version = firstText(json, `data.object.${firstText(json, 'data.type')}.version`);
    return {
      events: [
        {
          type: requiredText(json, 'type'),
          eventId,
          key: eventId,
          occurredAt: at === undefined ? null : utc(at),
          ...(version !== undefined && { sequence: version }),
          entityId: firstText(json, 'data.id') ?? null,
        },
      ],
    };
  },
  sign,
});

function event(type: string, { id, now }: Fresh, about: string, object: object) {
  return {
    merchant_id: 'MLADALOVELACE1',
    type,
    event_id: `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(12, 15)}-8${id.slice(15, 18)}-${id.slice(18)}`,
    created_at: now.toISOString(),
    data: { type: about, id, object: { [about]: { version: 1, ...object } } },
  };
}

const payment = (type: string, fresh: Fresh) =>
  event(type, fresh, 'payment', {
    id: fresh.id,
    amount_money: { amount: 12_950, currency: 'EUR' },
    note: 'Analytical Engine',
    order_id: `order-${fresh.number}`,
    status: type === 'payment.created' ? 'APPROVED' : 'COMPLETED',
    updated_at: fresh.now.toISOString(),
  });

const customer = (type: string, fresh: Fresh) =>
  event(type, fresh, 'customer', {
    id: fresh.id,
    given_name: 'Ada',
    family_name: 'Lovelace',
    email_address: `ada.${fresh.number}@example.com`,
    updated_at: fresh.now.toISOString(),
  });

function inventory(fresh: Fresh) {
  const { data, ...others } = event('inventory.count.updated', fresh, 'inventory_counts', {});
  const count = {
    catalog_object_id: `ENGINE${fresh.number}`,
    catalog_object_type: 'ITEM_VARIATION',
    location_id: 'L0NDON',
    quantity: '7',
    state: 'IN_STOCK',
    calculated_at: fresh.now.toISOString(),
  };
  return { ...others, data: { ...data, object: { inventory_counts: [count] } } };
}
