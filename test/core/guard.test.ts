/** One run of the guard: what fails of it keeps nothing from the rest. */
import { describe, expect, it } from 'vitest';
import type { Errand } from '../../functions/core/guard.ts';
import { HOUR, startMs } from './given.ts';
import { given, park } from './given-guard.ts';

describe('a run', () => {
  it('does everything else when one mapping cannot be changed, and says so at the end', async () => {
    const stage = given({ parks: [park('target', 'crm')], expiries: { leads: [startMs + HOUR] } });
    stage.mappings.failing.add('orders');

    await expect(stage.run()).rejects.toThrow('[syncline] [guard] failed: pause of orders');

    expect(stage.changes()).toEqual([{ id: 'invoices', enabled: false }]);
    expect(stage.gauges.told).toEqual(['orders Held 1', 'invoices Held 1', 'leads Expiring 1']);
  });

  it('runs its errands first, and a failed one keeps nothing from the rest', async () => {
    const done: string[] = [];
    const stage = given({ parks: [park('flow', 'orders')] });
    const errands: Errand[] = [
      { what: 'sweeping', run: async () => Promise.reject(new Error('no broom')) },
      { what: 'polishing', run: async () => void done.push('polished') },
    ];

    await expect(stage.run(errands)).rejects.toThrow('[syncline] [guard] failed: sweeping');

    expect(done).toEqual(['polished']);
    expect(stage.changes()).toEqual([{ id: 'orders', enabled: false }]);
  });
});
