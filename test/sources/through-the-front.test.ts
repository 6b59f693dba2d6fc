import { expect, test } from 'vitest';
import type { Vector } from '../../lib/ops/vectors/vector.ts';
import selection from '../fixtures/source-vectors.json' with { type: 'json' };
import { expectedEvents, isOnShelf, wrongIn } from './expected.ts';
import { isHttp, throughTheFront } from './front.ts';

const vectors = (selection as readonly Vector[]).filter((vector) => isOnShelf(vector) && isHttp(vector));

test.each(vectors.map((vector) => [`${vector.id} (${vector.expected}): ${vector.description}`, vector] as const))(
  '%s, through the HTTP API and the function’s adapter',
  async (_, vector) => {
    const verdicts = await throughTheFront(vector);

    expect(Object.keys(verdicts).length).toBeGreaterThan(0);
    for (const [how, { verdict, events, response }] of Object.entries(verdicts)) {
      expect(verdict, how).toBe(vector.expected);
      expect(events, how).toMatchObject(verdict === 'accept' ? expectedEvents(vector) : []);
      expect(wrongIn(response, vector), how).toEqual([]);
    }
  },
);

test('two lines of one signature header, which the HTTP API joins by a comma, are refused', async () => {
  const accepted = vectors.filter(({ expected, expectedResponse }) => expected === 'accept' && !expectedResponse);
  const schemes = new Map(accepted.map((vector) => [vector.scheme, vector]));

  for (const vector of schemes.values()) {
    for (const [name, value] of Object.entries(vector.request.headers)) {
      if (!/signature|hmac|authorization/i.test(name)) continue;
      const headers = { ...vector.request.headers, [name]: [value, value].flat() };
      const verdicts = await throughTheFront({ ...vector, request: { ...vector.request, headers } });
      const said = new Set(Object.values(verdicts).map(({ verdict }) => verdict));
      expect([...said], `${vector.id} ${name}`).toEqual(['reject']);
    }
  }
});
