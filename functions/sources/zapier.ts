/**
 * Zapier: zaps that post to us, and the webhooks about connections that Zapier itself sends to partners.
 *
 * A zap (Webhooks by Zapier, or a Code step) signs nothing: it shows a bearer token, or by the option `scheme` HTTP Basic or
 * a header of any name, and its body is the zap's to say; options say where what is. Connection webhooks are signed:
 * `scheme: 'standard-webhooks'` makes this the connector of that name (standard-webhooks.ts) under Zapier's.
 * Source: docs.zapier.com, "White label: verify signatures"; zaps' own requests commonly known, read 2026-11-21.
 *
 * Oddities: a zap sends again only where Autoreplay is on, over about 10 hours (commonly known, 2026-11-21).
 */
import * as z from 'zod/mini';
import type { DataSheet } from '../core/data-sheet.ts';
import type { EventType, Source } from '../core/source.ts';
import { BODY_SHEET, configure } from './generic/connector.ts';
import {
  BODY_FIELDS,
  BODY_RIGHT,
  type BodyOptions,
  checkByScheme,
  HEADER_RIGHT,
  HeaderName,
} from './generic/options.ts';
import { basic, bearer, headerValue } from './generic/schemes.ts';
import { standardWebhooks } from './standard-webhooks.ts';

/** What a zap shows: `bearer`, a `{ token }` in `Authorization`; `basic`, `{ username, password }`; `header`, a `{ value }`. */
type ZapOptions = { readonly scheme?: 'bearer' | 'basic' } | { readonly scheme: 'header'; readonly header: string };

/** Webhooks about connections: `{ secret }`. Their ids and times are where the standard has them. */
type ConnectionOptions<Type extends string> = Pick<BodyOptions<Type>, 'types'> & {
  readonly scheme: 'standard-webhooks';
};

/** @default { scheme: 'bearer' } */
export type ZapierOptions<Type extends string = string> = (BodyOptions<Type> & ZapOptions) | ConnectionOptions<Type>;

const OPTIONS = {
  bearer: z.strictObject({ scheme: z._default(z.literal('bearer'), 'bearer'), ...BODY_FIELDS }),
  basic: z.strictObject({ scheme: z.literal('basic'), ...BODY_FIELDS }),
  header: z.strictObject({ scheme: z.literal('header'), header: HeaderName, ...BODY_FIELDS }),
  'standard-webhooks': z.strictObject({ scheme: z.literal('standard-webhooks'), types: BODY_FIELDS.types }),
};
type Settings = z.output<(typeof OPTIONS)[keyof typeof OPTIONS]>;

const RIGHT = {
  scheme: "'bearer', 'basic', 'header' or 'standard-webhooks'",
  header: HEADER_RIGHT,
  ...BODY_RIGHT,
};

/** @throws Error `[syncline] [zapier] …` for options that cannot be meant. */
export function zapier<Type extends string = 'lead.created'>(
  name: string,
  options: ZapierOptions<Type> = {},
): Source<Type> {
  const settings: Settings = checkByScheme('zapier', OPTIONS, RIGHT, options);
  if (settings.scheme === 'standard-webhooks') return ofConnections(name, options.types);
  const scheme = schemeOf(settings);
  const setUp: DataSheet['setUp'] = [...ZAP_STEPS, scheme.sends];
  return configure(name, {
    ...{ kind: 'zapier', answerWithinMs: 10_000, retries: false, scheme, sheet: { ...SHEET, setUp } },
    ...{ body: settings, types: options.types },
  });
}

function schemeOf(settings: Exclude<Settings, { scheme: 'standard-webhooks' }>) {
  if (settings.scheme === 'header') return headerValue(settings.header);
  return { bearer, basic }[settings.scheme];
}

function ofConnections<Type extends string>(name: string, types: Readonly<Record<Type, EventType>> | undefined) {
  const { definition } = standardWebhooks(name, types ? { types } : {});
  const { vendor } = SHEET;
  const judged = { ...definition.sheet.judged, documentation: 'docs.zapier.com, "Verify signatures"' };
  return { name, definition: { ...definition, kind: 'zapier', sheet: { ...definition.sheet, vendor, judged } } };
}

const ZAP_STEPS = [
  'In the zap: Webhooks by Zapier → POST; URL the source’s URL, payload type json.',
  'Data: an id, a type and a time, such as id, type and occurred_at, beside what flows need.',
] as const;

const SHEET = {
  vendor: 'Zapier',
  ...BODY_SHEET,
  answer: '2xx; anything else is an error of the zap’s run',
  redelivery: 'none, unless Autoreplay is on: then for about 10 hours',
  rotation: ['SET the new token here: both work for 7 days', 'change it in every zap that posts to us'],
  oddities: [
    { date: '2026-11-21', what: 'webhooks about connections are signed: option `scheme` `standard-webhooks`' },
    { date: '2026-11-21', what: 'commonly known: Autoreplay may send a body without an id again after our 2 hours' },
  ],
  judged: { documentation: 'commonly known: what Webhooks by Zapier can send' },
} satisfies Partial<DataSheet>;
