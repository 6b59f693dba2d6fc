/**
 * The guard of a seed's world: it runs while a flow is parked or not at full speed, and sleeps otherwise, as nothing would
 * come of a run then.
 */
import { guard } from '../../functions/core/guard.ts';
import type { FlowMapping } from '../../functions/core/ports.ts';
import { probe } from '../../functions/core/probe.ts';
import { openGate } from '../memory/gate.ts';
import { memoryAttention, memoryGauges, memoryNotes } from '../memory/guard.ts';
import { MINUTE, SECOND, troubleAt } from './plan.ts';
import { spoolErrand } from './spool.ts';
import { Worker } from './worker.ts';
import type { World } from './world.ts';

const TIMEOUT_MS = MINUTE;
/** A flow that has been parked for long is looked at more rarely than in life: every run is alike. */
const BUSY_RUNS = 15;
const IDLE_MS = 15 * MINUTE;
/** How long Lambda takes to switch a mapping. */
const SWITCH_MS = 20 * SECOND;

export class Guard {
  readonly #world: World;
  readonly #notes = memoryNotes().notes;
  #awake = false;
  #runs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Something was parked. */
  wake(): void {
    this.#runs = 0;
    if (this.#awake) return;
    this.#awake = true;
    this.#next();
  }

  #next(): void {
    const { scheduler } = this.#world;
    scheduler.at(scheduler.now + (this.#runs++ < BUSY_RUNS ? MINUTE : IDLE_MS), () => this.#run());
  }

  #run(): void {
    const { plan, scheduler } = this.#world;
    const isAway = troubleAt(plan.guardAway, scheduler.now) !== undefined;
    if (isAway) this.#world.count('guard away');
    else this.#work();
    this.#awake = isAway || this.#world.isHeld();
    if (this.#awake) this.#next();
  }

  #work(): void {
    const world = this.#world;
    const { plan } = world;
    const worker = new Worker(world, { name: 'guard', timeoutMs: TIMEOUT_MS, died: () => {} });
    const { parks, clock, telemetry } = worker.gatePorts('guard');
    const flows = plan.flows.map(({ name, operations, concurrency }) => ({
      name,
      targets: [...new Set(operations.map(({ vendor }) => `vendor${vendor}`))],
      maximumConcurrency: concurrency,
    }));
    const probed = plan.vendors.flatMap(({ hasProbe }, index) => (hasProbe ? [`vendor${index}`] : []));
    const ports = {
      ...{ parks, clock, telemetry, notes: this.#notes },
      ...{ ...memoryAttention(), ...memoryGauges() },
      mappings: {
        list: () => worker.use('queue', 'list mappings', 'guard', () => world.mappings()),
        change: (id: string, to: { enabled: boolean; maximumConcurrency?: number }) =>
          worker.use('queue', `switch ${id}`, 'guard', () => this.#switch(id, to)),
      },
      probes: { probe: (flow: string, target: string) => this.#probe(flow, target) },
    };
    // What of a run fails is done in the next.
    guard({ flows, probed, spools: !plan.retries }, ports, plan.retries ? [] : [spoolErrand(world, worker)]).then(
      () => worker.end(),
      () => worker.end(),
    );
  }

  #switch(flow: string, to: { enabled: boolean; maximumConcurrency?: number }): void {
    const world = this.#world;
    world.note(flow, 'guard', `switches the mapping ${to.enabled ? `on at ${to.maximumConcurrency}` : 'off'}`);
    world.count(to.enabled ? 'mapping switched on' : 'mapping switched off');
    world.setMapping(flow, { state: to.enabled ? 'Enabling' : 'Disabling' });
    world.scheduler.at(world.scheduler.now + SWITCH_MS, () => {
      const change: Partial<FlowMapping> = { ...to, state: to.enabled ? 'Enabled' : 'Disabled' };
      world.setMapping(flow, change);
    });
  }

  async #probe(flow: string, target: string) {
    const world = this.#world;
    const worker = new Worker(world, { name: `probe of ${target}`, timeoutMs: TIMEOUT_MS / 2, died: () => {} });
    const answer = await probe(world.targetOf(target), worker.ports(flow, openGate));
    worker.end();
    world.count(`probed: ${answer.healthy ? 'well' : 'ill'}`);
    world.note(flow, 'guard', () => `probes ${target}: ${JSON.stringify(answer)}`);
    return answer;
  }
}
