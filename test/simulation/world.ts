import { ledgerKey } from '../../functions/core/delivery-id.ts';
import { Fuse } from '../../functions/core/fuse.ts';
import type { FlowMapping } from '../../functions/core/ports.ts';
import type { Target } from '../../functions/core/target.ts';
import { memoryEchoes } from '../memory/echoes.ts';
import { memoryEntities } from '../memory/entities.ts';
import { memoryLedger } from '../memory/ledger.ts';
import { memoryParks } from '../memory/parks.ts';
import { Door } from './door.ts';
import { planOf } from './draw.ts';
import { Echoing } from './echoing.ts';
import { type BuiltFlows, buildFlows } from './flows.ts';
import { Guard } from './guard.ts';
import { editSome, park, resolveAll, resume } from './operator.ts';
import { type FlowPlan, HOUR, MINUTE, type Plan, type RATES, SECOND, type Service, START, troubleAt } from './plan.ts';
import { Poller } from './poller.ts';
import { paceOf } from './process.ts';
import { Chance } from './random.ts';
import { QUIET, Scheduler } from './scheduler.ts';
import type { Origin, Stored } from './sqs.ts';
import { type Asked, Vendor } from './vendors.ts';
import { clockTime, idOf, type Violation, Witness } from './witness.ts';

export type Outcome = {
  readonly seed: number;
  readonly deliveries: number;
  readonly faults: Record<string, number>;
  readonly checks: Record<string, number>;
  readonly violation: Violation | undefined;
  /** Empty unless it was asked for. */
  readonly trace: readonly TraceLine[];
};

/** `about`: a delivery's id, a request's, or a flow's name. */
export type TraceLine = { readonly about: string; readonly text: string };

/** No operator is quicker: by then every clock shows a later time than that of the stop. */
const OPERATOR_MS = 10 * SECOND;
const HOUSEKEEPING_MS = 6 * HOUR;
/** How often operators look for parked entities. */
const RESUME_MS = HOUR;
/** Of the calm: when operators redrive everything. */
const CALM_REDRIVES_MS = [HOUR, 38 * HOUR, 76 * HOUR];

export class World {
  readonly plan: Plan;
  readonly chance: Chance;
  readonly scheduler: Scheduler;
  readonly memory = memoryLedger();
  readonly entities = memoryEntities(this.memory);
  readonly parks = memoryParks();
  readonly echoes = memoryEchoes();
  readonly vendors: readonly Vendor[];
  readonly witness: Witness;
  readonly guard = new Guard(this);
  readonly pace: Readonly<Record<string, number>>;
  readonly objects = new Map<string, Buffer>();
  /** What is below `spool/` of the bucket. */
  readonly spooled = new Map<string, Buffer>();
  readonly secretCache = new Map<string, { token: string; readAt: number }>();
  /** Undefined unless somebody wants to read it: a line of the trace, about a delivery's id, a request's, or a flow's name. */
  readonly note: ((about: string, who: string, text: string) => void) | undefined;
  readonly #flows: BuiltFlows;
  readonly #door: Door;
  readonly #echoing: Echoing;
  readonly #pollers: ReadonlyMap<string, Poller>;
  readonly #fuses = new Map<string, Fuse>();
  readonly #faults: Record<string, number> = {};
  readonly #trace: TraceLine[] = [];

