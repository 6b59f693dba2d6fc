/** Which event source mappings the guard switches off and on: docs/delivery.md, rule 10. */
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../functions/core/names.ts';
import { MINUTE, startMs } from './given.ts';
import { allOn, given, off, on, park } from './given-guard.ts';

describe('mappings', () => {
  it('stay as they are while nothing holds, with one look a run', async () => {
    const stage = given();

    await stage.run();

    expect(stage.changes()).toEqual([]);
    expect(stage.mappings.lists()).toBe(1);
    expect(stage.telemetry.counts.get(METRICS.heartbeat)).toBe(1);
  });

  it('are switched off for a flow with a reason, and for every flow of a target with one', async () => {
    const stage = given({ parks: [park('flow', 'leads'), park('target', 'crm', { reason: 'circuit' })] });

    await stage.run();
    await stage.run();

    expect(stage.changes()).toEqual([
      { id: 'orders', enabled: false },
      { id: 'invoices', enabled: false },
      { id: 'leads', enabled: false },
    ]);
  });

  it('are switched on at two, and run at the template’s number two minutes later', async () => {
    const stage = given({ parks: [park('flow', 'invoices')] });
    await stage.run();
    stage.parks.held.clear();

    await stage.minutes(4);

    expect(stage.changes()).toEqual([
      { id: 'invoices', enabled: false },
      { id: 'invoices', enabled: true, maximumConcurrency: 2 },
      { id: 'invoices', enabled: true, maximumConcurrency: 10 },
    ]);
    expect(stage.notes.held.get('resumed#invoices')).toEqual({ at: startMs + MINUTE });
  });

  it('keep to two for two minutes', async () => {
    const stage = given({ mappings: { ...allOn, orders: off(5) } });

    await stage.minutes(2);

    expect(stage.mappings.held.get('orders')).toMatchObject(on(2));
  });

  it('that somebody else set to another number, or switched off by hand, are set right', async () => {
    const stage = given({ mappings: { ...allOn, orders: on(50), leads: off(5) } });

    await stage.minutes(3);

    expect([...stage.mappings.held.values()]).toMatchObject([on(5), on(10), on(5)]);
  });

  it('that are off on purpose are told of in each minute, and no others', async () => {
    const over = park('target', 'own', { reason: 'quota', until: startMs - 1 });
    const stage = given({ parks: [park('target', 'crm'), over] });

    await stage.run();
    await stage.minutes(1);

    const held = ['orders Held 1', 'invoices Held 1'];
    expect(stage.gauges.told).toEqual([...held, ...held]);
  });

  it.each(['Creating', 'Enabling', 'Disabling', 'Updating'])(
    'that are %s are left for the next minute',
    async (state) => {
      const stage = given({
        parks: [park('flow', 'orders')],
        mappings: { ...allOn, orders: { state, maximumConcurrency: 5 } },
      });

      await stage.run();

      expect(stage.changes()).toEqual([]);
    },
  );

  it('that are not there are told, and no failure', async () => {
    const { orders, invoices } = allOn;
    const stage = given({ mappings: { orders, invoices } });

    await stage.run();

    expect(stage.telemetry.lines).toContainEqual({
      level: 'warn',
      message: 'no event source mapping',
      fields: { flows: ['leads'] },
    });
  });

  it('of a flow that is parked while probes are under way stay off', async () => {
    const stage = given({ parks: [park('target', 'crm', { reason: 'auth' })], answers: { crm: { healthy: true } } });
    const probe = stage.ports.probes.probe;
    stage.ports.probes.probe = async (flow, target) => {
      await stage.ports.parks.add(park('flow', 'leads'));
      await stage.ports.mappings.change('leads', { enabled: false });
      return probe(flow, target);
    };

    await stage.minutes(1);

    expect(stage.mappings.held.get('leads')?.state).toBe('Disabled');
  });

  it('are touched by nobody who does not know why flows are parked', async () => {
    const stage = given({ mappings: { ...allOn, orders: off(5) } });
    stage.ports.parks.read = async () => {
      throw new Error('throttled');
    };

    await expect(stage.run()).rejects.toThrow('[syncline] [guard] failed: reading parks');

    expect(stage.changes()).toEqual([]);
  });
});

describe('a reason with an end', () => {
  it('holds until then, is removed after it, and the flow goes on', async () => {
    const stage = given({ parks: [park('target', 'own', { reason: 'quota', until: startMs + 3 * MINUTE })] });

    await stage.minutes(2);
    const held = stage.mappings.held.get('leads')?.state;
    await stage.minutes(1);

    expect(held).toBe('Disabled');
    expect(stage.reasons()).toEqual([]);
    expect(stage.mappings.held.get('leads')).toMatchObject(on(2));
  });
});
