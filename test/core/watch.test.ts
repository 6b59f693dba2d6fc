/** What the guard tells of once an hour: docs/delivery.md, rule 10. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, startMs } from './given.ts';
import { given, park } from './given-guard.ts';

describe('the hourly look', () => {
  it('tells of messages that are dropped within four days, once an hour', async () => {
    const soon = startMs + 3 * DAY;
    const stage = given({ expiries: { orders: [soon, soon, startMs + 5 * DAY], leads: [startMs - DAY] } });

    await stage.run();
    await stage.minutes(59);
    const inOneHour = [...stage.gauges.told];
    await stage.minutes(1);

    expect(inOneHour).toEqual(['orders Expiring 2']);
    expect(stage.gauges.told).toEqual(['orders Expiring 2', 'orders Expiring 2']);
  });

  it('tells for how many whole days a flow has been parked, by its first reason', async () => {
    const stage = given({
      parks: [
        park('target', 'crm', { since: startMs - 3 * DAY }),
        park('flow', 'orders', { since: startMs - 8 * DAY }),
      ],
    });

    await stage.run();

    const days = stage.gauges.told.filter((told) => told.includes('ParkedDays'));
    expect(days).toEqual(['orders ParkedDays 8', 'invoices ParkedDays 3']);
  });

  it('goes through all flows even if one cannot be counted, and looks again a minute later', async () => {
    const stage = given({ expiries: { leads: [startMs + HOUR] } });
    stage.attention.failing.add('orders');
    await expect(stage.run()).rejects.toThrow('counting what of orders expires');
    const told = [...stage.gauges.told];
    stage.attention.failing.clear();

    await stage.minutes(2);

    expect(told).toEqual(['leads Expiring 1']);
    expect(stage.gauges.told).toEqual(['leads Expiring 1', 'leads Expiring 1']);
  });
});