  constructor(seed: number, tracing: boolean) {
    this.plan = planOf(seed);
    this.pace = paceOf(this.plan);
    this.chance = new Chance(seed + 0x5eed);
    this.scheduler = new Scheduler(START, this.chance);
    if (tracing) this.note = this.#note;
    this.#flows = buildFlows(this.plan, this.chance);
    this.#door = new Door(this, this.#flows);
    this.#echoing = new Echoing(this, this.#door);
    this.vendors = this.plan.vendors.map((vendor) => {
      return new Vendor(vendor, this.chance, (self, asked) => this.#tookEffect(self, asked));
    });
    this.#pollers = new Map(
      this.plan.flows.map((plan) => {
        return [plan.name, new Poller(this, plan)];
      }),
    );
    this.witness = new Witness({
      plan: this.plan,
      queues: new Map([...this.#pollers].map(([name, { queue }]) => [name, queue])),
      vendors: this.vendors,
      rows: this.memory.rows,
      entities: this.entities.held,
      spooled: this.spooled,
      now: () => this.scheduler.now,
      stop: () => this.scheduler.stop(),
    });
  }

  async run(): Promise<Outcome> {
    const { plan, scheduler, witness } = this;
    for (const request of plan.requests) {
      scheduler.at(request.at, () => this.#door.post(request));
      for (const again of request.again) scheduler.at(again, () => this.#door.postAgain(request));
    }
    for (const { at, flow, which } of plan.redrives) {
      const { name } = plan.flows[flow]!;
      scheduler.at(at, () => this.#redrive(name, which === 'one' ? 1 : Number.POSITIVE_INFINITY));
      if (which === 'twice') scheduler.at(at + 2 * MINUTE, () => this.#redrive(name, Number.POSITIVE_INFINITY));
    }
    for (const { from, to, flow } of plan.operatorParks) {
      scheduler.at(from, () => park(this, plan.flows[flow]!.name));
      scheduler.at(to, () => resume(this, plan.flows[flow]!.name));
    }
    for (const at of plan.resolves) scheduler.at(at, () => resolveAll(this));
    for (const { at, flow, again } of plan.edits) scheduler.at(at, () => editSome(this, plan.flows[flow]!.name, again));
    for (const afterMs of CALM_REDRIVES_MS) {
      scheduler.at(plan.calmAt + afterMs, () => resolveAll(this));
      for (const { name } of plan.flows) {
        scheduler.at(plan.calmAt + afterMs, () => this.#redrive(name, Number.POSITIVE_INFINITY));
      }
    }
    this.#keepHouse();
    this.#resumeEntities();
    await scheduler.runUntil(plan.endAt);
    if (!witness.violation) witness.end();
    const { deliveries, checks, violation } = witness;
    return { seed: plan.seed, deliveries, faults: this.#faults, checks, violation, trace: this.#trace };
  }

  get isCalm(): boolean {
    return this.scheduler.now >= this.plan.calmAt;
  }

  strikes(rate: (typeof RATES)[number]): boolean {
    return !this.isCalm && this.chance.is(this.plan.rates[rate]);
  }

  troubleOf = (service: Service) => troubleAt(this.plan.services[service], this.scheduler.now);

  count(fault: string): void {
    this.#faults[fault] = (this.#faults[fault] ?? 0) + 1;
  }

  #note = (about: string, who: string, text: string): void => {
    this.#trace.push({ about, text: `${clockTime(this.scheduler.now)}  ${who.padEnd(14)} ${text}` });
  };

  /** A secret as it is stored now. */
  tokenOf = (target: string) => this.vendors[Number(target.replace('vendor', ''))]!.tokenAt(this.scheduler.now);

  /** A function's processes are one here. */
  fuseOf(flow: string): Fuse {
    const fuse = this.#fuses.get(flow) ?? new Fuse();
    this.#fuses.set(flow, fuse);
    return fuse;
  }

  targetOf = (name: string): Target => this.#flows.targets[Number(name.replace('vendor', ''))]!;

  mappings = (): ReadonlyMap<string, FlowMapping> =>
    new Map([...this.#pollers].map(([name, { mapping }]) => [name, mapping]));

  setMapping = (flow: string, change: Partial<FlowMapping>): void => this.#pollers.get(flow)!.setMapping(change);

  /** Something changed at a flow's queue. */
  wake = (flow: string): void => this.#pollers.get(flow)!.wake();

  flowAt = (plan: FlowPlan, now: number) => this.#flows.flowAt(plan, now);

  /** Whether the bundle of a flow's function can be loaded now. */
  canLoad = (flow: string): boolean => !this.flowAt(this.#pollers.get(flow)!.plan, this.scheduler.now).version.broken;

  /** Whether a flow is parked, switched off, or not at full speed, or something is spooled. */
  isHeld(): boolean {
    if (this.spooled.size > 0) return true;
    return this.parks.held.size > 0 || ![...this.#pollers.values()].every(({ isAtFullSpeed }) => isAtFullSpeed);
  }

  /** Every message there ever was for a key. */
  messagesOf = (flow: string, key: string) => this.#pollers.get(flow)!.queue.ofKey.get(key) ?? [];

  messageOf = (flow: string, receipt: string) => this.#pollers.get(flow)!.queue.byId.get(receipt.split('/')[0]!);

  enqueue(flow: string, body: string, origin: Origin): void {
    const { messageId, envelope } = this.#pollers.get(flow)!.queue.send(body, this.scheduler.now, origin);
    this.note?.(idOf(flow, envelope.key), 'queue', `takes ${messageId} (${origin}, ${envelope.acceptId})`);
    this.wake(flow);
  }

  /** A stopped message is received until it moves: the middle of that may be left out, since every receive is the same. */
  shorten(message: Stored): void {
    if (message.receiveCount > 95 || !this.chance.is(this.plan.shortenedDrains)) return;
    const { flow, source, key } = message.envelope;
    const state = this.memory.rows.get(ledgerKey({ flow, source, key }))?.state;
    if (state !== 'stopped' && state !== 'unknown') return;
    message.shortened = true;
    message.receiveCount = this.chance.integer(96, 100);
    this.count('drain shortened');
  }

  #tookEffect(vendor: Vendor, { operation, logical, record }: Asked): void {
    this.witness.effects.tookEffect(vendor, operation, logical);
    if (!record) return;
    const index = this.vendors.indexOf(vendor);
    this.witness.echoes.wrote(index, record);
    this.#echoing.tellOf(index, logical.split(' ')[0]!, record);
  }

  // Operators and the passing of time

  #redrive(flow: string, count: number): void {
    const { queue } = this.#pollers.get(flow)!;
    const seen = queue.dead.filter(({ movedAt }) => this.scheduler.now - movedAt >= OPERATOR_MS);
    for (const message of seen.slice(0, count)) {
      if (!this.isCalm) this.count('redrive');
      const { messageId } = queue.redrive(message, this.scheduler.now);
      this.note?.(idOf(flow, message.envelope.key), 'operator', `redrives ${message.messageId} as ${messageId}`);
    }
    this.wake(flow);
  }

  /** During trouble somebody does so now and then, in the calm each time. */
  #resumeEntities(): typeof QUIET {
    const { held, entities } = this.entities;
    for (const [key, { parkedAt }] of held) {
      if (parkedAt === undefined) continue;
      if (!this.isCalm) this.count('entity parked');
      const [, flow, source, entityId] = key.split('#') as [string, string, string, string];
      if (this.isCalm || this.chance.is(0.4)) entities.resume({ flow, source, entityId });
    }
    if (this.scheduler.now < this.plan.endAt) this.scheduler.after(RESUME_MS, () => this.#resumeEntities());
    return QUIET;
  }

  /** What is past its retention or its TTL goes. */
  #keepHouse(): typeof QUIET {
    const { now } = this.scheduler;
    for (const { queue } of this.#pollers.values()) {
      for (const { messageId, envelope } of queue.expire(now)) {
        this.count('message expired');
        this.note?.(idOf(queue.flow, envelope.key), 'queue', `drops ${messageId}: its retention is over`);
      }
    }
    for (const [key, { expiresAtEpochSeconds }] of this.memory.rows) {
      if (expiresAtEpochSeconds === undefined || expiresAtEpochSeconds * SECOND > now) continue;
      this.count('row expired');
      this.memory.rows.delete(key);
    }
    if (now < this.plan.endAt) this.scheduler.at(now + HOUSEKEEPING_MS, () => this.#keepHouse());
    return QUIET;
  }
}

export const simulate = (seed: number, tracing = false): Promise<Outcome> => new World(seed, tracing).run();
