/**
 * WooCommerce webhooks.
 *
 * HMAC-SHA256 over the raw body, base64, in `X-WC-Webhook-Signature`. The key is the secret after WordPress has undone
 * HTML's escapes in it: `a&amp;b` and `a&b` sign alike. Only the body is signed: not the topic, the delivery's id or a time,
 * which are headers, so replays are stopped by the ledger, not here. A plug-in of the shop may change the algorithm; then
 * nothing verifies. WooCommerce signs with an empty secret too, which is refused.
 * Source: woocommerce/woocommerce at 00e1bc4, class-wc-webhook.php, read 2026-11-21.
 *
 * Ping: saving a webhook posts the form `webhook_id=<number>`, unsigned, and wants exactly 200, or it is not saved. It says
 * nothing and becomes no event.
 *
 * Identity: `X-WC-Webhook-Delivery-ID` is a hash of the webhook and the current second, so two events of one second share
 * it: the body's hash is the other half of the key.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { type EventType, type Fresh, type Headers, source } from '../core/source.ts';
import { firstText } from './common/body.ts';
import { FORM } from './common/form.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly } from './common/json.ts';
import { utc } from './common/time.ts';

const SIGNATURE = 'x-wc-webhook-signature';
const TOPIC = 'x-wc-webhook-topic';
const DELIVERY = 'x-wc-webhook-delivery-id';
const signature = headerSignature({ header: SIGNATURE, algorithm: 'sha256', encoding: 'base64', key: unescaped });

export const woocommerce = source({
  kind: 'woocommerce',
  sheet: {
    vendor: 'WooCommerce',
    needs: [{ field: 'secret', what: 'the webhook’s secret, a text of your own choice', isSecret: true }],
    signs: 'HMAC-SHA256 over the body, base64, in X-WC-Webhook-Signature; of the secret, HTML’s escapes are undone',
    window: 'none',
    batch: 'one event a request',
    identity: 'X-WC-Webhook-Delivery-ID and the body’s hash',
    entity: '`id`; ids are unique in a kind of record only',
    occurredAt: '`date_modified_gmt`; deleted records have none',
    answer: '200 to 302 within 60 s; exactly 200 to the ping; redirects are not followed',
    redelivery: 'none; more than 5 failures in a row disable the webhook',
    setUp: [
      'Set a long random secret here first: WooCommerce checks the URL when the webhook is saved.',
      'WooCommerce → Settings → Advanced → Webhooks → Add; status: active; delivery URL: the source’s URL.',
      'Secret: the same; one webhook for each topic that flows name.',
    ],
    rotation: ['SET the new secret here: both work for 7 days', 'change the secret of every webhook to this source'],
    oddities: [
      { date: '2026-11-21', what: 'events of deleted records hold nothing but the `id`' },
      { date: '2026-11-21', what: 'two events of one webhook and second share their Delivery-ID' },
      { date: '2026-11-21', what: 'a webhook saved without a secret signs with an empty one, and is refused' },
    ],
    judged: { package: 'woocommerce/woocommerce at 00e1bc4, generate_signature under PHP 8.2' },
  },
  connection: z.object({ secret: z.string().check(z.minLength(1)) }),
  proof: 'signature',
  methods: ['POST'],
  carries: [TOPIC, DELIVERY, 'x-wc-webhook-id', 'x-wc-webhook-source'],
  answerWithinMs: 60_000,
  retries: false,
  types: {
    'order.created': { shape: 'state', sample: order },
    'order.updated': { shape: 'state', sample: order },
    'product.updated': { shape: 'state', sample: product },
    'customer.updated': { shape: 'state', sample: customer },
    'order.deleted': deleted(),
    'customer.deleted': deleted(),
  },
  verify(request, context) {
    const isDoubled = [TOPIC, DELIVERY].some((name) => Array.isArray(request.headers[name]));
    return isDoubled ? 'malformed-header' : signature.verify(request, context);
  },
  handshake({ method, headers, body }) {
    const isUnsignedForm = headers[SIGNATURE] === undefined && textIn(headers, 'content-type').startsWith(FORM);
    if (method !== 'POST' || !isUnsignedForm) return undefined;
    return /^webhook_id=\d{1,20}$/.test(body.toString('latin1')) ? { status: 200 } : undefined;
  },
  read({ headers, body }) {
    const [topic, delivery] = [textIn(headers, TOPIC), textIn(headers, DELIVERY)];
    if (topic === '' || delivery === '')
      return { unreadable: `the header ${topic === '' ? TOPIC : DELIVERY} is missing` };
    const record = parseExactly(body);
    const at = firstText(record, 'date_modified_gmt');
    return {
      events: [
        {
          type: topic,
          eventId: null,
          key: `${delivery}:${createHash('sha256').update(body).digest('hex')}`,
          occurredAt: at === undefined ? null : utc(at),
          entityId: firstText(record, 'id') ?? null,
        },
      ],
    };
  },
  sign(sample, connection) {
    const { headers } = signature.sign(sample, connection);
    const [resource = '', event = ''] = sample.type.split('.');
    return {
      headers: {
        ...headers,
        [TOPIC]: sample.type,
        [DELIVERY]: createHash('md5').update(sample.fresh.id).digest('hex'),
        'x-wc-webhook-source': 'https://shop.example/',
        'x-wc-webhook-resource': resource,
        'x-wc-webhook-event': event,
        'x-wc-webhook-id': '42',
      },
    };
  },
});

function textIn(headers: Headers, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

const CHARACTERS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** What WordPress makes of a secret: the five characters that it escapes, by name or number, and each only once. */
function unescaped(secret: string): string {
  return secret.replace(
    /&(?:(amp|lt|gt|quot)|#0*(34|38|39|60|62)|#[xX]0*(22|26|27));/g,
    (_, name?: string, decimal?: string, hex?: string) =>
      name === undefined
        ? String.fromCharCode(decimal ? Number(decimal) : Number.parseInt(hex!, 16))
        : CHARACTERS[name]!,
  );
}

const gmt = (now: Date) => now.toISOString().slice(0, 'YYYY-MM-DDThh:mm:ss'.length);

const ADA = { first_name: 'Ada', last_name: 'Lovelace', city: 'London', country: 'GB' };

function order({ id, number, now }: Fresh) {
  return {
    id: number,
    number: String(number),
    status: 'processing',
    currency: 'EUR',
    date_created_gmt: gmt(now),
    date_modified_gmt: gmt(now),
    total: '259.00',
    customer_id: number + 1,
    billing: { ...ADA, email: `ada.${id}@example.com` },
    line_items: [{ id: number + 2, name: 'Analytical Engine', sku: 'ENGINE-1', quantity: 2, total: '259.00' }],
  };
}

function product({ number, now }: Fresh) {
  return {
    id: number,
    name: `Analytical Engine ${number}`,
    sku: `ENGINE-${number}`,
    price: '129.50',
    stock_quantity: 7,
    date_modified_gmt: gmt(now),
  };
}

function customer({ id, number, now }: Fresh) {
  return { id: number, email: `ada.${id}@example.com`, ...ADA, date_modified_gmt: gmt(now) };
}

function deleted(): EventType {
  return { shape: 'hint', ordered: false, sample: ({ number }) => ({ id: number }) };
}
