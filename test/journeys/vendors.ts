/**
 * Requests as the vendors send them, signed by the vendors' own packages. Never by the connectors that are to judge them.
 */
import '@shopify/shopify-api/adapters/node';
import { createHmac } from 'node:crypto';
import { createSHA256HMAC, HashFormat } from '@shopify/shopify-api/runtime';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import type { Request } from './hub.ts';

const SECRETS = {
  shopify: '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',
  stripe: 'whsec_3XJzzpdAAux2oO0Hz0xxxYmdbkeRdilz',
  standardWebhooks: 'whsec_LDYpLVYJmOpFj1QODgykCPjE7v+Ukh5+',
  generic: 'a secret of our own making',
};

/** What `startHub` takes, so that the hub believes these vendors. */
export const sourceSecrets = {
  'source/shopify': { secret: SECRETS.shopify },
  'source/stripe': { secret: SECRETS.stripe },
  'source/standard-webhooks': { secret: SECRETS.standardWebhooks },
  'source/generic': { secret: SECRETS.generic },
};

/** What somebody signs with who does not know a secret. */
const FORGED: typeof SECRETS = {
  shopify: 'shpss_00000000000000000000000000000000',
  stripe: 'whsec_00000000000000000000000000000000',
  standardWebhooks: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  generic: 'a guess',
};

export type Signed = Request & {
  /** The vendor's id of the event. */
  eventId: string;
  body: string;
};

export type SignOptions = {
  forged?: boolean;
  /** When it was signed, where the vendor signs a time. @default now */
  at?: Date;
};
export type Vendor = (id: string, options?: SignOptions) => Promise<Signed>;

const JSON_TYPE = { 'content-type': 'application/json' };
const secretsOf = ({ forged = false }: SignOptions = {}) => (forged ? FORGED : SECRETS);

/** A paid order; its buyer is `<id>@example.com`, its number is in `id`. */
export const shopifyOrder: Vendor = (id, options) =>
  shopifyRequest(
    id,
    JSON.stringify({
      id: orderNumber(id),
      name: `#${id}`,
      email: `${id}@example.com`,
      total_price: '259.00',
      financial_status: 'paid',
      updated_at: '2026-11-20T09:29:55+01:00',
      customer: { first_name: 'Ada', last_name: 'Lovelace' },
    }),
    options,
  );

/** Any body as a paid order. */
export async function shopifyRequest(id: string, body: string, options?: SignOptions): Promise<Signed> {
  return {
    source: 'shopify',
    eventId: id,
    body,
    headers: {
      ...JSON_TYPE,
      'x-shopify-topic': 'orders/paid',
      'x-shopify-shop-domain': 'kaese-shop.myshopify.com',
      'x-shopify-api-version': '2026-10',
      'x-shopify-webhook-id': `webhook-${id}`,
      'x-shopify-event-id': id,
      'x-shopify-triggered-at': '2026-11-20T08:29:55.417Z',
      'x-shopify-hmac-sha256': await createSHA256HMAC(secretsOf(options).shopify, body, HashFormat.Base64),
    },
  };
}

/** Told apart by the digits of the id. */
export const orderNumber = (id: string) => 5_000_000_000_000 + Number(id.replace(/\D/g, ''));

/** A payment of 49.00 EUR by `<id>@example.com` that failed. */
export const stripePaymentFailed: Vendor = (id, options) => stripePaymentOf(id, id, options);

/** One of several failed payments of an invoice. */
export const stripePaymentOf = (invoice: string, id: string, options?: SignOptions): Promise<Signed> =>
  stripeRequest(
    id,
    JSON.stringify({
      id: `evt_${id}`,
      object: 'event',
      created: 1_795_166_995,
      type: 'invoice.payment_failed',
      data: {
        object: {
          id: `in_${invoice}`,
          object: 'invoice',
          number: invoice,
          amount_due: 4_900,
          attempt_count: 2,
          currency: 'eur',
          customer_email: `${id}@example.com`,
          hosted_invoice_url: `https://invoice.stripe.com/i/${id}`,
        },
      },
    }),
    options,
  );

/** Any body, whose id is `evt_<id>`, as an event of Stripe's. */
export async function stripeRequest(id: string, body: string, options?: SignOptions): Promise<Signed> {
  const timestamp = Math.floor((options?.at ?? new Date()).getTime() / 1_000);
  const { stripe: secret } = secretsOf(options);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp });
  return { source: 'stripe', eventId: `evt_${id}`, body, headers: { ...JSON_TYPE, 'stripe-signature': signature } };
}

export const standardWebhook: Vendor = (id, options) =>
  standardWebhookRequest(id, JSON.stringify({ type: 'contact.created', data: { id, name: 'Ada' } }), options);

/** Any body as a standard webhook. */
export async function standardWebhookRequest(
  id: string,
  body: string,
  { forged = false, at = new Date() }: SignOptions = {},
): Promise<Signed> {
  return {
    source: 'standard-webhooks',
    eventId: `msg_${id}`,
    body,
    headers: {
      ...JSON_TYPE,
      'webhook-id': `msg_${id}`,
      'webhook-timestamp': `${Math.floor(at.getTime() / 1_000)}`,
      'webhook-signature': new Webhook(secretsOf({ forged }).standardWebhooks).sign(`msg_${id}`, at, body),
    },
  };
}

/** No vendor: an HMAC of our own, as a sender of one's own would make it. */
export const genericLead: Vendor = (id, options) =>
  genericRequest(id, JSON.stringify({ id, type: 'lead.created', name: 'Ada' }), options);

/** Any body, whose id is `id`, from a sender of one's own. */
export async function genericRequest(id: string, body: string, options?: SignOptions): Promise<Signed> {
  return { source: 'generic', eventId: id, body, headers: { ...JSON_TYPE, ...genericSignature(body, options) } };
}

export const genericSignature = (body: string | Uint8Array, options?: SignOptions) => ({
  'x-signature': createHmac('sha256', secretsOf(options).generic).update(body).digest('hex'),
});
