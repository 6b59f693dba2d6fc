/**
 * Stripe webhooks.
 *
 * HMAC-SHA256 over `<t>.<raw body>`, lower-case hex, as `v1` entries of `Stripe-Signature: t=…,v1=…[,v1=…]`. The key is
 * the whole text of the endpoint secret, `whsec_` included. During a roll both secrets sign, so any `v1` may match; other
 * schemes (`v0`) are ignored. Older than 300 s is refused; a future timestamp is not, as in Stripe's own library.
 * Source: stripe 23.1.0, Webhooks.js, read 2026-11-20.
 *
 * Oddities: thin events (`object: v2.core.event`) have no `data.object` (2026-11-20).
 */
import * as z from 'zod/mini';
import { source } from '../core/source.ts';
import { listSignature } from './common/list-signature.ts';
import { unixSeconds } from './common/signature.ts';
import { isoSeconds } from './common/time.ts';

const { verify, sign } = listSignature({ header: 'stripe-signature', maxAgeSeconds: 300 });

const Event = z.looseObject({
  id: z.string(),
  type: z.string(),
  created: z.optional(z.union([z.number(), z.string()])),
  account: z.optional(z.string()),
  data: z.optional(z.looseObject({ object: z.optional(z.looseObject({ id: z.optional(z.string()) })) })),
});

export const stripe = source({
  kind: 'stripe',
  sheet: {
    vendor: 'Stripe',
    needs: [{ field: 'secret', what: 'the endpoint’s signing secret, `whsec_…`, whole', isSecret: true }],
    signs: 'HMAC-SHA256 over `<t>.<body>`, hex, as `v1` entries of Stripe-Signature',
    window: '300 s old; ahead is not refused, as in Stripe’s own library',
    batch: 'one event a request',
    identity: '`id`; of connected accounts `account` and `id`',
    entity: '`data.object.id`',
    occurredAt: '`created`',
    answer: '2xx; no deadline is published',
    redelivery: 'up to 3 days, each signed anew',
    setUp: [
      'Developers → Webhooks → Add destination.',
      'Endpoint URL: the source’s URL; choose the events that flows name.',
      'Reveal the signing secret and set it here.',
    ],
    rotation: [
      'roll the secret in the endpoint’s settings with an expiry of 24 h: until then Stripe signs with both',
      'SET the new secret here',
    ],
    oddities: [{ date: '2026-11-20', what: 'thin events (`object: v2.core.event`) have no `data.object`' }],
    judged: { package: 'stripe 23.1.0' },
  },
  proof: 'signature',
  connection: z.object({ secret: z.string().check(z.minLength(1)) }),
  methods: ['POST'],
  answerWithinMs: 10_000,
  types: {
    'invoice.payment_failed': {
      shape: 'state',
      sample: ({ id, number, now }) => ({
        id: `evt_${id}`,
        object: 'event',
        api_version: '2026-06-24.dahlia',
        created: unixSeconds(now),
        livemode: false,
        pending_webhooks: 1,
        type: 'invoice.payment_failed',
        data: {
          object: {
            id: `in_${id}`,
            object: 'invoice',
            number: `SYN-${number}`,
            amount_due: 4_900,
            amount_remaining: 4_900,
            attempt_count: 1,
            currency: 'eur',
            customer: `cus_${id.slice(0, 14)}`,
            customer_email: `ada.${number}@example.com`,
            customer_name: 'Ada Lovelace',
            hosted_invoice_url: `https://invoice.stripe.com/i/${id}`,
            status: 'open',
          },
        },
      }),
    },
    'payment_intent.succeeded': {
      shape: 'state',
      sample: ({ id, number, now }) => ({
        id: `evt_${id}`,
        object: 'event',
        api_version: '2026-06-24.dahlia',
        created: unixSeconds(now),
        livemode: false,
        pending_webhooks: 1,
        type: 'payment_intent.succeeded',
        data: {
          object: {
            id: `pi_${id}`,
            object: 'payment_intent',
            amount: 12_950,
            amount_received: 12_950,
            currency: 'eur',
            customer: `cus_${id.slice(0, 14)}`,
            metadata: { order: String(number) },
            status: 'succeeded',
          },
        },
      }),
    },
  },
  verify,
  read({ body }) {
    const { id, type, created, account, data } = z.parse(Event, JSON.parse(body.toString('utf8')));
    return {
      events: [
        {
          type,
          eventId: id,
          // Connect: one id may reach us from several accounts.
          key: account ? `${account}:${id}` : id,
          occurredAt: typeof created === 'number' ? isoSeconds(created) : (created ?? null),
          entityId: data?.object?.id ?? null,
        },
      ],
    };
  },
  sign,
});
