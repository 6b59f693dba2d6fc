/**
 * SAP Event Mesh, on the Business Technology Platform: webhook subscriptions of a queue.
 *
 * Nothing is signed: a subscription shows HTTP Basic. Bodies are CloudEvents, mostly structured, and carry little more than
 * a record's key, so all are hints. Where a handshake is asked for, SAP sends OPTIONS with its origin beforehand, without
 * credentials; the subscription stays paused until that origin is allowed.
 * Sources: secondary, SAP's developer videos and community pages; cloudevents/spec, "HTTP 1.1 Web Hooks"; read 2026-11-21.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { type Fresh, type Headers, type SourceEvent, source } from '../core/source.ts';
import { firstText } from './common/body.ts';
import { BasicConnection, basicPair, signBasic, verifyBasic } from './common/credential.ts';
import { parseExactly, partOf } from './common/json.ts';
import { utc } from './common/time.ts';

const ALL_ORIGINS = '*';

export const sapEventMesh = source({
  kind: 'sap-event-mesh',
  sheet: {
    vendor: 'SAP Event Mesh',
    needs: [
      { field: 'username', what: 'a name of your own choice, for HTTP Basic', isSecret: false },
      { field: 'password', what: 'a long random password', isSecret: true },
      {
        field: 'allowedOrigins',
        what: 'the origins that may ask for a handshake, or `*`; without it, none is granted',
        isSecret: false,
        isOptional: true,
      },
    ],
    signs: 'nothing: HTTP Basic',
    window: 'none',
    batch: 'one event a request; a batch of CloudEvents is taken too',
    identity: '`source` and `id` of the CloudEvent',
    entity: 'the field of `data` that is named as the type’s object (`BusinessPartner`), else `subject`',
    occurredAt: '`time` of the CloudEvent',
    answer: '2xx; no deadline is known',
    redelivery: 'commonly known, not read: what is not answered 2xx stays on the queue',
    setUp: [
      'Set a name, a password and, if you ask for a handshake, the origin here, and deploy.',
      'Event Mesh → the queue → Webhooks → Create: the source’s URL, authentication Basic.',
      'Subscribe the queue to the topics that flows name.',
    ],
    rotation: ['SET the new password here: both work for 7 days', 'change it in the webhook subscription'],
    oddities: [
      { date: '2026-11-21', what: 'events carry key fields only: read the object before you act' },
      { date: '2026-11-21', what: 'subscriptions by OAuth 2.0 are not received' },
    ],
    judged: {
      documentation: 'cloudevents/spec, "HTTP 1.1 Web Hooks"; secondary: SAP’s developer videos and community',
    },
  },
  connection: z.object({
    ...BasicConnection.shape,
    allowedOrigins: z.optional(z.array(z.string().check(z.minLength(1)))),
  }),
  proof: 'credential',
  methods: ['OPTIONS', 'POST'],
  carries: ['ce-specversion', 'ce-id', 'ce-source', 'ce-type', 'ce-time', 'ce-subject'],
  answerWithinMs: 10_000,
  types: {
    'sap.s4.beh.businesspartner.v1.BusinessPartner.Changed.v1': changed(
      'businesspartner',
      'BusinessPartner',
      'Changed',
    ),
    'sap.s4.beh.salesorder.v1.SalesOrder.Created.v1': changed('salesorder', 'SalesOrder', 'Created'),
    'sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1': changed('salesorder', 'SalesOrder', 'Changed'),
  },
  /** An OPTIONS that was no handshake brings nothing. */
  verify: (request, context) => (request.method === 'POST' ? verifyBasic(request, context) : 'missing-header'),
  handshake({ method, headers }, { secrets }) {
    const { 'webhook-request-origin': origin, 'webhook-request-rate': rate } = headers;
    if (method !== 'OPTIONS' || typeof origin !== 'string' || origin === '') return undefined;
    const allowed = secrets.flatMap(({ allowedOrigins }) => allowedOrigins ?? []);
    if (!allowed.includes(origin) && !allowed.includes(ALL_ORIGINS)) return undefined;
    const answered = { 'webhook-allowed-origin': origin, allow: 'OPTIONS, POST' };
    const isRate = typeof rate === 'string' && /^([1-9]\d{0,9}|\*)$/.test(rate);
    return { status: 200, headers: isRate ? { ...answered, 'webhook-allowed-rate': rate } : answered };
  },
  read({ headers, body }) {
    const json = parseExactly(body);
    if (Array.isArray(json)) {
      return { items: json.length, events: json.map((item) => ({ ...eventOf(item), part: partOf(item) })) };
    }
    return { events: [eventOf(isCloudEvent(json) ? json : { ...attributesIn(headers), data: json })] };
  },
  sign(sample, vendor) {
    const { headers } = signBasic(sample, vendor);
    return { headers: { ...headers, 'content-type': 'application/cloudevents+json' } };
  },
  pair: basicPair,
});

const isCloudEvent = (json: unknown) => firstText(json, 'specversion') !== undefined;

/** Of an event in binary mode, whose body is the data alone. */
const attributesIn = (headers: Headers) =>
  Object.fromEntries(['id', 'source', 'type', 'time', 'subject'].map((name) => [name, headers[`ce-${name}`]]));

function eventOf(json: unknown): SourceEvent {
  const [id, origin, type] = ['id', 'source', 'type'].map((name) => firstText(json, name));
  if (id === undefined || origin === undefined || type === undefined) {
    throw new Error('it is no CloudEvent: its id, source or type is missing');
  }
  const at = firstText(json, 'time');
  // The object's name is a part of the type, and its key a field of that name.
  const entity = firstText(json, [...type.split(/[./]/).map((name) => `data.${name}`), 'subject']);
  return {
    type,
    eventId: id,
    // An id is unique in its source only, and sources are paths, of characters that keys do without.
    key: `${id}:${createHash('sha256').update(origin).digest('hex').slice(0, 16)}`,
    occurredAt: at === undefined ? null : utc(at),
    entityId: entity ?? null,
  };
}

function changed(topic: string, object: string, verb: string) {
  const sample = ({ id, number, now }: Fresh) => ({
    specversion: '1.0',
    type: `sap.s4.beh.${topic}.v1.${object}.${verb}.v1`,
    source: '/default/sap.s4.beh/S4HCLNT100',
    id,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    data: { [object]: String(number) },
  });
  return { shape: 'hint', sample } as const;
}
