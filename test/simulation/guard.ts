/**
 * The guard of a seed's world: it runs while a flow is parked or not at full speed, or a function could not be loaded just now,
 * and sleeps otherwise, as nothing would come of a run then.
 */
import { guard } from '../../functions/core/guard.ts';
import type { FlowMapping, InvocationMinute } from '../../functions/core/ports.ts';
import { probe } from '../../functions/core/probe.ts';
import { openGate } from '../memory/gate.ts';
import { memoryAttention, memoryGauges, memoryNotes } from '../memory/guard.ts';
import { HOUR, MINUTE, SECOND, troubleAt } from './plan.ts';
import { spoolErrand } from './spool.ts';
import { Worker } from './worker.ts';
import { gatePortsOf, portsOf } from './worker-ports.ts';
import type { World } from './world.ts';

const TIMEOUT_MS = MINUTE;
/** A flow that has been parked for long is looked at more rarely than in life: every run is alike. */
const BUSY_RUNS = 15;
const IDLE_MS = 15 * MINUTE;
/** How long Lambda takes to switch a mapping. */
const SWITCH_MS = 20 * SECOND;
/** Longer than the longest visibility timeout: so long after a failure at load the guard is awake for the next. */
const SUSPICIOUS_MS = 10 * MINUTE;
/** Longer than the guard looks back. */
const COUNTED_MS = HOUR;
/** More failures within so long a time than it takes as evidence. */
const PLENTY = 8;
const PLENTY_MS = 40 * MINUTE;

/** How a worker dies whose bundle cannot be loaded. */
export const NOT_LOADED = 'cannot be loaded';

export class Guard {
  readonly #world: World;
  readonly #notes = memoryNotes().notes;
  #awake = false;
  #runs = 0;
  readonly #counts = new Map<string, Map<number, InvocationMinute>>();
  /** When a function could not be loaded, by flow, since something else was seen of it. */
  readonly #notLoaded = new Map<string, number[]>();
  #suspiciousUntil = 0;

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

  /** An invocation that began then has ended; `why` says how it failed. */
  invoked(flow: string, beganAt: number, why: string | undefined): void {
    const at = beganAt - (beganAt % MINUTE);
    const counts = this.#counts.get(flow) ?? new Map<number, InvocationMinute>();
    this.#counts.set(flow, counts);
    const { invocations, errors } = counts.get(at) ?? { invocations: 0, errors: 0 };
    counts.set(at, { at, invocations: invocations + 1, errors: errors + (why === undefined ? 0 : 1) });
    for (const old of counts.keys()) {
      if (old >= at - COUNTED_MS) break;
      counts.delete(old);
    }
    this.#judge(flow, why);
    if (why !== NOT_LOADED) return;
    this.#suspiciousUntil = this.#world.scheduler.now + SUSPICIOUS_MS;
    if (!this.#awake) this.wake();
  }

  /** Nobody notices what is broken while the guard, or what it calls, is away. */
  #judge(flow: string, why: string | undefined): void {
    const { scheduler, plan, parks, witness, troubleOf } = this.#world;
    const { now } = scheduler;
    const isExcused = troubleAt(plan.guardAway, now) ?? troubleOf('queue') ?? troubleOf('ledger');
    if (why !== NOT_LOADED || isExcused || parks.held.has(`flow#${flow}#broken`)) {
      this.#notLoaded.delete(flow);
      return;
    }
    const before = this.#notLoaded.get(flow) ?? [];
    // Between whiles it was parked for something else.
    const isNew = now - (before.at(-1) ?? 0) > SUSPICIOUS_MS;
    const times = isNew ? [now] : [...before, now];
    this.#notLoaded.set(flow, times);
    if (times.filter((at) => at > now - PLENTY_MS).length >= PLENTY) witness.notLoaded(flow, now - times[0]!);
  }

  #next(): void {
    const { scheduler } = this.#world;
    scheduler.after(this.#runs++ < BUSY_RUNS ? MINUTE : IDLE_MS, () => this.#run());
  }

