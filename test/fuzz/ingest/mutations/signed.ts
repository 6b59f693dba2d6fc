/** Bodies that the sender himself changed and signed: whatever is in them, they are taken, and no answer is ours to fail. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { damage, type Json, mutate, toText } from '../../mutate.ts';
import type { Random } from '../../random.ts';
import { type Draft, withHeader } from '../draft.ts';
import type { Effect, Mutation } from '../mutation.ts';

const ANEW = 'signed-anew';

/** Where not each byte is signed, or it is the content that decides, a body that the sender never sends may be refused. */
function signed(
  name: string,
  change: (draft: Draft, random: Random) => Draft | undefined,
  effect: Effect = 'exact',
): Mutation {
  return {
    ...{ name, effect: ({ body }) => (body === 'read' && name !== ANEW ? 'open' : effect) },
    change(draft, { random, scheme }) {
      const changed = change(draft, random);
      return changed && scheme.sign(changed);
    },
  };
}

const PACKERS: readonly (readonly [string, (body: Buffer) => Buffer])[] = [
  ['gzip', (body) => gzipSync(body, { level: 1 })],
  ['x-gzip', (body) => gzipSync(body, { level: 1 })],
  ['deflate', deflateSync],
  ['br', (body) => brotliCompressSync(body)],
  ['GZIP', (body) => gzipSync(body, { level: 1 })],
];

function packed(draft: Draft, random: Random): Draft {
  const [encoding, pack] = random.pick(PACKERS);
  return withHeader({ ...draft, body: pack(draft.body), transport: 'base64' }, 'content-encoding', encoding);
}

/** Nothing that SQS takes as it stands. */
const HARD_TEXTS = [
  '\ufffe',
  'a\uffff',
  '\ud800',
  '\0',
  '\x1b[0m',
  '\u{1ffff}',
  '',
  'x'.repeat(1_001),
  '💥'.repeat(500),
];
const FIELDS = ['id', 'type', 'eventId', 'event_id', 'created', 'account', 'timestamp', 'occurredAt', 'updated_at'];

const FORM = /^[^\s[{<][^&]*=/;
/** A form's field in other writings, or with other neighbours. */
const FIELD_CHANGES: readonly ((field: string, random: Random) => readonly string[])[] = [
  () => [],
  (field) => [field, field],
  (field) => [field, field.replace(/=.*/, '=')],
  (field) => [field.replaceAll('+', '%20')],
  (field) => [field.replace(/=.*/, '')],
  (field) => ['', field, ''],
  (field, random) => [field.replace(/=.*/, `=${encodeURIComponent(random.pick(HARD_TEXTS.filter(isWhole)))}`)],
  (field, random) => [
    field.replace(/^[^=]*/, random.pick(['', '__proto__', 'data[', 'data[a][b][c]', 'a]', '%ff', '%'])),
  ],
  (field) => [field.replace(/%[0-9A-F]{2}/, '%')],
  (field) => [field.replace(/=/, '=%FF')],
];
/** A lone surrogate has no escape. */
const isWhole = (text: string) => text.isWellFormed();

export const signedMutations: readonly Mutation[] = [
  signed(ANEW, (draft) => draft, 'retried'),
  signed('signed-packed', (draft, random) => (draft.body.length > 0 ? packed(draft, random) : undefined), 'retried'),
  signed('signed-values', (draft, random) => {
    try {
      const value: Json = JSON.parse(draft.body.toString('utf8'));
      return { ...draft, body: Buffer.from(toText(mutate(value, random))) };
    } catch {
      // No JSON, or an earlier change nested it too deeply to be written.
      return undefined;
    }
  }),
  signed('signed-fields', (draft, random) => {
    const text = draft.body.toString('utf8');
    const fields = (FORM.test(text) ? text : 'type=t&id=e').split('&');
    const at = random.int(fields.length);
    const changed = random.pick(FIELD_CHANGES)(fields[at]!, random);
    return { ...draft, body: Buffer.from([...fields.slice(0, at), ...changed, ...fields.slice(at + 1)].join('&')) };
  }),
  signed('signed-identity', (draft, random) => {
    const name = random.pick(FIELDS);
    const value = { id: 'e', type: 't', data: { id: 'r', object: { id: 'o' } }, [name]: random.pick(HARD_TEXTS) };
    return { ...draft, body: Buffer.from(JSON.stringify(value)) };
  }),
  signed('signed-raw-identity', (draft, random) => {
    // Not as escapes, but as the characters themselves.
    const text = random.pick(['\ufffe', '\uffff', '\u{10ffff}', '\u0085', '\u2028', '\u007f']);
    return { ...draft, body: Buffer.from(`{"${random.pick(FIELDS)}":"${text}","type":"t","id":"e${text}"}`) };
  }),
  signed('signed-damage', (draft, random) => ({
    ...draft,
    body: damage(draft.body, random),
    transport: random.percent(90) ? 'base64' : 'text',
  })),
  signed('signed-bad-packing', (draft, random) => {
    const packing = packed(draft, random);
    const body = random.pick([draft.body, deflateRawSync(draft.body), damage(packing.body, random)]);
    const encoding = random.pick(['gzip', 'br', 'deflate', 'zstd', 'gzip, gzip', 'constructor', '', ' gzip ', '\xff']);
    return withHeader({ ...packing, body }, 'content-encoding', encoding);
  }),
];
