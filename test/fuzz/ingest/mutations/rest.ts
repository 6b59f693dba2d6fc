/** Times, methods, URLs, and the gateway between the sender and us. */
import type { Random } from '../../random.ts';
import { isText, linesOf, withHeader } from '../draft.ts';
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
];
const QUERIES = ['', 'a=1&a=2', '%', '%ff', 'token=x', '__proto__=x', '?', `x=${'y'.repeat(4_000)}`, 'ü'];

/** A change of the signed time; the signature stays. */
const ofTime = (name: string, effect: Effect, change: (seconds: string, random: Random) => string): Mutation => ({
  ...{ name, effect },
  change(draft, { random, scheme }) {
    const [value = ''] = scheme.time === undefined ? [] : linesOf(draft, scheme.time);
    const [seconds] = /\d{9,11}/.exec(value) ?? [];
    if (scheme.time === undefined || seconds === undefined) return undefined;
    return withHeader(draft, scheme.time, value.replace(seconds, change(seconds, random)));
  },
});

export const otherMutations: readonly Mutation[] = [
  ofTime('time-shifted', 'breaks', (seconds, random) =>
    String(Number(seconds) + random.pick([-1, 1, -300, 300, 86_400, -86_400])),
  ),
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
    ...{ name: 'method', effect: 'breaks' },
    change: (draft, { random }) => ({ ...draft, method: random.pick(METHODS) }),
  },
  {
    // No scheme on the shelf signs the URL; once one does, this is its to break.
    ...{ name: 'query', effect: 'harmless' },
    change: (draft, { random }) => ({ ...draft, rawQuery: random.pick(QUERIES) }),
  },
  {
    ...{ name: 'url', effect: 'harmless' },
    change: (draft, { random }) => ({
      ...draft,
      publicUrl: random.pick(['', 'https://hub.example/%', 'http://[', 'x']),
    }),
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
