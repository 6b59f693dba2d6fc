/** What the headers may have been before something on the way changed, joined or renamed them. */
import type { Headers } from '../../../functions/core/source.ts';
import type { Trial, Variation } from './trial.ts';

const ONE_LINE = 'let the proxies on the way pass the vendor’s header on once, as it came';

/** @param read The names, in lower case, that verifying looks at. */
export function headerVariations(trial: Trial, read: readonly string[]): Variation[] {
  const { headers } = trial.request;
  return read.flatMap((name) => {
    const value = headers[name];
    const others = value === undefined ? renamed(name, headers) : otherValues(value);
    return others.map(([what, text, next = ONE_LINE]) => ({
      about: 'header' as const,
      what: `the header ${name} ${what}`,
      next,
      trial: { ...trial, request: { ...trial.request, headers: { ...headers, [name]: text } } },
    }));
  });
}

type Other = readonly [what: string, value: string, next?: string];

function otherValues(value: Headers[string]): Other[] {
  if (typeof value !== 'string')
    return value.map((line, at) => [`came in ${value.length} lines, of which number ${at + 1} fits`, line]);
  const texts: Other[] = [
    ...piecesOf(value).map(
      (piece, at): Other => [`holds several values, joined by commas, of which number ${at + 1} fits`, piece],
    ),
    ['has white space or quotes around its value', value.trim().replace(/^(["'])(.*)\1$/, '$2')],
    ['is not in the case that it was sent in: the vendor’s is lower case', value.toLowerCase()],
    ['is escaped: something on the way encodes headers', unescaped(value)],
  ];
  return texts.filter(([, text]) => text !== value);
}

/** Two or more lines of equal form that a gateway has joined; each may have commas of its own. */
function piecesOf(value: string): string[] {
  const parts = value.split(/ *, */);
  const counts = [2, 3, parts.length].filter(
    (count, at, all) => all.indexOf(count) === at && parts.length % count === 0,
  );
  return counts.flatMap((count) => {
    const length = parts.length / count;
    return count < 2
      ? []
      : Array.from({ length: count }, (_, at) => parts.slice(at * length, (at + 1) * length).join(','));
  });
}

/** CGI and PHP write `HTTP_X_HUB_SIGNATURE` for what was `X-Hub-Signature`. */
function renamed(name: string, headers: Headers): Other[] {
  const plain = (text: string) => text.replaceAll('_', '-').replace(/^http-/, '');
  return Object.entries(headers).flatMap(([other, value]) =>
    plain(other) === name && typeof value === 'string'
      ? [[`arrived as ${other}`, value, 'pass headers on under the names that the vendor gave them'] satisfies Other]
      : [],
  );
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
