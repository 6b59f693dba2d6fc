/** What the URL may have been when the vendor signed it. */
import type { Trial, Variation } from './trial.ts';

export type KnownUrls = {
  /** As registered at the vendor, where the operator says so. */
  readonly vendorUrl?: string | undefined;
  /** As the captured request has it. */
  readonly capturedUrl?: string | undefined;
};

type Change = readonly [what: string, change: (text: string) => string | undefined];

const STAGES = ['prod', 'dev', 'test', '$default', 'v1'];

const SAME: Change = ['', (text) => text];

/** What may differ at once: scheme, port, path's end, path's beginning. */
const BASES: readonly (readonly Change[])[] = [
  [
    SAME,
    ['https where we have http', (url) => swapped(url, 'http:', 'https:')],
    ['http where we have https', (url) => swapped(url, 'https:', 'http:')],
  ],
  [
    SAME,
    ['no port', withoutPort],
    ['the port 443 written out', (url) => withPort(url, '443')],
    ['the port 80 written out', (url) => withPort(url, '80')],
  ],
  [
    SAME,
    ['a slash at the end of its path', (url) => (url.endsWith('/') ? undefined : `${url}/`)],
    ['no slash at the end of its path', (url) => (url.endsWith('/') ? url.slice(0, -1) : undefined)],
  ],
  [
    SAME,
    ['no first part of the path: a stage or a prefix', (url) => url.replace(/^(\w+:\/\/[^/]+)\/[^/]+(?=\/)/, '$1')],
    ...STAGES.map(
      (stage): Change => [
        `/${stage} before its path: a stage`,
        (url) => url.replace(/^(\w+:\/\/[^/]+)/, `$1/${stage}`),
      ],
    ),
    ['no escapes in its path', (url) => attempt(() => decodeURIComponent(url))],
    ['its host in lower case', (url) => url.replace(/^\w+:\/\/[^/]+/, (origin) => origin.toLowerCase())],
  ],
];

const QUERIES: readonly Change[] = [
  SAME,
  ['no query', () => ''],
  ['its query decoded', (query) => attempt(() => decodeURIComponent(query.replaceAll('+', ' ')))],
  ['its query escaped', (query) => new URLSearchParams(query).toString()],
  ['its query escaped, with %20 for spaces', (query) => new URLSearchParams(query).toString().replaceAll('+', '%20')],
  ['its query sorted', (query) => query.split('&').sort().join('&')],
];

/**
 * Each other URL that may have been signed, those with the fewest changes first, each once.
 *
 * @param maxChanges How many differences at once are tried; more are many more.
 */
export function urlVariations(trial: Trial, known: KnownUrls, next: string, maxChanges: number): Variation[] {
  const { publicUrl, request } = trial;
  const seen = new Set([`${publicUrl}?${request.rawQuery}`]);
  const all = startsOf(trial, known).flatMap((start) => changed(start, maxChanges));
  all.sort((one, other) => one.changes.length - other.changes.length);
  return all.flatMap(({ url, query, is, changes }) => {
    if (seen.has(`${url}?${query}`)) return [];
    seen.add(`${url}?${query}`);
    const words = [is, changes.length > 0 ? `has ${changes.join(' and ')}` : ''].filter((word) => word !== '');
    const what = `the URL that was signed ${words.join(', and ')}`;
    return [{ about: 'url', what, next, trial: at(trial, url, query) } as const];
  });
}

type Changed = {
  readonly is: string;
  readonly url: string;
  readonly query: string;
  readonly changes: readonly string[];
};

/** A URL with up to so many of its parts changed, its query among them. */
function changed(start: Omit<Changed, 'changes'>, maxChanges: number): Changed[] {
  let all: Changed[] = [{ ...start, changes: [] }];
  for (const alternatives of BASES) {
    all = all.flatMap((one) =>
      applied(alternatives, one.url, maxChanges, one).map(([url, changes]) => ({ ...one, url, changes })),
    );
  }
  return all.flatMap((one) =>
    applied(QUERIES, one.query, maxChanges, one).map(([query, changes]) => ({ ...one, query, changes })),
  );
}

function applied(alternatives: readonly Change[], text: string, maxChanges: number, { changes }: Changed) {
  return alternatives.flatMap(([what, change]): [string, readonly string[]][] => {
    const other = change(text);
    if (what === '') return [[text, changes]];
    return other === undefined || other === text || changes.length === maxChanges ? [] : [[other, [...changes, what]]];
  });
}

function startsOf({ publicUrl, request: { rawQuery } }: Trial, { vendorUrl, capturedUrl }: KnownUrls) {
  const [vendor, vendorQuery] = split(vendorUrl);
  const [captured] = split(capturedUrl);
  const given = `is the one given with --vendor-url, not ${shown(publicUrl)}`;
  const own = `is the request’s own, ${shown(captured ?? '')}, not ${shown(publicUrl)}`;
  return [
    { is: '', url: publicUrl, query: rawQuery },
    { is: given, url: vendor, query: rawQuery },
    { is: given, url: vendor, query: vendorQuery ?? '' },
    { is: own, url: captured, query: rawQuery },
  ].flatMap(({ url, ...start }) => (url === undefined ? [] : [{ url, ...start }]));
}

/** A connection that says how its URL is known at the vendor says so otherwise now. */
function at(trial: Trial, publicUrl: string, rawQuery: string): Trial {
  const connections = trial.connections.map((connection) =>
    typeof connection === 'object' && connection !== null && 'publicUrl' in connection
      ? { ...connection, publicUrl }
      : connection,
  );
  return { ...trial, publicUrl, connections, request: { ...trial.request, rawQuery } };
}

function split(url: string | undefined): [base: string | undefined, query: string | undefined] {
  const [base, ...query] = url?.split('?') ?? [];
  return [base, query.length > 0 ? query.join('?') : undefined];
}

/** Nothing of it may be a secret. */
const shown = (url: string) => url.split('?')[0]!.replace(/\/\/[^/]*@/, '//');

const swapped = (url: string, from: string, to: string) =>
  url.startsWith(from) ? to + url.slice(from.length) : undefined;

const PORT = /^(\w+:\/\/[^/:]+):\d+/;
function withoutPort(url: string): string | undefined {
  return PORT.test(url) ? url.replace(PORT, '$1') : undefined;
}
const withPort = (url: string, port: string) =>
  PORT.test(url) ? undefined : url.replace(/^(\w+:\/\/[^/]+)/, `$1:${port}`);

function attempt(work: () => string): string | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
