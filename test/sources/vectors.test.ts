import { describe, expect, test } from 'vitest';
import selection from '../fixtures/source-vectors.json' with { type: 'json' };
import { expectedEvents, knockWith, SCHEMES, type Vector } from './vectors.ts';

const vectors = selection as readonly Vector[];
const named = (expected: string) =>
  vectors
    .filter((vector) => vector.expected === expected)
    .map((vector) => [`${vector.id}: ${vector.description}`, vector] as const);

test('the selection has requests of every scheme', () => {
  expect(new Set(vectors.map(({ scheme }) => scheme))).toEqual(new Set(SCHEMES));
});

describe('the door accepts', () => {
  test.each(named('accept'))('%s', async (_, vector) => {
    const { status, events } = await knockWith(vector);

    expect(status).toBe(200);
    expect(events.map(({ event }) => event)).toMatchObject(expectedEvents(vector));
  });
});

describe('the door refuses', () => {
  test.each(named('reject'))('%s', async (_, vector) => {
    const { status, events } = await knockWith(vector);

    expect([400, 401]).toContain(status);
    expect(events).toEqual([]);
  });
});
