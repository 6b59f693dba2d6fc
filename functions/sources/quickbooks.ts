/**
 * QuickBooks Online webhooks, of Intuit.
 *
 * HMAC-SHA256 over the raw body, base64, in `intuit-signature`. The key is the app's verifier token as text. No time is
 * signed (`intuit-created-time` is a header beside it): replays are stopped by the ledger, not here. One request may hold
 * several events of several companies, and comes in one of two shapes: the older object with `eventNotifications`, or a
 * list of CloudEvents, to which Intuit has been moving its apps since 2025-11. Both are read at any time.
 * Source: intuit/QuickBooks-V3-PHP-SDK 6.3.1, WebhooksService; developer.intuit.com, "Understanding the data object" and
 * best practices, read 2026-11-21.
 *
 * Identity: a CloudEvent's `id`. The older shape has none: company, name, id, operation and time of the change stand in for
 * it, and of a merge the record that is gone, since one record may take in several at once.
 */
import * as z from 'zod/mini';
import { type EventType, type Fresh, type SourceEvent, source } from '../core/source.ts';
import { firstText, listAt, requiredText } from './common/body.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly, partOf } from './common/json.ts';
import { utc } from './common/time.ts';

const { verify, sign } = headerSignature({ header: 'intuit-signature', algorithm: 'sha256', encoding: 'base64' });

export const quickbooks = source({
  kind: 'quickbooks',
  sheet: {
    vendor: 'QuickBooks Online',
    needs: [{ field: 'secret', what: 'the app’s verifier token, shown on its Webhooks page', isSecret: true }],
    signs: 'HMAC-SHA256 over the body, base64, in intuit-signature',
    window: 'none',
    batch: 'many events a request, of several companies; as an object or as a list of CloudEvents',
    identity: 'CloudEvents: `id`; else `realmId`, `name`, `id`, `operation`, `lastUpdated` and `deletedId`',
    entity: '`intuitentityid`, else `id`; ids are unique in a company and a kind of record only',
    occurredAt: '`time`, else `lastUpdated`',
    answer: '200 within 3 s',
    redelivery: 'after 10, 20 and 30 s, 5 and 20 min, 2, 4 and 6 h, then every 6 h',
    setUp: [
      'developer.intuit.com → the app → Webhooks, for sandbox or production.',
      'Endpoint URL: the source’s URL; choose the records and operations that flows name.',
      'Show the verifier token and set it here.',
    ],
    rotation: [
      'make a new verifier token at Intuit, if its page offers that: we found no word on how long the old one signs',
      'SET the new token here at once: both work for 7 days, and what was refused in between comes again',
    ],
    oddities: [
      { date: '2026-11-21', what: 'while one request is not answered 200, later events may be held back' },
      { date: '2026-11-21', what: 'events hold no record, only that it changed; repair gaps by Change Data Capture' },
      {
        date: '2026-11-21',
        what: 'both shapes name the same change differently (`Customer.Merge`, `qbo.customer.merged.v1`): name both in flows',
      },
    ],
    judged: {
      package: 'intuit/QuickBooks-V3-PHP-SDK 6.3.1',
      documentation: 'developer.intuit.com, webhooks and best practices',
    },
  },
  connection: z.object({ secret: z.string().check(z.minLength(1)) }),
  proof: 'signature',
  methods: ['POST'],
  answerWithinMs: 3_000,
  types: {
    'Customer.Update': legacy('Customer', 'Update'),
    'Invoice.Create': legacy('Invoice', 'Create'),
    'Payment.Create': legacy('Payment', 'Create'),
    'Vendor.Merge': legacy('Vendor', 'Merge'),
    'qbo.customer.created.v1': cloudEvent('qbo.customer.created.v1'),
    'qbo.invoice.updated.v1': cloudEvent('qbo.invoice.updated.v1'),
    'qbo.payment.deleted.v1': cloudEvent('qbo.payment.deleted.v1'),
    'qbo.customer.merged.v1': cloudEvent('qbo.customer.merged.v1', (number) => ({ deletedid: String(number + 1) })),
  },
  verify,
  read({ body }) {
    const json = parseExactly(body);
    const items = Array.isArray(json) ? json : listAt(json, 'eventNotifications').flatMap(changesOf);
    return { events: items.map(Array.isArray(json) ? ofCloudEvent : ofChange), items: items.length };
  },
  sign,
});

/** The changed records of one company, each with the company in it. */
function changesOf(notification: unknown): unknown[] {
  const realmId = requiredText(notification, 'realmId');
  return listAt(notification, 'dataChangeEvent.entities').map((entity) => ({ realmId, ...(entity as object) }));
}

function ofChange(change: unknown): SourceEvent {
  const at = requiredText(change, 'lastUpdated');
  const [realmId, name, id, operation] = ['realmId', 'name', 'id', 'operation'].map((path) =>
    requiredText(change, path),
  );
  const deletedId = firstText(change, 'deletedId');
  return {
    type: `${name}.${operation}`,
    eventId: null,
    key: [realmId, name, id, operation, utc(at), ...(deletedId === undefined ? [] : [deletedId])].join(':'),
    occurredAt: at,
    entityId: id!,
    part: partOf(change),
  };
}

function ofCloudEvent(event: unknown): SourceEvent {
  const id = requiredText(event, 'id');
  return {
    type: requiredText(event, 'type'),
    eventId: id,
    key: id,
    occurredAt: firstText(event, 'time') ?? null,
    entityId: firstText(event, 'intuitentityid') ?? null,
    part: partOf(event),
  };
}

const COMPANY = '9341453912345678';

function legacy(name: string, operation: string): EventType {
  const sample = ({ number, now }: Fresh) => {
    const deletedId = operation === 'Merge' ? { deletedId: String(number + 1) } : {};
    const entity = { name, id: String(number), operation, lastUpdated: now.toISOString(), ...deletedId };
    return { eventNotifications: [{ realmId: COMPANY, dataChangeEvent: { entities: [entity] } }] };
  };
  return { shape: 'hint', sample };
}

function cloudEvent(type: string, data: (number: number) => object = () => ({})): EventType {
  const sample = ({ id, number, now }: Fresh) => [
    {
      specversion: '1.0',
      id,
      source: 'intuit.syncline',
      type,
      datacontenttype: 'application/json',
      time: now.toISOString(),
      intuitentityid: String(number),
      intuitaccountid: COMPANY,
      data: data(number),
    },
  ];
  return { shape: 'hint', sample };
}
