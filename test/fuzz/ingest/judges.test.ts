import { describe, expect, test } from 'vitest';
import { schemes } from '../../../lib/ops/vectors/schemes.ts';
import type { Vector } from '../../../lib/ops/vectors/vector.ts';
import selection from '../../fixtures/source-vectors.json' with { type: 'json' };
import { draftOf } from './draft.ts';
import { judge } from './judge.ts';
import { equipped, isJudged, schemeOf } from './judges/index.ts';
import { arrivalOf } from './judges/parts.ts';

const vectors = selection as readonly Vector[];

/** With lists of lines where the vector has them: no gateway is between it and the judge. */
function untouched(vector: Vector) {
  const arrival = arrivalOf(draftOf(vector));
  const lines = Object.entries(vector.request.headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...arrival, request: { ...arrival.request, headers: Object.fromEntries(lines) } };
}

test.each(schemes)('somebody judges %s', (scheme) => {
  expect(isJudged({ scheme })).toBe(true);
});

describe.each(Object.entries(Object.groupBy(vectors, ({ scheme }) => scheme)))(
  'the judge of %s',
  (_, ofScheme = []) => {
    test.each(ofScheme.map((vector) => [`${vector.id} (${vector.expected}): ${vector.description}`, vector] as const))(
      'agrees with %s',
      (_, vector) => {
        const judgement = judge(schemeOf(vector), untouched(vector));

        expect(judgement === 'forged' ? 'reject' : 'accept').toBe(vector.expected);
      },
    );

    const accepted = ofScheme.filter(({ expected }) => expected === 'accept').map(equipped);

    test.each(accepted.map((vector) => [vector.id, vector] as const))('signs %s as its sender', (_, vector) => {
      const scheme = schemeOf(vector);
      const signed = scheme.sign(draftOf(vector));

      expect(judge(scheme, arrivalOf(signed))).not.toBe('forged');
    });
  },
);
