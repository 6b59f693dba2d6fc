/**
 * Klaviyo's system webhooks.
 *
 * HMAC-SHA256 over the raw body followed directly by the text of `Klaviyo-Timestamp`, lower-case hex, in
 * `Klaviyo-Signature`. The key is the secret key chosen when the webhook was made. No window is documented, so the ledger
 * alone stops replays. `Klaviyo-Webhook-Id` is not signed and names the webhook, not the event: it is not looked at.
 * Source: developers.klaviyo.com, "Working with system webhooks"; what is signed is secondary (other receivers' code), read
 * 2026-11-21.
 *
 * Oddities: Klaviyo's example shows the timestamp as an HTTP date (2026-11-21, secondary); ISO 8601 and Unix seconds are
 * taken too. The "Webhook" action of a flow is another thing and unsigned.
 */
import * as z from 'zod/mini';
import { type EventType, source } from '../core/source.ts';
import { firstText, listAt, requiredText } from './common/body.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly, partOf } from './common/json.ts';
import { unixSeconds } from './common/signature.ts';
import { stampMs, utc } from './common/time.ts';

const { verify, sign } = headerSignature({
  header: 'klaviyo-signature',
  algorithm: 'sha256',
  encoding: 'hex',
  content: ({ body, timestamp }) => [body, timestamp],
  timestamp: { header: 'klaviyo-timestamp', parse: stampMs, write: (now) => now.toUTCString() },
});

export const klaviyo = source({
  kind: 'klaviyo',
  sheet: {
    vendor: 'Klaviyo',
    needs: [
      {
        field: 'secret',
        what: 'the secret key given when the webhook was made, 16 characters or more',
        isSecret: true,
      },
    ],
    signs: 'HMAC-SHA256 over the body followed by the timestamp, hex, in Klaviyo-Signature',
    window: 'none',
    batch: 'up to 1000 events a request (secondary)',
    identity: '`external_id` of each event',
    entity: 'the profile’s id',
    occurredAt: '`datetime` of the event',
    answer: '2xx; no deadline is known',
    redelivery: 'unknown: reconcile by polling what must not be missed',
    setUp: [
      'Create the webhook: by the Webhooks API, or in the interface with Advanced KDP.',
      'Endpoint URL: the source’s URL; secret key: a long random text, set here as well.',
      'Choose the topics that flows name, such as `event:klaviyo.clicked_email`.',
    ],
    rotation: ['SET the new secret key here: both work for 7 days', 'change it in the webhook'],
    oddities: [
      { date: '2026-11-21', what: 'only for customers with Advanced KDP and for app partners' },
      { date: '2026-11-21', what: 'the "Webhook" action of a Klaviyo flow is unsigned, and not for this source' },
    ],
    judged: {
      documentation:
        'developers.klaviyo.com, "Working with system webhooks"; secondary: the order of body and timestamp',
    },
  },
  connection: z.object({ secret: z.string().check(z.minLength(1)) }),
  proof: 'signature',
  methods: ['POST'],
  answerWithinMs: 10_000,
  // Nobody says that it does: what SQS refuses is better kept than hoped for.
  retries: false,
  types: {
    'event:klaviyo.email_delivered': happened('email_delivered'),
    'event:klaviyo.opened_email': happened('opened_email'),
    'event:klaviyo.clicked_email': happened('clicked_email'),
    'event:klaviyo.bounced_email': happened('bounced_email'),
    'event:klaviyo.unsubscribed_from_email_marketing': happened('unsubscribed_from_email_marketing'),
  },
  verify,
  read({ body }) {
    const data = listAt(parseExactly(body), 'data');
    return { events: data.map(eventOf), items: data.length };
  },
  sign,
});

function eventOf(item: unknown) {
  const eventId = requiredText(item, 'external_id');
  const at = firstText(item, 'payload.data.attributes.datetime');
  return {
    type: requiredText(item, 'topic'),
    eventId,
    key: eventId,
    occurredAt: at === undefined ? null : utc(at),
    entityId: firstText(item, 'payload.data.relationships.profile.data.id') ?? null,
    part: partOf(item),
  };
}

/** An event is the whole record of what happened, and never changes. */
function happened(name: string): EventType {
  return {
    shape: 'state',
    sample: ({ id, number, now }) => ({
      data: [
        {
          external_id: `${id.slice(0, 10)}:${number}`,
          topic: `event:klaviyo.${name}`,
          payload: {
            data: {
              type: 'event',
              id: id.slice(0, 11),
              attributes: {
                timestamp: unixSeconds(now),
                event_properties: { Subject: 'News of the Engine', 'Recipient Email Address': 'ada@example.com' },
                datetime: now.toISOString(),
              },
              relationships: { profile: { data: { type: 'profile', id: `01${id.toUpperCase()}` } } },
            },
          },
        },
      ],
      meta: { timestamp: now.toISOString(), klaviyo_account_id: 'AdaLov', version: '2026-10-15' },
    }),
  };
}
