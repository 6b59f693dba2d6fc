/**
 * Standard Webhooks, and Svix, which signs alike: many vendors send them (Zapier's connection webhooks among them).
 *
 * HMAC-SHA256 over `<id>.<timestamp>.<raw body>`, base64, as `v1,` entries of `webhook-signature`, separated by spaces; any
 * of them may match, other versions (`v1a`) are ignored. The key is the base64 after `whsec_`. The time must be within
 * 300 s of ours, behind or ahead. Svix calls the headers `svix-…`; its family decides when both are there. The id stays
 * over retries, the timestamp does not: it is no time of the event.
 * Source: specification at github.com/standard-webhooks; standardwebhooks 1.1.1 and svix 2.5.0, read 2026-11-20.
 *
 * Oddities: the payload `{ type, timestamp, data }` is only a recommendation; Zapier's bodies are free (2026-11-20).
 */
import * as z from 'zod/mini';
import {
  type EventType,
  type Headers,
  type Source,
  type SourceDefinition,
  source,
  type Verdict,
} from '../core/source.ts';
import { firstText, UNTYPED } from './common/body.ts';
import { checkOptions, EVENT_TYPES_RIGHT, EventTypes } from './common/options.ts';
import { anySecret, hmac, isUnixSeconds, sameText, unixSeconds } from './common/signature.ts';

export type StandardWebhooksOptions<Type extends string = string> = {
  /** The event types that your sender has, so that flows can name them. @default three examples */
  readonly types?: Readonly<Record<Type, EventType>>;
};

const MAX_AGE_SECONDS = 300;
const KEY_PREFIX = 'whsec_';
/** At least one byte; the base64 alphabet alone, because Node would skip what is outside of it. */
const BASE64_KEY = /^[A-Za-z0-9+/]{2,}={0,2}$/;
/** `<version>,<signature>`. A second comma means that two header lines were joined. */
const ENTRY = /^[^\s,]+,[^\s,]+$/;

const TYPES = {
  'contact.created': example('contact.created', ({ id }) => ({ id: `con_${id}`, name: 'Ada Lovelace' })),
  'invoice.paid': example('invoice.paid', ({ id, number }) => ({ id: `inv_${id}`, number, total: '129.50' })),
  'order.shipped': example('order.shipped', ({ id }) => ({ id: `ord_${id}`, carrier: 'Syncline Express' })),
} satisfies Record<string, EventType>;

/** @throws Error `[syncline] [standard-webhooks] …` for options that cannot be meant. */
export function standardWebhooks<Type extends string = keyof typeof TYPES>(
  name: string,
  options: StandardWebhooksOptions<Type> = {},
): Source<Type> {
  checkOptions('standard-webhooks', z.strictObject({ types: z.optional(EventTypes) }), RIGHT, options);
  const types = (options.types ?? TYPES) as Readonly<Record<Type, EventType>>;
  return source<{ secret: string }, Type>({ ...connector, types })(name);
}

const RIGHT = { types: EVENT_TYPES_RIGHT };

const connector = {
  kind: 'standard-webhooks',
  sheet: {
    vendor: 'Standard Webhooks, Svix',
    needs: [{ field: 'secret', what: 'base64 of the key, after an optional `whsec_`', isSecret: true }],
    signs: 'HMAC-SHA256 over `<id>.<timestamp>.<body>`, base64, as `v1,` entries of webhook-signature (svix-signature)',
    window: '300 s, behind or ahead',
    batch: 'one event a request',
    identity: 'webhook-id (svix-id), the same over retries',
    entity: '`data.id`',
    occurredAt: '`timestamp` of the body',
    answer: '2xx within 15 to 30 s; 410 turns the endpoint off',
    redelivery: 'over days, each signed anew',
    setUp: [
      'Add an endpoint at your vendor, or in its Svix portal.',
      'URL: the source’s URL; choose the events that flows name.',
      'Set the endpoint’s signing secret here.',
    ],
    rotation: ['rotate the secret at the vendor: most sign with both for a while', 'SET the new secret here'],
    oddities: [{ date: '2026-11-20', what: 'the payload `{ type, timestamp, data }` is only a recommendation' }],
    judged: { package: 'standardwebhooks 1.1.1, svix 2.5.0', example: 'the specification’s own' },
  },
  proof: 'signature',
  connection: z.object({ secret: z.string().check(z.refine((secret) => keyOf(secret) !== undefined)) }),
  methods: ['POST'],
  carries: ['webhook-id', 'svix-id'],
  answerWithinMs: 15_000,
  verify({ headers, body }, { secrets, now }): Verdict {
    const { id, timestamp, signature } = signedHeaders(headers);
    if (id === undefined || timestamp === undefined || signature === undefined) return 'missing-header';
    if (typeof id !== 'string' || typeof timestamp !== 'string' || !isUnixSeconds(timestamp)) return 'malformed-header';
    const candidates = parseSignature(signature);
    if (!candidates) return 'malformed-header';
    const matches = anySecret(secrets, (secret) => {
      const key = keyOf(secret);
      const expected = key && hmac('sha256', key, `${id}.${timestamp}.`, body).toString('base64');
      return expected !== undefined && candidates.some((candidate) => sameText(candidate, expected));
    });
    if (!matches) return 'bad-signature';
    return Math.abs(unixSeconds(now) - Number(timestamp)) > MAX_AGE_SECONDS ? 'stale' : 'valid';
  },
  read({ headers, body }) {
    const id = z.parse(z.string().check(z.minLength(1)), signedHeaders(headers).id);
    const json: unknown = JSON.parse(body.toString('utf8'));
    return {
      events: [
        {
          type: firstText(json, 'type') ?? UNTYPED,
          eventId: id,
          key: id,
          occurredAt: firstText(json, 'timestamp') ?? null,
          entityId: firstText(json, 'data.id') ?? null,
        },
      ],
    };
  },
  sign({ body, fresh }, { secret }) {
    const key = keyOf(secret);
    if (!key) throw new Error('[syncline] [standard-webhooks] the secret is not base64 after an optional whsec_');
    const id = `msg_${fresh.id}`;
    const timestamp = `${unixSeconds(fresh.now)}`;
    const signature = `v1,${hmac('sha256', key, `${id}.${timestamp}.`, body).toString('base64')}`;
    return {
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signature,
      },
    };
  },
} satisfies Omit<SourceDefinition<{ secret: string }, string>, 'types'>;

/** What is verified and what is read come from one family, so that nothing unsigned is believed. */
function signedHeaders(headers: Headers) {
  const family = headers['svix-signature'] === undefined ? 'webhook' : 'svix';
  return {
    id: headers[`${family}-id`],
    timestamp: headers[`${family}-timestamp`],
    signature: headers[`${family}-signature`],
  };
}

/** The signatures of version 1; undefined when the header is not a list of entries. */
function parseSignature(header: Headers[string]): string[] | undefined {
  if (typeof header !== 'string') return undefined;
  const entries = header.split(' ');
  if (!entries.every((entry) => ENTRY.test(entry))) return undefined;
  return entries.flatMap((entry) => (entry.startsWith('v1,') ? [entry.slice('v1,'.length)] : []));
}

function keyOf(secret: string): Buffer | undefined {
  const text = secret.startsWith(KEY_PREFIX) ? secret.slice(KEY_PREFIX.length) : secret;
  return BASE64_KEY.test(text) ? Buffer.from(text, 'base64') : undefined;
}

function example(type: string, data: EventType['sample']): EventType {
  return {
    shape: 'state',
    sample: (fresh) => ({ type, timestamp: fresh.now.toISOString(), data: data(fresh) }),
  };
}
