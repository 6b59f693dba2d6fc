/**
 * NetSuite, by a SuiteScript of your own: it has no webhooks that it signs.
 *
 * The contract is ours: HMAC-SHA256 over `<timestamp>.<raw body>`, base64, in `X-NetSuite-Signature`, by N/crypto under a
 * secret of API Secrets; Unix seconds in `X-NetSuite-Timestamp`, at most 300 s from ours. The body is JSON with `eventId` (a
 * UUID that the script makes and keeps over its own retries), `type`, `recordType`, `internalId`, `occurredAt`, and the
 * record's fields that flows need.
 * Source: no page of Oracle's; what N/https and N/crypto can do is commonly known, 2026-11-21.
 *
 * Oddities: N/https never sends again: what finds our door shut is lost, unless the script keeps it.
 */
import * as z from 'zod/mini';
import type { EventType, Fresh, Source } from '../core/source.ts';
import { checkOptions, EVENT_TYPES_RIGHT, EventTypes } from './common/options.ts';
import { type Connector, configure } from './generic/connector.ts';
import { hmacScheme } from './generic/schemes.ts';

export type NetsuiteOptions<Type extends string = string> = {
  /** The event types that your scripts send, so that flows can name them. @default three examples */
  readonly types?: Readonly<Record<Type, EventType>>;
};

const TYPES = {
  'salesorder.create': {
    shape: 'state',
    sample: (fresh) => ({
      ...common('salesorder', 'create', fresh),
      tranId: `SO${fresh.number}`,
      status: 'Pending Fulfillment',
      entity: { internalId: '77', name: 'Ada Lovelace' },
      currency: 'EUR',
      total: '259.00',
      memo: 'Second mill, this time in brass',
    }),
  },
  'customer.edit': {
    shape: 'state',
    sample: (fresh) => ({
      ...common('customer', 'edit', fresh),
      entityId: `C-${fresh.number}`,
      name: 'Ada Lovelace',
      email: `ada.${fresh.number}@example.com`,
    }),
  },
  'inventoryitem.edit': {
    shape: 'state',
    sample: (fresh) => ({
      ...common('inventoryitem', 'edit', fresh),
      itemId: `ENGINE-${fresh.number}`,
      quantityAvailable: 7,
    }),
  },
} satisfies Record<string, EventType>;

/** @throws Error `[syncline] [netsuite] …` for options that cannot be meant. */
export function netsuite<Type extends string = keyof typeof TYPES>(
  name: string,
  options: NetsuiteOptions<Type> = {},
): Source<Type> {
  checkOptions('netsuite', z.strictObject({ types: z.optional(EventTypes) }), { types: EVENT_TYPES_RIGHT }, options);
  return configure(name, {
    ...{ kind: 'netsuite', answerWithinMs: 10_000, retries: false, scheme: SCHEME, sheet: SHEET },
    body: {
      paths: { id: 'eventId', type: 'type', occurredAt: 'occurredAt', entityId: 'internalId' },
      identity: 'id',
    },
    types: (options.types ?? TYPES) as Readonly<Record<Type, EventType>>,
  });
}

const SCHEME = hmacScheme({
  header: 'x-netsuite-signature',
  algorithm: 'sha256',
  encoding: 'base64',
  prefix: '',
  signedContent: 'timestamp.body',
  timestampHeader: 'x-netsuite-timestamp',
});

const SHEET: Connector<string>['sheet'] = {
  vendor: 'NetSuite',
  identity: '`eventId`, a UUID that the script makes; a body without one is unreadable',
  entity: '`internalId`',
  occurredAt: '`occurredAt`',
  answer: '2xx; the script waits for it, and so does whoever saved the record',
  redelivery:
    'none by NetSuite: the script must keep what was not answered, or polling by `lastmodifieddate` must find it',
  setUp: [
    'API Secrets: make a long random secret, allow the script to use it, and set it here.',
    'A user event script: in afterSubmit, write { eventId, type, recordType, internalId, occurredAt, … } as JSON.',
    'N/crypto: createHmac over `<Unix seconds>.<JSON>`, base64; N/https: post that JSON with both headers to the source’s URL.',
  ],
  rotation: ['SET the new secret here: both work for 7 days', 'change it in API Secrets'],
  oddities: [{ date: '2026-11-21', what: 'commonly known: N/https has governance limits, and no retry' }],
  judged: { documentation: 'our own contract: NetSuite has no signed webhook' },
};

const common = (recordType: string, action: string, { id, number, now }: Fresh) => ({
  eventId: `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${number}`,
  type: `${recordType}.${action}`,
  recordType,
  internalId: String(number),
  occurredAt: now.toISOString(),
});
