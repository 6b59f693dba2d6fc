/** Every vector on the way that vendors' requests take, instead of straight to the connector. */
import { describe, expect, test } from 'vitest';
import { expectedEvents, isOnShelf, wrongIn } from '../sources/expected.ts';
import { hasLines, isHttp, throughTheFront } from '../sources/front.ts';
import { CONTRADICTORY, readVectors } from './vectors.ts';

const vectors = readVectors().filter((vector) => isOnShelf(vector) && isHttp(vector));

describe.each(Object.entries(Object.groupBy(vectors, ({ scheme }) => scheme)))(
  'through the HTTP API, vectors of %s',
  (_, ofScheme = []) => {
    test.each(ofScheme.map((vector) => [`${vector.id} (${vector.expected}): ${vector.description}`, vector] as const))(
      '%s',
      async (_title, vector) => {
        for (const [how, { verdict, events, response }] of Object.entries(await throughTheFront(vector))) {
          expect(verdict, how).toBe(vector.expected);
          const wanted = CONTRADICTORY.includes(vector.id) ? events : expectedEvents(vector);
          expect(events, how).toMatchObject(verdict === 'accept' ? wanted : []);
          expect(wrongIn(response, vector), how).toEqual([]);
        }
      },
    );
  },
);

test('vectors with several lines of one header are rejected, joined as they are by then', async () => {
  const doubled = vectors.filter((vector) => hasLines(vector) && vector.expected === 'reject');

  expect(doubled.length).toBeGreaterThan(0);
  for (const vector of doubled) {
    for (const { verdict } of Object.values(await throughTheFront(vector))) expect(verdict, vector.id).toBe('reject');
  }
});
