import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

const CASES = 3_000;
const SEED = 1;

test('each service answers whatever it is sent in its own form, and keeps what it had', async () => {
  const { failures } = await fuzz({ cases: CASES, seed: SEED });

  expect(failures).toEqual([]);
}, 60_000);
