/** When the guard asks a parked target whether it is well, and what the answer ends: docs/delivery.md, rule 10. */
import { describe, expect, it } from 'vitest';
import type { ProbeAnswer } from '../../functions/core/ports.ts';
import { DAY, MINUTE, startMs } from './given.ts';
import { given, on, park } from './given-guard.ts';

describe('probes', () => {
  const refused: ProbeAnswer = { healthy: false, errorClass: 'auth', code: 'http-401' };
  const parked = [park('target', 'crm', { reason: 'auth', by: 'orders' })];

  it('come a minute after the park, then after 1, 2, 4, 8 and every 15 minutes', async () => {
    const stage = given({ parks: parked, answers: { crm: refused } });
    const at: number[] = [];

    for (let minute = 1; minute <= 62; minute++) {
      const before = stage.probes.asked.length;
      await stage.minutes(1);
      if (stage.probes.asked.length > before) at.push(minute);
    }

    expect(at).toEqual([1, 2, 4, 8, 16, 31, 46, 61]);
    expect(stage.probes.asked[0]).toEqual({ flow: 'orders', target: 'crm' });
    expect(stage.reasons()).toEqual(['target#crm#auth']);
  });

  it('that find a target healthy end auth and circuit, and nothing else, in the same run', async () => {
    const circuit = park('target', 'crm', { reason: 'circuit' });
    const stage = given({ parks: [...parked, circuit, park('flow', 'invoices')], answers: { crm: { healthy: true } } });
    await stage.run();

    await stage.minutes(1);

    expect(stage.reasons()).toEqual(['flow#invoices#operator']);
    expect(stage.mappings.held.get('orders')).toMatchObject(on(2));
    expect(stage.mappings.held.get('invoices')?.state).toBe('Disabled');
  });

  it('begin again after a minute when a target that was well is parked again', async () => {
    const stage = given({ parks: parked, answers: { crm: refused } });
    await stage.minutes(20);
    stage.parks.held.set('target#crm#auth', { ...parked[0]!, since: stage.clock.now() });
    const before = stage.probes.asked.length;

    await stage.minutes(2);

    expect(stage.probes.asked.length - before).toBe(2);
  });

  it.each([
    ['of an operator', park('target', 'crm')],
    ['of a quota', park('target', 'crm', { reason: 'quota', until: startMs + DAY })],
    ['of a flow', park('flow', 'orders', { reason: 'auth' })],
    ['of a target that declares none', park('target', 'own', { reason: 'auth' })],
  ])('are not made for a park %s', async (_, one) => {
    const stage = given({ parks: [one] });

    await stage.minutes(3);

    expect(stage.probes.asked).toEqual([]);
    expect(stage.reasons()).toHaveLength(1);
  });

  it('that cannot be made fail the run, and keep neither other probes nor mappings from it', async () => {
    const stage = given({
      parks: [...parked, park('target', 'chat', { reason: 'circuit' })],
      answers: { crm: new Error('timed out'), chat: { healthy: true } },
    });

    stage.clock.advance(MINUTE);

    await expect(stage.run()).rejects.toThrow('[syncline] [guard] failed: probing crm');
    expect(stage.reasons()).toEqual(['target#crm#auth']);
    expect(stage.mappings.held.get('orders')?.state).toBe('Disabled');
    expect(stage.notes.held.get('probe#crm')).toMatchObject({ waitMs: MINUTE });
  });
});
