/** Header lines: what is beside the signature may change as it likes, the signature may not. */
import type { Random } from '../../random.ts';
import { type Draft, type Line, linesOf, withHeader, withoutHeader } from '../draft.ts';
import type { Scheme } from '../judge.ts';
import type { Chance, Mutation } from '../mutation.ts';

const STRANGERS: readonly Line[] = [
  ...([
    ['X-Forwarded-For', '192.0.2.1'],
    ['Cookie', 'a=1; b=2'],
    ['__proto__', 'x'],
    ['constructor', 'x'],
    ['X-Long', 'x'.repeat(9_000)],
    ['X-Odd', 'é\u{1f4a5}\xff'],
    ['Authorization', 'Bearer x'],
    ['X-Hub-Signature-256', `sha256=${'0'.repeat(64)}`],
    ['Content-Type', 'text/plain'],
  ] as const),
];

const isRead = (name: string, { reads }: Scheme) => reads(name.toLowerCase()) || name.toLowerCase() === ENCODING;
const ENCODING = 'content-encoding';

/** One of the lines that the scheme reads. */
function ownLine(draft: Draft, scheme: Scheme, random: Random): Line | undefined {
  const own = draft.headers.filter(([name]) => isRead(name, scheme));
  return own.length > 0 ? random.pick(own) : undefined;
}

const besides: readonly Mutation[] = [
  {
    ...{ name: 'header-case', effect: 'harmless' },
    change: (draft, { random }) => ({
      ...draft,
      headers: draft.headers.map(([name, value]) => [
        random.pick([name.toLowerCase(), name.toUpperCase(), name.replace(/^./, (first) => first.toUpperCase())]),
        value,
      ]),
    }),
  },
  {
    ...{ name: 'header-order', effect: 'harmless' },
    change: (draft, { random }) => {
      const names = [...new Set(draft.headers.map(([name]) => name.toLowerCase()))];
      // Lines of one name stay in their order: to HTTP that is one value.
      const shuffled = names.map((name) => [random.int(1_000), name] as const).sort(([one], [two]) => one - two);
      return {
        ...draft,
        headers: shuffled.flatMap(([, wanted]) => draft.headers.filter(([name]) => name.toLowerCase() === wanted)),
      };
    },
  },
  {
    ...{ name: 'header-stranger', effect: 'harmless' },
    change: (draft, { random, scheme }) => {
      const line = random.pick(STRANGERS);
      return isRead(line[0], scheme) ? undefined : { ...draft, headers: [line, ...draft.headers] };
    },
  },
  {
    ...{ name: 'header-unread-missing', effect: 'harmless' },
    change: (draft, { random, scheme }) => {
      const unread = draft.headers.filter(([name]) => !isRead(name, scheme));
      return unread.length === 0 ? undefined : withoutHeader(draft, random.pick(unread)[0].toLowerCase());
    },
  },
  {
    ...{ name: 'header-packing', effect: 'open' },
    change: (draft, { random }) => withHeader(draft, ENCODING, random.pick(['gzip', 'identity', 'br', 'x', ''])),
  },
  {
    ...{ name: 'header-value', effect: 'open' },
    change: (draft, { random, scheme }) => {
      const [name, value] = ownLine(draft, scheme, random) ?? [];
      if (name === undefined || value === undefined) return undefined;
      const values = [
        '',
        ' ',
        ` ${value}`,
        `${value} `,
        `"${value}"`,
        'x'.repeat(9_000),
        `${value}\u0301`,
        'ｖ１',
        '\0',
      ];
      return withHeader(draft, name.toLowerCase(), random.pick(values));
    },
  },
  {
    ...{ name: 'header-own-missing', effect: 'open' },
    change: (draft, { random, scheme }) => {
      const [name] = ownLine(draft, scheme, random) ?? [];
      return name === undefined ? undefined : withoutHeader(draft, name.toLowerCase());
    },
  },
  {
    ...{ name: 'header-own-twice', effect: 'open' },
    change: (draft, { random, scheme }) => {
      const [name, value] = ownLine(draft, scheme, random) ?? [];
      if (name === undefined || value === undefined) return undefined;
      return { ...draft, headers: [...draft.headers, [name, random.pick([value, 'x', ''])]] };
    },
  },
  {
    ...{ name: 'header-swap', effect: 'open' },
    change: (draft, { random, other }) => {
      const [name, value] = ownLine(other.draft, other.scheme, random) ?? [];
      return name === undefined || value === undefined ? undefined : withHeader(draft, name.toLowerCase(), value);
    },
  },
  {
    ...{ name: 'headers-of-other', effect: 'open' },
    change: (draft, { other }) => ({ ...draft, headers: other.draft.headers, lists: other.draft.lists }),
  },
];

