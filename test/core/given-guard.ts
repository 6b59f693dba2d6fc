/** A guard at work on three flows, and the parks and mappings it meets. */
import { type Errand, type GuardPlan, guard } from '../../functions/core/guard.ts';
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
import { MINUTE, START, startMs } from './given.ts';

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

export const on = (maximumConcurrency: number) => ({ state: 'Enabled', maximumConcurrency });
export const off = (maximumConcurrency: number) => ({ state: 'Disabled', maximumConcurrency });
export const allOn = { orders: on(5), invoices: on(10), leads: on(5) };

/** The guard of a small stage, in memory. */
export function given({ parks = [], mappings = allOn, answers = {}, expiries = {} }: Given = {}) {
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

/** An operator parked it, unless the changes say otherwise. */
export const park = (kind: 'flow' | 'target', name: string, changes: Partial<Park> = {}): Park => ({
  ...{ subject: { kind, name }, reason: 'operator', since: startMs, by: 'ada', why: 'a test' },
  ...changes,
});
