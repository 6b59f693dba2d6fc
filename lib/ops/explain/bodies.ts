/** What the body may have been before something on its way rewrote it. */
import { gunzipSync } from 'node:zlib';
import { exactNumber, parseExactly } from '../../../functions/sources/common/json.ts';
import type { Trial, Variation } from './trial.ts';

const UNTOUCHED =
  'find what parses and writes the body on its way (a proxy, a mapping, the capture): the bytes must pass untouched';
const DECODE = 'hand over the bytes: decode base64 and nothing else, where the gateway says that it encoded them';

/** A body in another form, and what that form is. */
type Form = readonly [what: string, body: Buffer | string | undefined, next?: string];

/** Each other body that may have been signed, the likeliest first, each once. */
export function bodyVariations(trial: Trial): Variation[] {
  const { request } = trial;
  const seen = new Set([request.body.toString('latin1')]);
  return formsOf(request.body, String(request.headers['content-type'] ?? '')).flatMap(
    ([what, form, next = UNTOUCHED]) => {
      if (form === undefined) return [];
      const body = Buffer.from(form);
      if (seen.has(body.toString('latin1'))) return [];
      seen.add(body.toString('latin1'));
      return [
        {
          about: 'body',
          what: `the body that was signed is ${what}`,
          next,
          trial: { ...trial, request: { ...request, body } },
        },
      ];
    },
  );
}

function formsOf(body: Buffer, contentType: string): Form[] {
  const text = body.toString('utf8');
  return [
    ...transportForms(body, text),
    ...lineForms(text),
    ...encodingForms(body, text),
    ...jsonForms(text),
    ...(contentType.startsWith('application/x-www-form-urlencoded') ? formForms(text) : []),
    ['empty: the vendor signed none', '', 'see whether a check of the URL, or another method, was taken for an event'],
  ];
}

const transportForms = (body: Buffer, text: string): Form[] => [
  ['the decoded one: what arrived is still base64', fromBase64(text), DECODE],
  ['the unpacked one: it was signed before it was compressed', attempt(() => gunzipSync(body))],
  ['inside of the JSON text that arrived: it was encoded twice', attempt(() => textOrNothing(JSON.parse(text)))],
];

const lineForms = (text: string): Form[] => [
  ['without the byte order mark', text.replace(/^\uFEFF/, '')],
  ['without the line break at its end', text.replace(/\r?\n$/, '')],
  ['without the white space around it', text.trim()],
  ['with a line break at its end', `${text}\n`],
  ['with CRLF at its end', `${text}\r\n`],
  ['with LF where CRLF arrived', text.replaceAll('\r\n', '\n')],
  ['with CRLF where LF arrived', text.replaceAll(/\r?\n/g, '\r\n')],
  ['with a byte order mark', `\uFEFF${text}`],
];

const encodingForms = (body: Buffer, text: string): Form[] => [
  ['in UTF-8: what arrived was read as Latin-1 and encoded once more', undoubled(text)],
  ['in UTF-8: what arrived is Latin-1', body.toString('latin1')],
  ['in Latin-1: what arrived is UTF-8', Buffer.from(text, 'latin1')],
  ['composed otherwise (Unicode NFC)', text.normalize('NFC')],
  ['composed otherwise (Unicode NFD)', text.normalize('NFD')],
];

const formForms = (text: string): Form[] => [
  ['a form with %20 where + arrived', text.replaceAll('+', '%20')],
  ['a form with + where %20 arrived', text.replaceAll('%20', '+')],
  ['a form with upper-case escapes', text.replaceAll(/%[0-9a-f]{2}/gi, (letters) => letters.toUpperCase())],
  ['a form with lower-case escapes', text.replaceAll(/%[0-9a-f]{2}/gi, (letters) => letters.toLowerCase())],
  ['a form that is escaped as URLSearchParams does', new URLSearchParams(text).toString()],
  ['a form without escapes', attempt(() => decodeURIComponent(text.replaceAll('+', ' ')))],
];

const STYLES: readonly (readonly [what: string, write: (value: unknown) => string])[] = [
  ['JSON without spaces', (value) => JSON.stringify(value)],
  ['JSON, pretty-printed by 2 spaces', (value) => JSON.stringify(value, null, 2)],
  ['JSON, pretty-printed by 4 spaces', (value) => JSON.stringify(value, null, 4)],
  ['JSON, pretty-printed by tabs', (value) => JSON.stringify(value, null, '\t')],
  ['JSON with a space after each comma and colon, as Python writes it', (value) => spaced(value)],
  ['JSON with its keys sorted', (value) => JSON.stringify(sorted(value))],
  ['JSON with its keys sorted, and spaces as Python writes them', (value) => spaced(sorted(value))],
  ['JSON with its keys sorted, pretty-printed by 2 spaces', (value) => JSON.stringify(sorted(value), null, 2)],
];

const ESCAPES: readonly (readonly [what: string, rewrite: (json: string) => string])[] = [
  ['', (json) => json],
  [', non-ASCII letters as \\u escapes', ascii],
  [', slashes as \\/', (json) => json.replaceAll('/', '\\/')],
  [
    ', non-ASCII letters as \\u escapes and slashes as \\/, as PHP writes it',
    (json) => ascii(json).replaceAll('/', '\\/'),
  ],
  [', <, > and & as \\u escapes, as Go writes it', (json) => json.replaceAll(/[<>&\u2028\u2029]/g, unicodeEscape)],
];

const ENDS = [
  ['', ''],
  [', with a line break at its end', '\n'],
] as const;

/** The same value, as other writers of JSON would have put it; numbers as they arrived, then as JavaScript writes them. */
function jsonForms(text: string): Form[] {
  const values = [attempt(() => parseExactly(text)), attempt(() => JSON.parse(text) as unknown)];
  return values
    .filter((value) => typeof value === 'object' && value !== null)
    .flatMap((value) =>
      STYLES.flatMap(([style, write]) =>
        ESCAPES.flatMap(([escaped, rewrite]) =>
          ENDS.map(([ended, end]): Form => [style + escaped + ended, rewrite(write(value)) + end]),
        ),
      ),
    );
}

function spaced(value: unknown): string {
  if (typeof value !== 'object' || value === null || exactNumber(value) !== undefined) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([name, inner]) => `${JSON.stringify(name)}: ${spaced(inner)}`)
    .join(', ')}}`;
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || exactNumber(value) !== undefined) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted((value as Record<string, unknown>)[name])]));
}

const unicodeEscape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

function ascii(json: string): string {
  return json.replaceAll(/[\u0080-\uFFFF]/g, unicodeEscape);
}

/** Nothing for a text with letters that Latin-1 does not have: then it was not encoded twice. */
const undoubled = (text: string) => (/^[\0-\u00FF]*$/.test(text) ? Buffer.from(text, 'latin1') : undefined);

const fromBase64 = (text: string) =>
  /^[A-Za-z0-9+/\s]{4,}={0,2}\s*$/.test(text) ? Buffer.from(text, 'base64') : undefined;

const textOrNothing = (value: unknown) => (typeof value === 'string' ? value : undefined);

function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
