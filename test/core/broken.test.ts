/** When the guard takes a flow's function for broken, and how it learns that it runs: docs/delivery.md, rule 10. */
import { describe, expect, it } from 'vitest';
import type { Park } from '../../functions/core/parks.ts';
import type { ProbeAnswer } from '../../functions/core/ports.ts';
import { MINUTE, startMs } from './given.ts';
import { allOn, given, off, on, park } from './given-guard.ts';

describe('a function', () => {
  /** Invocations of so many minutes, the last of which CloudWatch has just completed. */
  const failing = (stage: ReturnType<typeof given>, flow: string, counts: readonly (readonly [number, number])[]) => {
    const newest = stage.clock.now() - 3 * MINUTE;
    for (const [back, [total, errors]] of counts.toReversed().entries()) {
      if (total > 0) stage.invocations.count(flow, newest - back * MINUTE, total, errors);
    }
  };
  const times = (count: number, minute: readonly [number, number]) => Array.from({ length: count }, () => minute);
  const nothing = [0, 0] as const;
  const broken = (flow: string, changes: Partial<Park> = {}) => park('flow', flow, { reason: 'broken', ...changes });

  it('of which nine of ten invocations fail for five minutes parks its flow, and its mapping goes off at once', async () => {
    const stage = given();
    failing(stage, 'orders', times(5, [10, 9]));
    failing(stage, 'leads', times(5, [10, 8]));

    await stage.run();

    expect([...stage.parks.held.values()]).toEqual([
      broken('orders', { by: 'guard', why: '45 of 50 invocations failed in 5 minutes' }),
    ]);
    expect(stage.changes()).toEqual([{ id: 'orders', enabled: false }]);
    expect(stage.gauges.told).toContain('orders ParkAdded 1');
  });

  it('is judged by full minutes that CloudWatch has had time to complete', async () => {
    const stage = given();
    stage.clock.advance(59_999);

    await stage.run();

    const [asked] = stage.invocations.asked;
    expect(asked).toEqual({
      flows: ['orders', 'invoices', 'leads'],
      ...{ from: startMs - 42 * MINUTE, to: startMs - 2 * MINUTE },
    });
  });

  it.each<[string, (readonly [number, number])[]]>([
    ['has failed for four minutes', times(4, [100, 100])],
    ['was invoked four times', [[1, 1], nothing, nothing, [1, 1], nothing, nothing, [1, 1], nothing, nothing, [1, 1]]],
    ['failed in one burst', [...times(6, nothing), [500, 500]]],
    ['works again', [...times(10, [100, 100]), [10, 5]]],
    ['failed in bursts between much that worked', [[50, 50], ...times(4, [30, 0] as const), [50, 50]]],
  ])('that %s parks nothing', async (_, counts) => {
    const stage = given();
    failing(stage, 'orders', counts);

    await stage.run();

    expect(stage.reasons()).toEqual([]);
  });

  it('with a single message, which comes back every six minutes, is found out at its fifth failure', async () => {
    const stage = given();
    const once = [[1, 1], ...times(5, nothing)] as const;
    failing(stage, 'orders', [...once, ...once, ...once, ...once, [1, 1]]);

    await stage.run();

    expect([...stage.parks.held.values()][0]?.why).toBe('5 of 5 invocations failed in 25 minutes');
  });

  it('of which nobody can be told anything is neither parked nor resumed', async () => {
    const stage = given({ parks: [park('flow', 'leads'), broken('invoices')], answers: {} });
    stage.probes.running.invoices = false;
    failing(stage, 'orders', times(5, [10, 10]));
    stage.invocations.state.isAway = true;

    await expect(stage.run()).rejects.toThrow('[syncline] [guard] failed: counting failed invocations');

    expect(stage.reasons()).toEqual(['flow#leads#operator', 'flow#invoices#broken']);
    expect(stage.mappings.held.get('orders')?.state).toBe('Enabled');
  });

  it('is asked whether it runs after 1, 2, 4, 8 and every 15 minutes, which fails no run', async () => {
    const stage = given({ parks: [broken('orders')] });
    stage.probes.running.orders = false;
    const at: number[] = [];

    for (let minute = 1; minute <= 35; minute++) {
      const before = stage.probes.asked.length;
      await stage.minutes(1);
      if (stage.probes.asked.length > before) at.push(minute);
    }

    expect(at).toEqual([1, 2, 4, 8, 16, 31]);
    expect(stage.reasons()).toEqual(['flow#orders#broken']);
  });

  it('that answers ends the park, even if the target is ill, and no other reason', async () => {
    const auth = park('target', 'crm', { reason: 'auth' });
    const refused: ProbeAnswer = { healthy: false, errorClass: 'auth', code: 'http-401' };
    const stage = given({ parks: [broken('orders'), broken('leads'), auth], answers: { crm: refused } });
    await stage.run();

    await stage.minutes(1);

    expect(stage.reasons()).toEqual(['target#crm#auth']);
    expect(stage.mappings.held.get('orders')?.state).toBe('Disabled');
    expect(stage.mappings.held.get('leads')).toMatchObject(on(2));
  });

  it('that was found to run is not parked again by what failed before', async () => {
    const stage = given();
    failing(stage, 'orders', times(5, [10, 10]));
    await stage.run();

    await stage.minutes(10);

    expect(stage.probes.asked).toHaveLength(1);
    expect(stage.reasons()).toEqual([]);
  });

  it('is found out although its flow was resumed meanwhile, after another park', async () => {
    const quota = park('target', 'own', { reason: 'quota', until: startMs - 1 });
    const stage = given({ parks: [quota], mappings: { ...allOn, leads: off(5) } });
    failing(stage, 'leads', [[3, 3], ...times(3, nothing)]);
    await stage.run();
    stage.invocations.count('leads', stage.clock.now() + MINUTE, 2, 2);

    await stage.minutes(5);

    expect(stage.telemetry.lines.filter(({ message }) => message === 'parked')).toHaveLength(1);
  });

  it('that fails again after it was resumed is parked again', async () => {
    const stage = given();
    failing(stage, 'orders', times(5, [10, 10]));
    await stage.run();
    await stage.minutes(2);
    for (let minute = 0; minute < 6; minute++)
      stage.invocations.count('orders', stage.clock.now() + minute * MINUTE, 1, 1);

    await stage.minutes(9);

    expect(stage.telemetry.lines.filter(({ message }) => message === 'parked')).toHaveLength(2);
  });

  it('that is broken is not the one that asks about its target, where another flow can', async () => {
    const auth = park('target', 'crm', { reason: 'auth' });
    const stage = given({ parks: [broken('orders'), auth], answers: { crm: { healthy: true } } });
    stage.probes.running.orders = false;

    await stage.minutes(1);

    expect(stage.probes.asked).toContainEqual({ flow: 'invoices', target: 'crm' });
    expect(stage.reasons()).toEqual(['flow#orders#broken']);
  });
});
