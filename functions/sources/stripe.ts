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
import { type Headers, source, type Verdict } from '../core/source.ts';
import { anySecret, hmac, isUnixSeconds, sameText, unixSeconds } from './common/signature.ts';
import { isoSeconds } from './common/time.ts';

const MAX_AGE_SECONDS = 300;
const SIGNATURE = 'stripe-signature';

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
  verify({ headers, body }, { secrets, now }): Verdict {
    const header = headers[SIGNATURE];
    if (header === undefined) return 'missing-header';
    const signature = parseSignature(header);
    if (!signature) return 'malformed-header';
    const matches = anySecret(secrets, (secret) => {
      const expected = hmac('sha256', secret, `${signature.timestamp}.`, body).toString('hex');
      return signature.v1.some((candidate) => sameText(candidate, expected));
    });
    if (!matches) return 'bad-signature';
    return unixSeconds(now) - Number(signature.timestamp) > MAX_AGE_SECONDS ? 'stale' : 'valid';
  },
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
  sign({ body, fresh }, { secret }) {
    const timestamp = unixSeconds(fresh.now);
    const v1 = hmac('sha256', secret, `${timestamp}.`, Buffer.from(body)).toString('hex');
    return { headers: { 'content-type': 'application/json', [SIGNATURE]: `t=${timestamp},v1=${v1}` } };
  },
});

/** `t=<seconds>,v1=<hex>[,v1=<hex>]`; exactly one `t`, and header lines must not have been doubled. */
function parseSignature(header: Headers[string]): { timestamp: string; v1: string[] } | undefined {
  if (typeof header !== 'string') return undefined;
  const entries = header.split(',').map((entry) => entry.trim());
  const valuesOf = (name: string) =>
    entries.flatMap((entry) => (entry.startsWith(name) ? [entry.slice(name.length)] : []));
  const [timestamp, ...others] = valuesOf('t=');
  const v1 = valuesOf('v1=');
  if (timestamp === undefined || others.length > 0 || !isUnixSeconds(timestamp) || v1.length === 0) return undefined;
  return { timestamp, v1 };
}