  #run(): void {
    const { plan, scheduler } = this.#world;
    const isAway = troubleAt(plan.guardAway, scheduler.now) !== undefined;
    if (isAway) this.#world.count('guard away');
    else this.#work();
    this.#awake = isAway || this.#world.isHeld() || scheduler.now < this.#suspiciousUntil;
    if (this.#awake) this.#next();
  }

  #work(): void {
    const world = this.#world;
    const { plan } = world;
    const worker = new Worker(world, { name: 'guard', timeoutMs: TIMEOUT_MS, died: () => {} });
    const { parks, clock, telemetry } = gatePortsOf(world, worker, 'guard');
    const flows = plan.flows.map(({ name, operations, concurrency }) => ({
      name,
      targets: [...new Set(operations.map(({ vendor }) => `vendor${vendor}`))],
      maximumConcurrency: concurrency,
    }));
    const probed = plan.vendors.flatMap(({ hasProbe }, index) => (hasProbe ? [`vendor${index}`] : []));
    const ports = {
      ...{ parks, clock, telemetry, notes: this.#notes },
      ...{ ...memoryAttention(), ...memoryGauges() },
      invocations: {
        count: (flows: readonly string[], from: number, to: number) =>
          worker.use('queue', 'count invocations', 'guard', () => this.#countsOf(flows, from, to)),
      },
      mappings: {
        list: () => worker.use('queue', 'list mappings', 'guard', () => world.mappings()),
        change: (id: string, to: { enabled: boolean; maximumConcurrency?: number }) =>
          worker.use('queue', `switch ${id}`, 'guard', () => this.#switch(id, to)),
      },
      probes: {
        probe: (flow: string, target: string) => this.#probe(flow, target),
        answers: (flow: string) => this.#answers(flow),
      },
    };
    // What of a run fails is done in the next.
    guard({ flows, probed, spools: !plan.retries }, ports, plan.retries ? [] : [spoolErrand(world, worker)]).then(
      () => worker.end(),
      () => worker.end(),
    );
  }

  #switch(flow: string, to: { enabled: boolean; maximumConcurrency?: number }): void {
    const world = this.#world;
    world.note?.(flow, 'guard', `switches the mapping ${to.enabled ? `on at ${to.maximumConcurrency}` : 'off'}`);
    world.count(to.enabled ? 'mapping switched on' : 'mapping switched off');
    world.setMapping(flow, { state: to.enabled ? 'Enabling' : 'Disabling' });
    world.scheduler.after(SWITCH_MS, () => {
      const change: Partial<FlowMapping> = { ...to, state: to.enabled ? 'Enabled' : 'Disabled' };
      world.setMapping(flow, change);
    });
  }

  #countsOf(flows: readonly string[], from: number, to: number): Map<string, InvocationMinute[]> {
    const minutesOf = (flow: string) =>
      [...(this.#counts.get(flow)?.values() ?? [])]
        .filter(({ at }) => at >= from && at < to)
        .sort((one, other) => one.at - other.at);
    return new Map(flows.map((flow) => [flow, minutesOf(flow)]));
  }

  async #answers(flow: string): Promise<boolean> {
    const world = this.#world;
    await world.scheduler.sleep(SECOND);
    const runs = world.canLoad(flow);
    world.count(`asked whether it runs: ${runs ? 'yes' : 'no'}`);
    world.note?.(flow, 'guard', `asks whether it runs: ${runs ? 'yes' : 'no'}`);
    return runs;
  }

  async #probe(flow: string, target: string) {
    const world = this.#world;
    if (!world.canLoad(flow)) throw new Error(`${flow} ${NOT_LOADED}`);
    const worker = new Worker(world, { name: `probe of ${target}`, timeoutMs: TIMEOUT_MS / 2, died: () => {} });
    const answer = await probe(world.targetOf(target), portsOf(world, worker, flow, openGate));
    worker.end();
    world.count(`probed: ${answer.healthy ? 'well' : 'ill'}`);
    world.note?.(flow, 'guard', `probes ${target}: ${JSON.stringify(answer)}`);
    return answer;
  }
}
