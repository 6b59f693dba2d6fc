import { describe, expect, it } from 'vitest';
import { runLot } from './lot.ts';
import { MUTATIONS, mutatedFiles } from './mutations/run.ts';
import { simulate } from './world.ts';

/** More with `npm run simulate`, and what it would catch with `npm run simulate -- --mutations`. */
describe('the simulation', () => {
  it('finds nothing wrong in 150 worlds', async () => {
    const { summary, violation } = await runLot({ from: 20_261_120, seeds: 150 }, 1);

    expect(violation).toBeUndefined();
    expect(summary.seeds).toBe(150);
    expect(summary.deliveries).toBeGreaterThan(3_000);
  }, 60_000);

  it.each(MUTATIONS)('knows where to break core: $name', (mutation) => {
    expect(mutatedFiles(mutation).size).toBeGreaterThan(0);
  });

  it('is the same twice', async () => {
    const [one, other] = [await simulate(7, true), await simulate(7, true)];

    expect(one.trace.length).toBeGreaterThan(100);
    expect(other).toEqual(one);
  });
});
