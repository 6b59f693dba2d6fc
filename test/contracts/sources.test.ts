/**
 * The shelf against vectors made by vendors' own packages: every one of them, of every scheme that we verify.
 *
 * Not part of the everyday run, because the vectors lie outside of this repository: the environment says where.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fuzzIngest } from '../fuzz/ingest/ingest.ts';
import { expectedEvents, knockWith, SCHEMES, type Vector } from '../sources/vectors.ts';

const vectors = readVectors().filter(({ scheme }) => SCHEMES.includes(scheme));
const named = (scheme: string, expected: string) =>
  vectors
    .filter((vector) => vector.scheme === scheme && vector.expected === expected)
    .map((vector) => [`${vector.id}: ${vector.description}`, vector] as const);

/** @throws Error when the environment does not say where the vectors are. */
function readVectors(): readonly Vector[] {
  const folder = process.env.SYNCLINE_VENDOR_DOCUMENTS;
  if (!folder) {
    throw new Error(
      '[syncline] SYNCLINE_VENDOR_DOCUMENTS is not set: it must name the folder that holds sources/vectors.json',
    );
  }
  return JSON.parse(readFileSync(`${folder}/sources/vectors.json`, 'utf8'));
}

test('the door takes no changed request that is not genuine, whichever vector it was', async () => {
  const { failures } = await fuzzIngest({ vectors, cases: 20_000, seed: 1 });

  expect(failures).toEqual([]);
}, 60_000);

describe.each(SCHEMES)('vectors of %s', (scheme) => {
  test('are there, to be accepted and to be refused, and say nothing else', () => {
    const accepted = named(scheme, 'accept').length;
    const refused = named(scheme, 'reject').length;

    expect(accepted).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
    expect(accepted + refused).toBe(vectors.filter((vector) => vector.scheme === scheme).length);
  });

  test.each(named(scheme, 'accept'))('%s is accepted', async (_, vector) => {
    const { status, events } = await knockWith(vector);

    expect(status).toBe(200);
    expect(events.map(({ event }) => event)).toMatchObject(expectedEvents(vector));
    expect(events.every(({ key }) => key !== '')).toBe(true);
  });

  test.each(named(scheme, 'reject'))('%s is refused', async (_, vector) => {
    const { status, events } = await knockWith(vector);

    expect([400, 401]).toContain(status);
    expect(events).toEqual([]);
  });
});
