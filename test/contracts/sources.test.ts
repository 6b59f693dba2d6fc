/**
 * The shelf against vectors made by vendors' own packages: every one of them, of every scheme that we verify.
 *
 * Not part of the everyday run, because the vectors lie outside of this repository: the environment says where.
 */
import { describe, expect, test } from 'vitest';
import { judgeVector } from '../../lib/ops/vectors/judge-vector.ts';
import { fuzzIngest } from '../fuzz/ingest/ingest.ts';
import { expectedEvents, wrongIn } from '../sources/expected.ts';
import { CONTRADICTORY, readVectors } from './vectors.ts';

const vectors = readVectors();

test('the door takes no changed request that is not genuine, whichever vector it was', async () => {
  const { failures } = await fuzzIngest({ vectors, cases: 20_000, seed: 1 });

  expect(failures).toEqual([]);
}, 60_000);

describe.each(Object.entries(Object.groupBy(vectors, ({ scheme }) => scheme)))('vectors of %s', (_, ofScheme = []) => {
  test.each(ofScheme.map((vector) => [`${vector.id} (${vector.expected}): ${vector.description}`, vector] as const))(
    '%s',
    async (_title, vector) => {
      const { verdict, events, response } = await judgeVector(vector);

      expect(verdict).toBe(vector.expected);
      const wanted = CONTRADICTORY.includes(vector.id) ? events : expectedEvents(vector);
      expect(events).toMatchObject(verdict === 'accept' ? wanted : []);
      expect(events.every(({ key }) => key !== '')).toBe(true);
      expect(wrongIn(response, vector)).toEqual([]);
    },
  );
});
