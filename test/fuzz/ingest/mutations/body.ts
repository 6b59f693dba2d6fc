/** Bodies of which the bytes have changed, and their signature has not. Where none is signed, they are the sender's. */
import { gzipSync } from 'node:zlib';
import type { Random } from '../../random.ts';
import { type Draft, withHeader } from '../draft.ts';
import { byPart, type Mutation } from '../mutation.ts';

const BOM = '\ufeff';

/** A change that leaves the same bytes is none. */
function changing(name: string, change: (body: Buffer, random: Random) => Buffer | undefined): Mutation {
  return {
    ...{ name, effect: ({ body }) => byPart[body] },
    change(draft, { random }) {
      const body = change(draft.body, random);
      return body === undefined || body.equals(draft.body) ? undefined : { ...draft, body };
    },
  };
}

/** The same JSON in another writing; undefined for what is no JSON, or is nested too deeply to be written. */
function rewritten(body: Buffer, write: (value: unknown) => string): Buffer | undefined {
  try {
    return Buffer.from(write(JSON.parse(body.toString('utf8'))));
  } catch {
    return undefined;
  }
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, reversed(inner)]);
  return Object.fromEntries(entries.reverse());
}

const escaped = (text: string) =>
  text.replace(/[\u0080-\uffff]|\//g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
const inserted = (body: Buffer, at: number, bytes: Buffer | string) =>
  Buffer.concat([body.subarray(0, at), Buffer.from(bytes), body.subarray(at)]);
const zipped = (draft: Draft) => ({ ...draft, body: gzipSync(draft.body) });

export const bodyMutations: readonly Mutation[] = [
  changing('body-flip', (body, random) => {
    const changed = Buffer.from(body);
    const at = random.int(body.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << random.int(8));
    return changed;
  }),
  changing('body-insert', (body, random) =>
    inserted(body, random.int(body.length + 1), random.bytes(1 + random.int(4))),
  ),
  changing('body-delete', (body, random) => {
    const at = random.int(body.length);
    return Buffer.concat([body.subarray(0, at), body.subarray(at + 1 + random.int(4))]);
  }),
  changing('body-truncate', (body, random) => body.subarray(0, random.int(body.length))),
  changing('body-double', (body) => Buffer.concat([body, body])),
  changing('body-random', (_, random) => random.bytes(1 + random.int(300))),
  changing('body-empty', () => Buffer.alloc(0)),
  changing('json-spacing', (body, random) =>
    rewritten(body, (value) => JSON.stringify(value, undefined, random.pick(['', ' ', '  ', '\t', '\n']))),
  ),
  changing('json-key-order', (body) => rewritten(body, (value) => JSON.stringify(reversed(value)))),
  changing('json-escapes', (body) => rewritten(body, (value) => escaped(JSON.stringify(value)))),
  changing('body-line-ends', (body, random) =>
    random.percent(50) ? inserted(body, body.length, random.pick(['\n', '\r\n', ' ', '\0'])) : crlf(body),
  ),
  changing('body-bom', (body) => inserted(body, 0, BOM)),
  changing('body-charset', (body, random) =>
    random.percent(50) ? Buffer.from(body.toString('utf8'), 'utf16le') : Buffer.from(body.toString('utf8'), 'latin1'),
  ),
  changing('body-normalized', (body, random) =>
    Buffer.from(body.toString('utf8').normalize(random.pick(['NFC', 'NFD', 'NFKC']))),
  ),
  {
    ...{ name: 'body-gzip', effect: ({ body }) => byPart[body] },
    change: (draft, { random }) =>
      random.percent(50) ? zipped(draft) : withHeader(zipped(draft), 'content-encoding', 'gzip'),
  },
];

const crlf = (body: Buffer) => Buffer.from(body.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');

const LIMIT = 10_000_000;
const INLINE_LIMIT = 700_000;

/** Costly, so tried seldom. */
export const largeMutations: readonly Mutation[] = [
  changing('body-padded', (body, random) => {
    const size = random.pick([INLINE_LIMIT, INLINE_LIMIT + 1, LIMIT, LIMIT + 1]);
    return Buffer.concat([body, Buffer.alloc(Math.max(0, size - body.length), ' ')]);
  }),
  {
    ...{ name: 'signed-size', effect: ({ body }) => (body === 'read' ? 'open' : 'exact') },
    change(draft, { random, scheme }) {
      const size = random.pick([INLINE_LIMIT - 1, INLINE_LIMIT, INLINE_LIMIT + 1, 3_000_000, LIMIT, LIMIT + 1]);
      const body = Buffer.concat([draft.body, Buffer.alloc(Math.max(0, size - draft.body.length), ' ')]);
      return scheme.sign({ ...draft, body });
    },
  },
  {
    ...{ name: 'signed-bomb', effect: ({ body }) => (body === 'read' ? 'open' : 'exact') },
    change(draft, { random, scheme }) {
      const body = gzipSync(Buffer.alloc(random.pick([LIMIT - 1, LIMIT, LIMIT + 1, 60_000_000]), ' '), { level: 1 });
      return scheme.sign(withHeader({ ...draft, body, transport: 'base64' }, 'content-encoding', 'gzip'));
    },
  },
];
