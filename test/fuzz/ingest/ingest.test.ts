import { describe, expect, test } from 'vitest';
import type { AnySource } from '../../../functions/core/source.ts';
import { type Setting, settingOf } from '../../../lib/ops/vectors/schemes.ts';
import type { Vector } from '../../../lib/ops/vectors/vector.ts';
import selection from '../../fixtures/source-vectors.json' with { type: 'json' };
import { fuzzIngest, mutations } from './ingest.ts';
import { isJudged } from './judge.ts';

const CASES = 4_000;
const SEED = 1;
/** Those of schemes that the fuzzer can judge itself. */
const vectors = (selection as readonly Vector[]).filter(isJudged);

test('the door takes no changed request that is not genuine, answers none by 5xx, and loses none', async () => {
  const { failures } = await fuzzIngest({ vectors, cases: CASES, seed: SEED });

  expect(failures).toEqual([]);
}, 60_000);

test('a run tries every mutation, and repeats itself', async () => {
  const run = () => fuzzIngest({ vectors, cases: 1_500, seed: SEED });
  const one = await run();

  expect([...one.outcomes.keys()]).toEqual(expect.arrayContaining(mutations.map(({ name }) => name)));
  expect(await run()).toEqual(one);
}, 60_000);

type Definition = AnySource;
type Verify = Definition['verify'];

describe('the fuzzer finds a connector that', () => {
  const accepted = vectors.filter(({ expected }) => expected === 'accept');
  const verifying =
    (change: (verify: Verify, vector: Vector) => Verify) =>
    (definition: Definition, vector: Vector): Definition => ({
      ...definition,
      verify: change(definition.verify, vector),
    });
  const everyHeader = (change: (value: string) => string) =>
    verifying((verify) => (request, context) => {
      const headers = Object.entries(request.headers).map(([name, value]) => [name, change(String(value))]);
      return verify({ ...request, headers: Object.fromEntries(headers) }, context);
    });
  const reading = (change: (key: string, contentType: string) => string) => (definition: Definition) => ({
    ...definition,
    read(received: Parameters<Definition['read']>[0]) {
      const read = definition.read(received);
      if ('unreadable' in read) return read;
      const type = String(received.headers['content-type']);
      return { ...read, events: read.events.map((event) => ({ ...event, key: change(event.key, type) })) };
    },
  });

  test.each<[string, (definition: Definition, vector: Vector) => Definition, string]>([
    [
      'verifies what it parsed instead of the bytes',
      verifying((verify) => (request, context) => {
        const body = Buffer.from(request.body.toString('utf8').replace(/\s+$/, ''));
        return verify({ ...request, body }, context);
      }),
      'it was taken, and is not genuine',
    ],
    [
      'takes the first of two joined lines',
      everyHeader((value) => value.split(/,(?=t=|v1,|sha256)/)[0]!),
      'not genuine',
    ],
    ['trims a signature', everyHeader((value) => value.trim()), 'not genuine'],
    [
      'knows no window',
      verifying((verify, vector) => (request, context) => verify(request, { ...context, now: vector.now * 1_000 })),
      'not genuine',
    ],
    [
      'throws over a header',
      verifying((verify) => (request, context) => {
        new Headers(Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]));
        return verify(request, context);
      }),
      'the sender is told 503',
    ],
    ['derives a key from what a proxy changes', reading((key, type) => `${key}-${type}`), 'it became'],
  ])('%s', async (_, change, complaint) => {
    const open = (vector: Vector): Setting => {
      const { source, ...setting } = settingOf(vector);
      return { ...setting, source: { ...source, definition: change(source.definition, vector) } };
    };

    const { failures } = await fuzzIngest({ vectors: accepted, cases: 1_000, seed: SEED, open });

    expect(failures.map(({ what }) => what).join('\n')).toContain(complaint);
  });
});
