/**
 * Senders of one's own, and vendors without a connector: how they prove where a request comes from, and what their bodies
 * look like, are settings (generic/options.ts). NetSuite, Zapier and Make are this with settings of their own.
 *
 * By default HMAC-SHA256 over the raw body, lower-case hex, in `X-Signature`; the key is the secret as text. With
 * `signedContent: 'timestamp.body'` the content is `<timestamp>.<raw body>`, Unix seconds in a header of their own, and
 * requests outside of `maxAgeSeconds` are refused. Without it nothing but the ledger stops a replay. A sender that cannot
 * sign shows a credential (option `scheme`), which proves no byte of the body: all its events are hints.
 * Source: no standard; the common part of what such senders do, 2026-11-20.
 *
 * Identity: a body without an id is told apart by its bytes and the window of 2 hours in which it came (option `identity`).
 * The same bytes within one window are one event, even if the sender meant a second one; the same bytes to both sides of a
 * window's edge (at even hours, UTC) are two, even if the second is a retry. So all types count as hints, and flows that
 * take them may not perform what cannot be repeated. Send an id in every body, say `identity: 'id'`, and none of this is so.
 */
import type { Source } from '../core/source.ts';
import { BODY_SHEET, type Connector, configure } from './generic/connector.ts';
import { type GenericOptions, settingsOf } from './generic/options.ts';
import { type Scheme, schemeOf } from './generic/schemes.ts';

export type { GenericOptions };

/** @throws Error `[syncline] [generic] …` for options that cannot be meant. */
export function generic<Type extends string = 'lead.created'>(
  name: string,
  options: GenericOptions<Type> = {},
): Source<Type> {
  const settings = settingsOf(options);
  const scheme = schemeOf(settings);
  const { retries } = settings;
  return configure(name, {
    ...{ kind: 'generic', answerWithinMs: 10_000, retries, scheme, sheet: sheetOf(scheme) },
    ...{ body: settings, types: options.types },
  });
}

const sheetOf = ({ signs, sends }: Scheme): Connector<string>['sheet'] => ({
  vendor: 'Senders of one’s own',
  signs: `${signs}; options name another signature or, as \`scheme\`, a credential`,
  ...BODY_SHEET,
  answer: '2xx',
  redelivery: 'whatever your sender does; the option `retries` tells us',
  setUp: [
    'Make a long random secret and set it here.',
    'Let the sender post JSON with an id and a time in every body to the source’s URL.',
    sends,
  ],
  rotation: ['SET the new secret here: both work for 7 days', 'change it in the sender'],
  oddities: [],
  judged: { documentation: 'our own: no vendor stands behind it' },
});
