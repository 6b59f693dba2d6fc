/**
 * Senders of one's own, and vendors without a connector: an HMAC of which the details are settings (NetSuite scripts,
 * custom requests of Zapier and Make).
 *
 * By default HMAC-SHA256 over the raw body, lower-case hex, in `X-Signature`; the key is the secret as text. With
 * `signedContent: 'timestamp.body'` the content is `<timestamp>.<raw body>`, Unix seconds in a header of their own, and
 * requests outside of `maxAgeSeconds` are refused. Without it nothing but the ledger stops a replay.
 * Source: no standard; the common part of what such senders do, 2026-11-20.
 *
 * Identity: a body without an id is told apart by its bytes and the window of 2 hours in which it came (option `identity`).
 * The same bytes within one window are one event, even if the sender meant a second one; the same bytes to both sides of a
 * window's edge (at even hours, UTC) are two, even if the second is a retry. So all types count as hints, and flows that
 * take them may not perform what cannot be repeated. Send an id in every body, say `identity: 'id'`, and none of this is so.
 */
import * as z from 'zod/mini';
import type { DataSheet } from '../core/data-sheet.ts';
import {
  type EventType,
  type Fresh,
  type Source,
  type SourceDefinition,
  source,
  type Verdict,
} from '../core/source.ts';
import { contentKey, DEFAULT_WINDOW_HOURS, firstText, UNTYPED } from './common/body.ts';
import { checkOptions, EVENT_TYPES_RIGHT, EventTypes } from './common/options.ts';
import { anySecret, hmac, isUnixSeconds, sameText, unixSeconds } from './common/signature.ts';

/** Where a value is in the body: names joined by dots (`data.order.id`). Of several, the first that has a value. */
type Paths = string | readonly string[];

export type GenericOptions<Type extends string = string> = {
  /** The header with the signature; it must hold one signature and nothing else. @default 'X-Signature' */
  readonly header?: string;
  /** @default 'sha256' */
  readonly algorithm?: 'sha256' | 'sha512';
  /** Hex is lower-case. @default 'hex' */
  readonly encoding?: 'hex' | 'base64';
  /** What stands before the signature in its header, such as `sha256=`. @default '' */
  readonly prefix?: string;
  /** @default 'body' */
  readonly signedContent?: 'body' | 'timestamp.body';
  /** The header with the signed time in Unix seconds. Only with, and needed for, `timestamp.body`. */
  readonly timestampHeader?: string;
  /** How far the signed time may be from ours, behind or ahead: 1 to 86,400. Only with `timestamp.body`. @default 300 */
  readonly maxAgeSeconds?: number;
  /** Where the body says what. An empty list: nowhere. */
  readonly paths?: {
    /** The event's id, never the record's: two events of one id are one. @default ['eventId', 'event_id', 'id'] */
    readonly id?: Paths;
    /** The event's type; without one it is `untyped`. @default 'type' */
    readonly type?: Paths;
    /** When it happened; a flow from a source without it cannot have `latest-wins`. @default ['occurredAt', 'occurred_at', 'timestamp'] */
    readonly occurredAt?: Paths;
    /** The id of the record that it is about. @default ['entityId', 'entity_id', 'internalId'] */
    readonly entityId?: Paths;
  };
  /**
   * Whether your sender sends again what was answered 5xx. False: what SQS refuses is kept in the bucket until SQS takes it,
   * and answered 200.
   *
   * @default true
   */
  readonly retries?: boolean;
  /**
   * What tells two events apart whose bodies have no id. `{ windowHours }`: their bytes and the window in which they came, 1
   * to 720 hours, at least as long as your sender goes on trying. `'id'`: every body has an id, and one without is
   * `unreadable`.
   *
   * @default { windowHours: 2 }
   */
  readonly identity?: 'id' | { readonly windowHours: number };
  /** The event types that your sender has, so that flows can name them. @default an example, `lead.created` */
  readonly types?: Readonly<Record<Type, EventType>>;
};

const MAX_AGE_SECONDS = 300;
/** As long as what was accepted is run at all (docs/delivery.md, rule 2). */
const MAX_WINDOW_HOURS = 30 * 24;

const HeaderName = z.string().check(z.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/), z.toLowerCase());
const Path = z.string().check(z.regex(/^[^.]+(\.[^.]+)*$/));
const pathsOr = (...names: string[]) => z._default(z.union([Path, z.array(Path)]), names);

