/**
 * Zendesk webhooks: those that subscribe to Zendesk's events, and those that triggers and automations call.
 *
 * HMAC-SHA256 over the text of `X-Zendesk-Webhook-Signature-Timestamp` followed by the raw body, base64, in
 * `X-Zendesk-Webhook-Signature`. The body may be empty (GET, DELETE): then the time alone is signed. Not signed are the
 * method, the query and all ids in headers. No window is prescribed, so the ledger alone stops replays.
 * Source: developer.zendesk.com, "Verifying the authenticity of webhook requests", read 2026-11-21.
 *
 * Identity: events have an `id`. What a trigger sends is written by hand and may be anything: JSON, a form, XML. It is
 * `untyped`, told apart by `X-Zendesk-Webhook-Invocation-Id`, which is not signed; so it is a hint.
 *
 * Oddities: while a webhook is being made, test requests are signed by one secret that everybody knows (2026-11-21, as is
 * commonly known): a connection with that secret is refused.
 */
import * as z from 'zod/mini';
import { type EventType, type Fresh, source } from '../core/source.ts';
import { contentHint, contentKey, firstText, UNTYPED } from './common/body.ts';
import { FORM, formObject } from './common/form.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly } from './common/json.ts';
import { stampMs, utc } from './common/time.ts';

/** Zendesk's own, for requests of webhooks that are not made yet. */
const PUBLIC_TEST_SECRET = 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==';
const INVOCATION = 'x-zendesk-webhook-invocation-id';
const EVENT = 'zen:event-type:';

const { verify, sign } = headerSignature({
  header: 'x-zendesk-webhook-signature',
  algorithm: 'sha256',
  encoding: 'base64',
  content: ({ timestamp, body }) => [timestamp, body],
  timestamp: {
    header: 'x-zendesk-webhook-signature-timestamp',
    parse: stampMs,
    write: (now) => now.toISOString().replace(/\.\d+/, ''),
  },
});

export const zendesk = source({
  kind: 'zendesk',
  sheet: {
    vendor: 'Zendesk',
    needs: [{ field: 'secret', what: 'the webhook’s signing secret', isSecret: true }],
    signs: 'HMAC-SHA256 over timestamp and body, base64, in X-Zendesk-Webhook-Signature',
    window: 'none',
    batch: 'one event a request',
    identity: '`id`; of triggers and automations X-Zendesk-Webhook-Invocation-Id, else the bytes within 2 hours',
    entity: '`detail.id`',
    occurredAt: '`time`',
    answer: '2xx within 10 s (secondary)',
    redelivery: 'few: on 409, and on 429 or 503 that name a time, as is commonly known',
    setUp: [
      'Admin Center → Apps and integrations → Webhooks → Create webhook.',
      'Choose Zendesk events that flows name, or a trigger; endpoint URL: the source’s URL; method: POST; format: JSON.',
      'Reveal the signing secret and set it here.',
    ],
    rotation: [
      'reset the signing secret in the webhook’s settings',
      'SET the new secret here at once: Zendesk signs with one secret only',
    ],
    oddities: [
      {
        date: '2026-11-21',
        what: 'tests of a webhook that is not saved yet are signed by a public secret, and refused',
      },
      { date: '2026-11-21', what: 'what triggers send is written by hand: it is `untyped`, and a hint' },
      { date: '2026-11-21', what: 'too many errors in 5 minutes stop a webhook for a while (secondary)' },
    ],
    judged: { documentation: 'developer.zendesk.com, "Verifying the authenticity of webhook requests"' },
  },
  connection: z.object({
    secret: z.string().check(
      z.minLength(1),
      z.refine((secret) => secret !== PUBLIC_TEST_SECRET),
    ),
  }),
  proof: 'signature',
  methods: ['POST', 'PUT', 'PATCH', 'GET', 'DELETE'],
  carries: [INVOCATION],
  answerWithinMs: 10_000,
  // Our 503 names no time after which to come again.
  retries: false,
  types: {
    'zen:event-type:ticket.created': happened('ticket', 'created', {}),
    'zen:event-type:ticket.status_changed': happened('ticket', 'status_changed', {
      current: 'SOLVED',
      previous: 'OPEN',
    }),
    'zen:event-type:user.created': happened('user', 'created', {}),
    'zen:event-type:organization.created': happened('organization', 'created', {}),
    untyped: contentHint(({ number }) => ({ ticket_id: String(number), title: 'The mill stands still' })),
  },
  verify,
  read({ headers, body, acceptedAt }) {
    const json = jsonOf(body);
    const type = firstText(json, 'type') ?? '';
    const eventId = firstText(json, 'id');
    if (!type.startsWith(EVENT) || eventId === undefined) {
      const invocation = headers[INVOCATION];
      const key =
        typeof invocation === 'string' && invocation !== '' ? `invocation:${invocation}` : contentKey(body, acceptedAt);
      return { events: [{ type: UNTYPED, eventId: null, key, occurredAt: null, entityId: null }] };
    }
    const at = firstText(json, 'time');
    return {
      events: [
        {
          type,
          eventId,
          key: eventId,
          occurredAt: at === undefined ? null : utc(at),
          entityId: firstText(json, 'detail.id') ?? null,
        },
      ],
    };
  },
  payload(body, contentType): unknown {
    if (contentType.startsWith(FORM)) return formObject(body);
    return contentType.includes('xml') ? { xml: body.toString('utf8') } : JSON.parse(textOf(body));
  },
  sign(sample, connection) {
    const { headers } = sign(sample, connection);
    return { headers: { ...headers, [INVOCATION]: `01${sample.fresh.id.toUpperCase()}` } };
  },
});

/** Undefined for what a customer wrote otherwise: only its flows know how to read that. */
function jsonOf(body: Buffer): unknown {
  try {
    return parseExactly(body);
  } catch {
    return undefined;
  }
}

/** A request without a body says just that it was called. */
const textOf = (body: Buffer) => (body.length === 0 ? '{}' : body.toString('utf8'));

/** The record as it is after the change, and the change. */
function happened(about: 'ticket' | 'user' | 'organization', what: string, change: object): EventType {
  return {
    shape: 'state',
    sample: (fresh) => ({
      account_id: 18_151_210,
      detail: { id: String(fresh.number), ...DETAILS[about](fresh) },
      event: change,
      id: fresh.id,
      subject: `zen:${about}:${fresh.number}`,
      time: fresh.now.toISOString(),
      type: `${EVENT}${about}.${what}`,
      zendesk_event_version: '2022-11-06',
    }),
  };
}

const DETAILS = {
  ticket: ({ now }: Fresh) => ({
    subject: 'The mill stands still',
    priority: 'HIGH',
    status: 'OPEN',
    requester_id: '1843',
    updated_at: now.toISOString(),
  }),
  user: ({ number, now }: Fresh) => ({
    name: 'Ada Lovelace',
    email: `ada.${number}@example.com`,
    role: 'end-user',
    updated_at: now.toISOString(),
  }),
  organization: ({ now }: Fresh) => ({ name: 'Lovelace & Co', updated_at: now.toISOString() }),
};
