/** Times, methods, and the gateway between the sender and us. */
import { gzipSync } from 'node:zlib';
import type { Random } from '../../random.ts';
import { type Draft, isText, linesOf, withHeader } from '../draft.ts';
import { iso } from '../judges/stamps.ts';
import type { Effect, Mutation } from '../mutation.ts';

const NO_TIMES = [
  '0',
  '-1',
  '1e9',
  '0x6af4a5d8',
  '1.5',
  '１７９４４７５７９７',
  'now',
  '',
  'NaN',
  '9'.repeat(13),
  '9'.repeat(400),
  '\0',
];
const METHODS = [
  'GET',
  'PUT',
  'HEAD',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'post',
  'POST ',
  '',
  '__proto__',
  'constructor',
  'SQS',
  'EVENTBRIDGE',
];
const SECONDS = /\d{9,11}/;
const DATES = /^\d{4}-.*T.*|^\w{3}, \d.*$/;

const METHODS_WITH_BODY = ['POST', 'PUT'];

/** A change of the signed time, in whatever notation; the signature stays. */
const ofTime = (name: string, effect: Effect, change: (time: string, random: Random) => string): Mutation => ({
  ...{ name, effect },
  change(draft, { random, scheme }) {
    if (scheme.time === undefined) return undefined;
    const [value = ''] = linesOf(draft, scheme.time);
    const [time] = SECONDS.exec(value) ?? DATES.exec(value) ?? [];
    return time === undefined ? undefined : withHeader(draft, scheme.time, value.replace(time, change(time, random)));
  },
});

function shifted(time: string, seconds: number): string {
  if (SECONDS.test(time)) return String(Number(time) + seconds);
  const epochMs = Date.parse(time);
  return iso.write((Number.isNaN(epochMs) ? 0 : epochMs) + seconds * 1_000);
}

export const otherMutations: readonly Mutation[] = [
  ofTime('time-shifted', 'breaks', (time, random) => shifted(time, random.pick([-1, 1, -300, 300, 86_400, -86_400]))),
  ofTime('time-malformed', 'open', (seconds, random) =>
    random.pick([
      ...NO_TIMES,
      ` ${seconds}`,
      `${seconds} `,
      `+${seconds}`,
      `0${seconds}`,
      `${seconds}000`,
      `${seconds},1`,
    ]),
  ),
  {
    ...{ name: 'time-of-ours', effect: 'exact' },
    change: (draft, { random }) => {
      const seconds =
        random.pick([0, 1, 60, 290, 297, 299, 300, 301, 303, 310, 600, 86_400, 4e9]) * random.pick([-1, 1]);
      return { ...draft, now: Math.max(0, draft.now + seconds * 1_000 + random.pick([0, 1, 999])) };
    },
  },
  {
    ...{ name: 'method', effect: ({ methods }) => (methods.length > 1 ? 'open' : 'breaks') },
    change(draft, { random }) {
      const method = random.pick(METHODS);
      return method === draft.method ? undefined : { ...draft, method };
    },
  },
  {
    // Bodies that are not to be taken, under the sender's own proof; packed, they are the same.
    ...{ name: 'forbidden', effect: 'breaks' },
    change(draft, { random, scheme: { forbidden = [], sign } }) {
      const empty = METHODS_WITH_BODY.includes(draft.method) ? [Buffer.alloc(0)] : [];
      const bodies = [...forbidden, ...empty];
      if (bodies.length === 0) return undefined;
      const body = random.pick(bodies);
      if (body.length === 0 || random.percent(70)) return sign({ ...draft, body });
      const packed: Draft = { ...draft, body: gzipSync(body), transport: 'base64' };
      return sign(withHeader(packed, 'content-encoding', 'gzip'));
    },
  },
  {
    ...{ name: 'trick', effect: 'breaks' },
    change: (draft, { random, scheme: { tricks = [] } }) =>
      tricks.length === 0 ? undefined : random.pick(tricks)(draft),
  },
  {
    // Where nothing parts what is signed, a byte may wander from one part to the next.
    ...{ name: 'seam', effect: 'open' },
    change(draft, { random, scheme: { time } }) {
      const [stamp = ''] = time === undefined ? [] : linesOf(draft, time);
      const text = draft.body.toString('latin1');
      const moved = (head: string, body: string): Draft => {
        const changed = { ...draft, body: Buffer.from(body, 'latin1'), transport: 'base64' as const };
        return time === undefined ? { ...changed, rawQuery: head } : withHeader(changed, time, head);
      };
      const head = time === undefined ? draft.rawQuery : stamp;
      if (head === '' || text === '') return undefined;
      return random.pick([
        () => moved(head.slice(0, -1), head.slice(-1) + text),
        () => moved(head + text.slice(0, 1), text.slice(1)),
        () => moved(head.slice(1), text + head.slice(0, 1)),
        () => moved(text.slice(-1) + head, text.slice(0, -1)),
      ])();
    },
  },
  {
    ...{ name: 'transport', effect: 'harmless' },
    change: (draft) =>
      isText(draft.body) ? { ...draft, transport: draft.transport === 'text' ? 'base64' : 'text' } : undefined,
  },
  {
    ...{ name: 'transport-flag', effect: 'open' },
    change: (draft) => ({ ...draft, hasWrongFlag: !draft.hasWrongFlag }),
  },
];
