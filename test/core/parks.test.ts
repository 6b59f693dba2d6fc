import { expect, it } from 'vitest';
import { holds, type Park } from '../../functions/core/parks.ts';
import { memoryParks } from '../memory/parks.ts';
import { parksSuite } from '../suites/parks-suite.ts';
import { startMs } from './given.ts';

const { parks } = memoryParks();
parksSuite('memory', () => parks);

it('a reason holds until its time, and without one until it is removed', () => {
  const park: Park = { subject: { kind: 'flow', name: 'orders' }, reason: 'quota', since: 0, by: 'orders', why: '429' };

  expect(holds(park, startMs)).toBe(true);
  expect(holds({ ...park, until: startMs + 1 }, startMs)).toBe(true);
  expect(holds({ ...park, until: startMs }, startMs)).toBe(false);
});
