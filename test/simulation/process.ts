/** A process of a flow's function: it runs one invocation after the other, and its gate remembers what it has seen. */
import type { Flow } from '../../functions/core/flow.ts';
import { createGate, type Gate, type GatePorts } from '../../functions/core/gate.ts';
import { LIMIT_PER_SECOND } from './flows.ts';
import type { Plan } from './plan.ts';
import type { Worker } from './worker.ts';
import { gatePortsOf } from './worker-ports.ts';
import type { World } from './world.ts';

export class Process {
  readonly gate: Gate;
  /** The invocation that runs in it. */
  worker: Worker | undefined;

  constructor(world: World, flow: Flow, flowName: string) {
    const ports = (): GatePorts => gatePortsOf(world, this.worker!, flowName);
    this.gate = createGate(
      { flow, flowName, timing: 'normal', pace: world.pace },
      {
        clock: { now: () => ports().clock.now(), sleep: (ms) => ports().clock.sleep(ms) },
        parks: {
          read: (subjects) => ports().parks.read(subjects),
          add: (park) => ports().parks.add(park),
          remove: (subject, reason) => ports().parks.remove(subject, reason),
        },
        telemetry: {
          log: (...line) => ports().telemetry.log(...line),
          count: (...count) => ports().telemetry.count(...count),
          milliseconds: (...time) => ports().telemetry.milliseconds(...time),
        },
      },
    );
  }
}

/** Each vendor's limit, shared out among all workers of the flows that write to it. */
export function paceOf({ flows, vendors }: Plan): Record<string, number> {
  const paces = vendors.map((_, index) => {
    const sharing = flows.filter(({ operations }) => operations.some(({ vendor }) => vendor === index));
    const workers = sharing.reduce((sum, { concurrency }) => sum + concurrency, 0);
    return [`vendor${index}`, (LIMIT_PER_SECOND * 0.9) / workers];
  });
  return Object.fromEntries(paces);
}
