/**
 * Make (formerly Integromat): scenarios that post to us with an HTTP module.
 *
 * Nothing is signed. The module shows a key of our own in `x-make-apikey`, as Make's own custom webhooks ask for, or HTTP
 * Basic (option `scheme`). What the body holds is the scenario's to say; options say where it is.
 * Source: Make's HTTP module and custom webhooks, commonly known, 2026-11-21.
 *
 * Oddities: a scenario runs a failed module again only where an error handler says so (commonly known, 2026-11-21).
 */
import * as z from 'zod/mini';
import type { Source } from '../core/source.ts';
import { checkOptions } from './common/options.ts';
import { BODY_SHEET, type Connector, configure } from './generic/connector.ts';
import { BODY_FIELDS, BODY_RIGHT, type BodyOptions } from './generic/options.ts';
import { basic, headerValue, type Scheme } from './generic/schemes.ts';

export type MakeOptions<Type extends string = string> = BodyOptions<Type> & {
  /** `header`: a `{ value }` in `x-make-apikey`. `basic`: `{ username, password }`. @default 'header' */
  readonly scheme?: keyof typeof SCHEMES;
};

const SCHEMES = { header: headerValue('x-make-apikey'), basic };

const Options = z.strictObject({ scheme: z._default(z.enum(['header', 'basic']), 'header'), ...BODY_FIELDS });
const RIGHT = { scheme: "'header' or 'basic'", ...BODY_RIGHT };

/** @throws Error `[syncline] [make] …` for options that cannot be meant. */
export function make<Type extends string = 'lead.created'>(
  name: string,
  options: MakeOptions<Type> = {},
): Source<Type> {
  const settings = checkOptions('make', Options, RIGHT, options);
  const scheme = SCHEMES[settings.scheme];
  return configure(name, {
    ...{ kind: 'make', answerWithinMs: 10_000, retries: false, scheme, sheet: sheetOf(scheme) },
    ...{ body: settings, types: options.types },
  });
}

const sheetOf = ({ sends }: Scheme): Connector<string>['sheet'] => ({
  vendor: 'Make',
  ...BODY_SHEET,
  answer: '2xx; anything else is an error of the scenario’s run, if the module is told to see it so',
  redelivery: 'none, unless the scenario has an error handler that tries again',
  setUp: [
    'In the scenario: HTTP → Make a request; method POST, URL the source’s URL, body raw JSON.',
    'Write an id, a type and a time into the JSON, such as { "id": …, "type": "lead.created", "occurred_at": … }.',
    sends,
  ],
  rotation: ['SET the new key here: both work for 7 days', 'change it in every scenario that posts to us'],
  oddities: [
    { date: '2026-11-21', what: 'commonly known: a failed module runs again only where an error handler says so' },
  ],
  judged: { documentation: 'commonly known: what the HTTP module can send' },
});