const Fields = z.strictObject({
  header: z._default(HeaderName, 'x-signature'),
  algorithm: z._default(z.enum(['sha256', 'sha512']), 'sha256'),
  encoding: z._default(z.enum(['hex', 'base64']), 'hex'),
  prefix: z._default(z.string().check(z.regex(/^[\x21-\x7e]{0,40}$/)), ''),
  signedContent: z._default(z.enum(['body', 'timestamp.body']), 'body'),
  timestampHeader: z.optional(HeaderName),
  maxAgeSeconds: z.optional(z.int().check(z.gte(1), z.lte(86_400))),
  paths: z.prefault(
    z.strictObject({
      id: pathsOr('eventId', 'event_id', 'id'),
      type: pathsOr('type'),
      occurredAt: pathsOr('occurredAt', 'occurred_at', 'timestamp'),
      entityId: pathsOr('entityId', 'entity_id', 'internalId'),
    }),
    {},
  ),
  identity: z._default(
    z.union([z.literal('id'), z.strictObject({ windowHours: z.int().check(z.gte(1), z.lte(MAX_WINDOW_HOURS)) })]),
    { windowHours: DEFAULT_WINDOW_HOURS },
  ),
  retries: z._default(z.boolean(), true),
  types: z.optional(EventTypes),
});

/** A time that is not signed would only seem to protect. */
const Options = Fields.check(
  z.refine(
    ({ signedContent, timestampHeader, header }) =>
      (signedContent === 'timestamp.body') === (timestampHeader !== undefined) && timestampHeader !== header,
    { path: ['timestampHeader'] },
  ),
  z.refine(({ signedContent, maxAgeSeconds }) => signedContent === 'timestamp.body' || maxAgeSeconds === undefined, {
    path: ['maxAgeSeconds'],
  }),
);
type Settings = z.output<typeof Options>;

/** @throws Error `[syncline] [generic] …` for options that cannot be meant. */
export function generic<Type extends string = 'lead.created'>(
  name: string,
  options: GenericOptions<Type> = {},
): Source<Type> {
  const settings = checkOptions('generic', Options, RIGHT, options);
  const declared = Object.entries<EventType>(options.types ?? exampleTypes(settings.paths));
  const identity = settings.identity === 'id' ? {} : { identity: 'content' };
  const order = [settings.paths.occurredAt].flat().length > 0 ? {} : { ordered: false };
  const types = Object.fromEntries(
    declared.map(([type, event]) => [type, { ...event, ...identity, ...order }]),
  ) as Readonly<Record<Type, EventType>>;
  return source<{ secret: string }, Type>({ ...connector(settings), types })(name);
}

const RIGHT: Readonly<Record<string, string>> = {
  header: "the name of a header, such as 'X-Signature'",
  algorithm: "'sha256' or 'sha512'",
  encoding: "'hex' or 'base64'",
  prefix: "up to 40 visible characters, such as 'sha256='",
  signedContent: "'body' or 'timestamp.body'",
  timestampHeader: "the name of a header, such as 'X-Timestamp', with signedContent 'timestamp.body' and only with it",
  maxAgeSeconds: "a whole number from 1 to 86400, only with signedContent 'timestamp.body'",
  paths: "an object like { id: 'event.id', type: 'event.type', occurredAt: 'event.at', entityId: ['order.id'] }",
  identity: `'id', or { windowHours } with a whole number from 1 to ${MAX_WINDOW_HOURS}`,
  retries: 'true or false',
  types: EVENT_TYPES_RIGHT,
};

const SHEET: DataSheet = {
  vendor: 'Senders of one’s own',
  needs: [{ field: 'secret', what: 'the key of the HMAC, as text', isSecret: true }],
  signs: 'HMAC over the body, or over `<timestamp>.<body>`: options say which, and where it stands',
  window: 'none, or `maxAgeSeconds`, behind or ahead',
  batch: 'one event a request',
  identity: '`eventId`, `event_id` or `id`, else the body’s bytes within 2 hours; options name other places',
  entity: '`entityId`, `entity_id` or `internalId`; an option names another place',
  occurredAt: '`occurredAt`, `occurred_at` or `timestamp`; an option names another place',
  answer: '2xx',
  redelivery: 'whatever your sender does; the option `retries` tells us',
  setUp: [
    'Make a long random secret and set it here.',
    'Let the sender post JSON with an id and a time in every body to the source’s URL.',
    'Sign the very bytes that are sent: HMAC-SHA256, lower-case hex, in X-Signature.',
  ],
  rotation: ['SET the new secret here: both work for 7 days', 'change it in the sender'],
  oddities: [],
  judged: { documentation: 'our own: no vendor stands behind it' },
};

