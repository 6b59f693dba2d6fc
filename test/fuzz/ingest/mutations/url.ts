/** The URL and its query: signed by some, a credential's place for others, and for most of no matter. */
import type { Random } from '../../random.ts';
import { byPart, type Mutation } from '../mutation.ts';

const QUERIES = [
  ...['', 'a=1&a=2', '%', '%ff', 'token=x', 'token', 'token=', '__proto__=x', '?', `x=${'y'.repeat(4_000)}`, 'ü'],
  ...['hub.mode=subscribe&hub.challenge=1&hub.verify_token=x', 'challenge_code=1', 'challenge_code=', 'bodySHA256='],
];

type Rewriting = (parameters: readonly string[], random: Random) => readonly string[];
const oneOf = (change: (parameter: string) => string): Rewriting => {
  return (parameters, random) => {
    const chosen = random.int(parameters.length);
    return parameters.map((parameter, at) => (at === chosen ? change(parameter) : parameter));
  };
};

/** The same query in another writing, or nearly. */
const REWRITINGS: readonly Rewriting[] = [
  (parameters) => [...parameters].reverse(),
  (parameters) => [...parameters, ''],
  (parameters) => ['', ...parameters],
  (parameters) => ['x=1', ...parameters],
  (parameters) => [...parameters, 'x=1'],
  (parameters, random) => [...parameters, random.pick(parameters)],
  (parameters, random) => [...parameters, random.pick(parameters).replace(/=.*/, '=x')],
  (parameters, random) => [random.pick(parameters).replace(/=.*/, '=x'), ...parameters],
  (parameters) => parameters.slice(1),
  oneOf((parameter) => parameter.replace(/[a-z](?!.*[a-z])/i, escaped)),
  oneOf((parameter) => parameter.replace(/^[a-z]/i, escaped)),
  oneOf((parameter) => parameter.replace(/%[0-9a-f]{2}/gi, (code) => code.toLowerCase())),
  oneOf((parameter) => parameter.replace(/%[0-9a-f]{2}/gi, decoded)),
  oneOf((parameter) => parameter.replaceAll('%20', '+')),
  oneOf((parameter) => parameter.replace('=', '%3D')),
  oneOf((parameter) => parameter.replace('=', '[]=')),
  oneOf((parameter) => parameter.toUpperCase()),
  oneOf((parameter) => `${parameter}%20`),
  oneOf((parameter) => `${parameter}%00`),
  oneOf((parameter) => `${parameter}#`),
  oneOf((parameter) => parameter.slice(0, -1)),
];

const escaped = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
function decoded(escaping: string): string {
  const code = Number.parseInt(escaping.slice(1), 16);
  return code < 0x80 ? String.fromCharCode(code) : escaping;
}

const byQuery = (name: string, change: (query: string, random: Random, other: string) => string): Mutation => ({
  ...{ name, effect: ({ query }) => byPart[query] },
  change(draft, { random, other }) {
    const rawQuery = change(draft.rawQuery, random, other.draft.rawQuery);
    return rawQuery === draft.rawQuery ? undefined : { ...draft, rawQuery };
  },
});

export const urlMutations: readonly Mutation[] = [
  byQuery('query', (_, random) => random.pick(QUERIES)),
  byQuery('query-rewritten', (query, random) => random.pick(REWRITINGS)(query.split('&'), random).join('&')),
  byQuery('query-of-other', (query, _, other) => (other === query ? `${query}&` : other)),
  {
    ...{ name: 'url', effect: ({ url }) => byPart[url] },
    change: (draft, { random }) => ({
      ...draft,
      publicUrl: random.pick(['', 'https://hub.example/%', 'http://[', 'x', `${draft.publicUrl}/`]),
    }),
  },
];
