/** The options of generic sources, and what of them its presets take too. */
import * as z from 'zod/mini';
import type { EventType } from '../../core/source.ts';
import { DEFAULT_WINDOW_HOURS } from '../common/body.ts';
import { checkOptions, EVENT_TYPES_RIGHT, EventTypes } from '../common/options.ts';

/** Where a value is in the body: names joined by dots (`data.order.id`). Of several, the first that has a value. */
type Paths = string | readonly string[];

/** What your sender writes into its bodies. */
export type BodyOptions<Type extends string = string> = {
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

/** The connection holds `{ secret }`. */
export type HmacOptions = {
  readonly scheme?: 'hmac';
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
};

/**
 * What is shown instead of a signature, which makes hints of all events: `bearer`, a `{ token }` in `Authorization`; `basic`,
 * `{ username, password }` there; `token`, a `{ token }` in the URL, of which we keep the hash; `header`, a `{ value }` in a
 * header of any name.
 */
export type CredentialOptions =
  | { readonly scheme: 'bearer' | 'basic' | 'token' }
  | { readonly scheme: 'header'; readonly header: string };

export type GenericOptions<Type extends string = string> = BodyOptions<Type> &
  (HmacOptions | CredentialOptions) & {
    /**
     * Whether your sender sends again what was answered 5xx. False: what SQS refuses is kept in the bucket until SQS takes it,
     * and answered 200.
     *
     * @default true
     */
    readonly retries?: boolean;
  };

/** As long as what was accepted is run at all (docs/delivery.md, rule 2). */
const MAX_WINDOW_HOURS = 30 * 24;

/** A header's name as an option, in lower case from then on. */
export const HeaderName = z.string().check(z.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/), z.toLowerCase());
const Path = z.string().check(z.regex(/^[^.]+(\.[^.]+)*$/));
const pathsOr = (...names: string[]) => z._default(z.union([Path, z.array(Path)]), names);

/** `BodyOptions`, for a connector's own table of options. */
export const BODY_FIELDS = {
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
  types: z.optional(EventTypes),
};
const BodySettings = z.object(BODY_FIELDS);
export type BodySettings = Omit<z.output<typeof BodySettings>, 'types'>;

/** What each of them may be, in words. */
export const BODY_RIGHT = {
  paths: "an object like { id: 'event.id', type: 'event.type', occurredAt: 'event.at', entityId: ['order.id'] }",
  identity: `'id', or { windowHours } with a whole number from 1 to ${MAX_WINDOW_HOURS}`,
  types: EVENT_TYPES_RIGHT,
};

export const HEADER_RIGHT = "the name of a header, such as 'X-Signature'";

const FIELDS = { ...BODY_FIELDS, retries: z._default(z.boolean(), true) };

/** A time that is not signed would only seem to protect. */
const Hmac = z
  .strictObject({
    scheme: z._default(z.literal('hmac'), 'hmac'),
    header: z._default(HeaderName, 'x-signature'),
    algorithm: z._default(z.enum(['sha256', 'sha512']), 'sha256'),
    encoding: z._default(z.enum(['hex', 'base64']), 'hex'),
    prefix: z._default(z.string().check(z.regex(/^[\x21-\x7e]{0,40}$/)), ''),
    signedContent: z._default(z.enum(['body', 'timestamp.body']), 'body'),
    timestampHeader: z.optional(HeaderName),
    maxAgeSeconds: z.optional(z.int().check(z.gte(1), z.lte(86_400))),
    ...FIELDS,
  })
  .check(
    z.refine(
      ({ signedContent, timestampHeader, header }) =>
        (signedContent === 'timestamp.body') === (timestampHeader !== undefined) && timestampHeader !== header,
      { path: ['timestampHeader'] },
    ),
    z.refine(({ signedContent, maxAgeSeconds }) => signedContent === 'timestamp.body' || maxAgeSeconds === undefined, {
      path: ['maxAgeSeconds'],
    }),
  );

const OPTIONS = {
  hmac: Hmac,
  bearer: z.strictObject({ scheme: z.literal('bearer'), ...FIELDS }),
  basic: z.strictObject({ scheme: z.literal('basic'), ...FIELDS }),
  header: z.strictObject({ scheme: z.literal('header'), header: HeaderName, ...FIELDS }),
  token: z.strictObject({ scheme: z.literal('token'), ...FIELDS }),
};
export type GenericSettings = z.output<(typeof OPTIONS)[keyof typeof OPTIONS]>;

const RIGHT: Readonly<Record<string, string>> = {
  scheme: "'hmac', 'bearer', 'basic', 'header' or 'token'",
  header: HEADER_RIGHT,
  algorithm: "'sha256' or 'sha512'",
  encoding: "'hex' or 'base64'",
  prefix: "up to 40 visible characters, such as 'sha256='",
  signedContent: "'body' or 'timestamp.body'",
  timestampHeader: "the name of a header, such as 'X-Timestamp', with signedContent 'timestamp.body' and only with it",
  maxAgeSeconds: "a whole number from 1 to 86400, only with signedContent 'timestamp.body'",
  paths: BODY_RIGHT.paths,
  identity: BODY_RIGHT.identity,
  retries: 'true or false',
  types: BODY_RIGHT.types,
};

/** @throws Error `[syncline] [generic] …` for options that cannot be meant. */
export const settingsOf = (options: GenericOptions): GenericSettings =>
  checkByScheme('generic', OPTIONS, RIGHT, options);

/**
 * Checks options by the table of their scheme, so that an option of another one is a mistake.
 *
 * @param tables By scheme; the first is the default.
 * @param right For each option of any of them, in words, what it may be.
 * @returns The options with their defaults.
 * @throws Error `[syncline] [<kind>] …`
 */
export function checkByScheme<Table extends z.ZodMiniObject>(
  kind: string,
  tables: Readonly<Record<string, Table>>,
  right: Readonly<Record<string, string>>,
  options: { readonly scheme?: string },
): z.output<Table> {
  const [first] = Object.values(tables);
  const scheme = options?.scheme ?? '';
  const table = Object.hasOwn(tables, scheme) ? tables[scheme]! : first!;
  const fitting = Object.entries(right).filter(([name]) => Object.hasOwn(table.shape, name));
  return checkOptions(kind, table, Object.fromEntries(fitting), options);
}
