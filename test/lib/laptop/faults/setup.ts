import { createFaults, type Faults, type FaultsOptions } from '../../../../lib/laptop/faults/create-faults.ts';
import type { Service } from '../../../../lib/laptop/service.ts';
import { fakeClock } from '../fake-clock.ts';

export const functions = [
  { name: 'deliver-orders', roleName: 'deliver-role' },
  { name: 'ingest-shop', roleName: 'ingest-role' },
];

/** Faults whose kills and skews are written down. */
export function startFaults(options: Partial<FaultsOptions> = {}) {
  const clock = fakeClock();
  const killed: string[] = [];
  const skews: [string, number][] = [];
  const faults = createFaults({
    clock,
    functions: () => functions,
    kill: (name) => killed.push(name),
    setSkew: (name, skewMs) => skews.push([name, skewMs]),
    random: () => 0,
    ...options,
  });
  return { faults, clock, killed, skews };
}

/** Calls a service that answers everything with 200, under the faults; what a layer throws is the word `broken`. */
export function createCaller(faults: Faults, name = 'sqs') {
  const done: string[] = [];
  const service: Service = { name, handle: async () => ({ status: 200 }), close: async () => {} };
  const call = async (operation: string, roleName?: string) => {
    const request = {
      ...{ operation, method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, body: Buffer.from('{}') },
      principal: roleName ? { kind: 'role' as const, roleName } : { kind: 'administrator' as const },
    };
    const next = async () => {
      done.push(operation);
      return service.handle(request);
    };
    return faults.layer(service, request, next).then(
      ({ status }) => status,
      () => 'broken' as const,
    );
  };
  return { call, done };
}

/** Repeatable numbers from 0 up to 1: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
