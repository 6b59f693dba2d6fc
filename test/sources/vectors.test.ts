import { describe, expect, test } from 'vitest';
import { judgeVector } from '../../lib/ops/vectors/judge-vector.ts';
import type { Vector } from '../../lib/ops/vectors/vector.ts';
import selection from '../fixtures/source-vectors.json' with { type: 'json' };
import { expectedEvents, wrongIn } from './expected.ts';

const vectors = selection as readonly Vector[];

describe('the door', () => {
  test.each(vectors.map((vector) => [`${vector.id}: ${vector.description}`, vector] as const))(
    '%s',
    async (_, vector) => {
      const { verdict, events, response } = await judgeVector(vector);

      expect(verdict).toBe(vector.expected);
      expect(events).toMatchObject(verdict === 'accept' ? expectedEvents(vector) : []);
      expect(wrongIn(response, vector)).toEqual([]);
    },
  );
});