/** A change of the signature's own text; undefined changes nothing. */
const bySignature = (
  name: string,
  effect: 'breaks' | 'open',
  change: (value: string, random: Random, other: string) => string | undefined,
): Mutation => ({
  ...{ name, effect },
  change(draft, { random, scheme, other }) {
    if (scheme.signature === undefined) return undefined;
    const [value, ...more] = linesOf(draft, scheme.signature);
    if (value === undefined || more.length > 0) return undefined;
    const changed = change(value, random, signatureOf(other) ?? 'x');
    return changed === undefined || changed === value ? undefined : withHeader(draft, scheme.signature, changed);
  },
});

const signatureOf = ({ draft, scheme: { signature } }: Chance['other']) =>
  signature === undefined ? undefined : linesOf(draft, signature)[0];

const PREFIXES = [
  'sha256=',
  'sha512=',
  'sha1=',
  'v1,',
  'v0=',
  'v1=',
  'hmac-sha256-hex=',
  't=1,v1=',
  'Bearer ',
  'Basic ',
];
const WRONG = ['v1=', 'v1,', 'v1,x', 'v1=0', 'sha256=', ',', ' ', '  ', '=', ',,', 't=', 't=1', 't=,v1='];

const ofSignature: readonly Mutation[] = [
  {
    ...{ name: 'signature-missing', effect: 'breaks' },
    change(draft, { scheme: { signature, others = [] } }) {
      if (signature === undefined || linesOf(draft, signature).length === 0) return undefined;
      return [signature, ...others].reduce(withoutHeader, draft);
    },
  },
  {
    ...{ name: 'signature-twice', effect: 'breaks' },
    change(draft, { random, scheme: { signature } }) {
      const [value] = signature === undefined ? [] : linesOf(draft, signature);
      if (signature === undefined || value === undefined) return undefined;
      const line: Line = [signature, random.percent(50) ? value : value.replace(/[0-9a-f]/, 'g')];
      const headers = random.percent(50) ? [line, ...draft.headers] : [...draft.headers, line];
      return { ...draft, headers };
    },
  },
  {
    ...{ name: 'signature-list', effect: 'breaks' },
    change: (draft, { scheme: { signature } }) =>
      signature === undefined || linesOf(draft, signature).length === 0
        ? undefined
        : { ...draft, lists: [...draft.lists, signature] },
  },
  bySignature('signature-prefix', 'open', (value, random) => {
    const bare = value.replace(/^[a-z0-9]+=/, '');
    return random.pick(PREFIXES) + random.pick([value, bare]);
  }),
  bySignature('signature-case', 'open', (value, random) =>
    random.percent(50) ? value.toUpperCase() : value.toLowerCase(),
  ),
  bySignature('signature-flip', 'open', (value, random) => {
    const at = random.int(value.length);
    return value.slice(0, at) + random.pick([...'0aA9fF+/=,. -_g']) + value.slice(at + 1);
  }),
  bySignature('signature-truncate', 'open', (value, random) => value.slice(0, random.int(value.length))),
  bySignature(
    'signature-longer',
    'open',
    (value, random) => value + random.pick(['=', 'a', '0', '\0', ',v2=x', ' v2,x']),
  ),
  bySignature('signature-long', 'breaks', (_, random) => random.pick(['a', '0', ',', ' ', '=', 'v1,']).repeat(9_000)),
  bySignature('signature-many', 'open', (value, random, other) => {
    const wrong = random.pick([...WRONG, other]);
    const separator = random.pick([' ', ',', ', ', ';', '\n']);
    const others = Array.from({ length: random.pick([1, 2, 100]) }, () => wrong);
    return (random.percent(50) ? [value, ...others] : [...others, value]).join(separator);
  }),
  bySignature('signature-other', 'open', (_, random, other) => random.pick([other, ...WRONG])),
  bySignature('signature-non-ascii', 'open', (value, random) => {
    const at = random.int(value.length);
    return `${value.slice(0, at)}${random.pick(['é', '\u{1f4a5}', '\ufeff', 'а', '０', '\u200b'])}${value.slice(at + 1)}`;
  }),
  bySignature('signature-recoded', 'open', (value) => {
    const [, word = ''] = /([0-9a-f]{64,128})/.exec(value) ?? [];
    if (word !== '') return value.replaceAll(word, Buffer.from(word, 'hex').toString('base64'));
    return value.replace(/[A-Za-z0-9+/]{43}=/, (base64) => Buffer.from(base64, 'base64').toString('hex'));
  }),
];

export const headerMutations: readonly Mutation[] = [...besides, ...ofSignature];
