import { describe, expect, it } from 'vitest';
import { type Errand, type GuardPlan, guard } from '../../functions/core/guard.ts';
import { METRICS } from '../../functions/core/names.ts';
import type { Park } from '../../functions/core/parks.ts';
import type { FlowMapping, ProbeAnswer } from '../../functions/core/ports.ts';
import {
  memoryAttention,
  memoryGauges,
  memoryInvocations,
  memoryMappings,
  memoryNotes,
  memoryProbes,
} from '../memory/guard.ts';
import { memoryClock, memoryTelemetry } from '../memory/others.ts';
import { memoryParks } from '../memory/parks.ts';
import { DAY, HOUR, MINUTE, START, startMs } from './given.ts';

const plan: GuardPlan = {
  flows: [
    { name: 'orders', targets: ['crm'], maximumConcurrency: 5 },
    { name: 'invoices', targets: ['crm', 'chat'], maximumConcurrency: 10 },
    { name: 'leads', targets: ['own'], maximumConcurrency: 5 },
  ],
  probed: ['crm', 'chat'],
  spools: false,
};

type Given = {
  parks?: readonly Park[];
  mappings?: Readonly<Record<string, Omit<FlowMapping, 'id'>>>;
  answers?: Record<string, ProbeAnswer | Error>;
  expiries?: Readonly<Record<string, readonly number[]>>;
};

const on = (maximumConcurrency: number) => ({ state: 'Enabled', maximumConcurrency });
const off = (maximumConcurrency: number) => ({ state: 'Disabled', maximumConcurrency });
const allOn = { orders: on(5), invoices: on(10), leads: on(5) };

/** The guard of a small stage, in memory; the clock stands at an odd second, as it does on AWS. */
function given({ parks = [], mappings = allOn, answers = {}, expiries = {} }: Given = {}) {
  const clock = memoryClock(START);
  const memory = {
    ...{ clock, parks: memoryParks(), notes: memoryNotes(), mappings: memoryMappings(mappings) },
    ...{ probes: memoryProbes(answers), attention: memoryAttention(expiries), gauges: memoryGauges() },
    ...{ invocations: memoryInvocations(), telemetry: memoryTelemetry() },
  };
  for (const park of parks) memory.parks.held.set(`${park.subject.kind}#${park.subject.name}#${park.reason}`, park);
  const ports = {
    clock,
    parks: memory.parks.parks,
    notes: memory.notes.notes,
    mappings: memory.mappings.mappings,
    probes: memory.probes.probes,
    invocations: memory.invocations.invocations,
    attention: memory.attention.attention,
    gauges: memory.gauges.gauges,
    telemetry: memory.telemetry.telemetry,
  };
  const run = (errands?: readonly Errand[]) => guard(plan, ports, errands);
  return {
    ...memory,
    ports,
    run,
    /** Moves the clock a minute and runs, so many times. */
    async minutes(count: number) {
      for (let minute = 0; minute < count; minute++) {
        clock.advance(MINUTE);
        await run();
      }
    },
    changes: () => memory.mappings.changes,
    reasons: () => [...memory.parks.held.keys()],
  };
}

const park = (kind: 'flow' | 'target', name: string, changes: Partial<Park> = {}): Park => ({
  ...{ subject: { kind, name }, reason: 'operator', since: startMs, by: 'ada', why: 'a test' },
  ...changes,
});

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

    await stage.run();

    const lastMinute = startMs - (startMs % MINUTE);
    const [asked] = stage.invocations.asked;
    expect(asked).toEqual({
      flows: ['orders', 'invoices', 'leads'],
      ...{ from: lastMinute - 42 * MINUTE, to: lastMinute - 2 * MINUTE },
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
