/**
 * Xero webhooks.
 *
 * HMAC-SHA256 over the raw body, base64, in `x-xero-signature`. The key is the webhook key as text, not what its base64
 * stands for. No time is signed: replays are stopped by the ledger, not here. Bodies have irregular spaces, so nothing but
 * the bytes as received will do.
 * Source: XeroAPI/xero-node-oauth2-app at be704b2; developer.xero.com, "Configuring your server", read 2026-11-21.
 *
 * Intent to receive: before a webhook is switched on, Xero sends several requests with `events: []` (or null, as others
 * recorded it), some of them wrongly signed. The good ones want 200, the others 401, all with an empty body, no cookies and within 5 s. That is what every
 * request gets here, so nothing needs to know which ones are tests.
 *
 * Identity: events have no id. Each request numbers its own from `firstEventSequence` on, across all organisations of the
 * app; organisation and number are the key. Where the number is missing, record, type and time stand in for it. The number
 * does not order records: whether it starts again when a webhook is set up anew is not documented.
 */
import * as z from 'zod/mini';
import { type EventType, type Fresh, type SourceEvent, source } from '../core/source.ts';
import { firstText, listAt, requiredText } from './common/body.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly, partOf } from './common/json.ts';
import { utc } from './common/time.ts';

const { verify, sign } = headerSignature({ header: 'x-xero-signature', algorithm: 'sha256', encoding: 'base64' });

export const xero = source({
  kind: 'xero',
  sheet: {
    vendor: 'Xero',
    needs: [{ field: 'secret', what: 'the app’s webhook key, as it is shown', isSecret: true }],
    signs: 'HMAC-SHA256 over the body, base64, in x-xero-signature',
    window: 'none',
    batch: 'many events a request, of several organisations',
    identity: '`tenantId` and the event’s number, counted from `firstEventSequence`',
    entity: '`resourceId`',
    occurredAt: '`eventDateUtc`, which has no zone and is UTC',
    answer: '200 within 5 s, with an empty body; 401 for a wrong signature',
    redelivery: 'ever more rarely for 24 h; then the webhook is switched off',
    setUp: [
      'developer.xero.com → My Apps → the app → Webhooks; choose the kinds of records that flows name.',
      'Delivery URL: the source’s URL; save, and set the webhook key here.',
      'Send “Intent to receive”: its status turns to OK within a minute.',
    ],
    rotation: [
      'make a new webhook key at Xero: it signs from then on',
      'SET the new key here at once: both work for 7 days',
    ],
    oddities: [
      {
        date: '2026-11-21',
        what: '“Intent to receive” sends wrongly signed requests on purpose: refusals then are right',
      },
      { date: '2026-11-21', what: 'events hold no record, only its address: a flow fetches it' },
    ],
    judged: { package: 'XeroAPI/xero-node-oauth2-app at be704b2', documentation: 'developer.xero.com, webhooks' },
  },
  connection: z.object({ secret: z.string().check(z.minLength(1)) }),
  proof: 'signature',
  methods: ['POST'],
  answerWithinMs: 5_000,
  refusesBare: true,
  types: {
    'CONTACT.CREATE': thin('CONTACT', 'CREATE'),
    'CONTACT.UPDATE': thin('CONTACT', 'UPDATE'),
    'INVOICE.CREATE': thin('INVOICE', 'CREATE'),
    'INVOICE.UPDATE': thin('INVOICE', 'UPDATE'),
  },
  verify,
  read({ body }) {
    const json = parseExactly(body);
    const items = (json as { events?: unknown } | null)?.events === null ? [] : listAt(json, 'events');
    const first = firstText(json, 'firstEventSequence');
    return { events: items.map((item, at) => eventOf(item, numberOf(first, at))), items: items.length };
  },
  sign,
});

/** The number of the event at a place in its request. */
const numberOf = (first: string | undefined, at: number) =>
  first !== undefined && /^\d{1,30}$/.test(first) ? String(BigInt(first) + BigInt(at)) : undefined;

function eventOf(item: unknown, number: string | undefined): SourceEvent {
  const type = `${requiredText(item, 'eventCategory')}.${requiredText(item, 'eventType')}`;
  const tenantId = requiredText(item, 'tenantId');
  const entityId = requiredText(item, 'resourceId');
  const occurredAt = utc(requiredText(item, 'eventDateUtc'));
  const eventId = number === undefined ? null : `${tenantId}:${number}`;
  return {
    type,
    eventId,
    key: eventId ?? `${entityId}:${type}:${occurredAt}`,
    occurredAt,
    entityId,
    part: partOf(item),
  };
}

function thin(eventCategory: 'CONTACT' | 'INVOICE', eventType: 'CREATE' | 'UPDATE'): EventType {
  const path = eventCategory === 'CONTACT' ? 'Contacts' : 'Invoices';
  const sample = ({ id, number, now }: Fresh) => {
    const resourceId = `${String(number).padStart(8, '0')}-6c76-4a41-9ae7-3f0d8b5e2c11`;
    const event = {
      resourceUrl: `https://api.xero.com/api.xro/2.0/${path}/${resourceId}`,
      resourceId,
      eventDateUtc: now.toISOString().replace('Z', ''),
      eventType,
      eventCategory,
      tenantId: '2b1f64c8-0d5a-4f0e-93d7-51a4c7be9f20',
      tenantType: 'ORGANISATION',
    };
    return { events: [event], firstEventSequence: number, lastEventSequence: number, entropy: id.toUpperCase() };
  };
  return { shape: 'hint', sample };
}