function connector(settings: Settings) {
  const { header, timestampHeader, paths, identity, retries } = settings;
  return {
    kind: 'generic',
    sheet: SHEET,
    proof: 'signature',
    connection: z.object({ secret: z.string().check(z.minLength(1)) }),
    methods: ['POST'],
    answerWithinMs: 10_000,
    retries,
    verify({ headers, body }, { secrets, now }): Verdict {
      const signature = headers[header];
      const timestamp = timestampHeader === undefined ? '' : headers[timestampHeader];
      if (signature === undefined || timestamp === undefined) return 'missing-header';
      if (typeof signature !== 'string' || typeof timestamp !== 'string') return 'malformed-header';
      if (timestampHeader !== undefined && !isUnixSeconds(timestamp)) return 'malformed-header';
      const matches = anySecret(secrets, (secret) =>
        sameText(signature, signatureOf(settings, secret, timestamp, body)),
      );
      if (!matches) return 'bad-signature';
      return timestampHeader !== undefined && isStale(timestamp, now, settings) ? 'stale' : 'valid';
    },
    read({ body, acceptedAt }) {
      const json: unknown = JSON.parse(body.toString('utf8'));
      const eventId = firstText(json, paths.id) ?? null;
      if (eventId === null && identity === 'id')
        return { unreadable: `there is no id at ${[paths.id].flat().join(', ')}` };
      return {
        events: [
          {
            type: firstText(json, paths.type) ?? UNTYPED,
            eventId,
            key: eventId ?? contentKey(body, acceptedAt, identity === 'id' ? undefined : identity.windowHours),
            occurredAt: firstText(json, paths.occurredAt) ?? null,
            entityId: firstText(json, paths.entityId) ?? null,
          },
        ],
      };
    },
    sign({ body, fresh }, { secret }) {
      const timestamp = timestampHeader === undefined ? '' : `${unixSeconds(fresh.now)}`;
      return {
        headers: {
          'content-type': 'application/json',
          ...(timestampHeader !== undefined && { [timestampHeader]: timestamp }),
          [header]: signatureOf(settings, secret, timestamp, Buffer.from(body)),
        },
      };
    },
  } satisfies Omit<SourceDefinition<{ secret: string }, string>, 'types'>;
}

/** What the signature's header must hold, letter by letter. */
function signatureOf(
  { algorithm, encoding, prefix, signedContent }: Settings,
  secret: string,
  timestamp: string,
  body: Buffer,
) {
  const before = signedContent === 'timestamp.body' ? `${timestamp}.` : '';
  return prefix + hmac(algorithm, secret, before, body).toString(encoding);
}

const isStale = (timestamp: string, now: number, { maxAgeSeconds = MAX_AGE_SECONDS }: Settings) =>
  Math.abs(unixSeconds(now) - Number(timestamp)) > maxAgeSeconds;

/** An example whose values are where the paths look first. */
function exampleTypes(paths: Settings['paths']): Record<'lead.created', EventType> {
  const sample = ({ id, number, now }: Fresh) => {
    const body: Record<string, unknown> = { name: 'Ada Lovelace', email: `ada.${id}@example.com` };
    const values = { id, type: 'lead.created', occurredAt: now.toISOString(), entityId: `lead-${number}` };
    for (const field of ['id', 'type', 'occurredAt', 'entityId'] as const)
      place(body, [paths[field]].flat()[0], values[field]);
    return body;
  };
  return { 'lead.created': { shape: 'state', sample } };
}

function place(body: Record<string, unknown>, path: string | undefined, value: string): void {
  const names = path?.split('.') ?? [];
  const last = names.pop();
  if (last === undefined) return;
  let inner = body;
  for (const name of names) {
    const next = typeof inner[name] === 'object' ? (inner[name] as Record<string, unknown>) : {};
    inner[name] = next;
    inner = next;
  }
  inner[last] = value;
}
