/** Lambda's pollers of one flow's queue: they receive, invoke, and delete what was done. */
import { deliverBatch } from '../../functions/core/deliver.ts';
import { deliverTimeoutMs, visibilityTimeoutMs } from '../../functions/core/names.ts';
import type { FlowMapping } from '../../functions/core/ports.ts';
import { NOT_LOADED } from './guard.ts';
import { type FlowPlan, SECOND, type Version } from './plan.ts';
import { Process } from './process.ts';
import { QUIET } from './scheduler.ts';
import { asReceived, Queue, type Stored } from './sqs.ts';
import { idOf } from './witness.ts';
import { Worker } from './worker.ts';
import { portsOf } from './worker-ports.ts';
import type { World } from './world.ts';

export class Poller {
  readonly plan: FlowPlan;
  readonly queue: Queue;
  mapping: FlowMapping;
  readonly #world: World;
  readonly #idle: Process[] = [];
  #running = 0;
  #invocations = 0;
  #pollAt: number | undefined;

  constructor(world: World, plan: FlowPlan) {
    this.#world = world;
    this.plan = plan;
    this.queue = new Queue(plan.name, visibilityTimeoutMs(plan.freshness));
    this.mapping = { id: plan.name, state: 'Enabled', maximumConcurrency: plan.concurrency };
  }

  setMapping(change: Partial<FlowMapping>): void {
    this.mapping = { ...this.mapping, ...change };
    this.wake();
  }

  get isAtFullSpeed(): boolean {
    return this.mapping.state === 'Enabled' && this.mapping.maximumConcurrency === this.plan.concurrency;
  }

  /** Something changed: it looks when the next message is there. */
  wake(): void {
    const { scheduler, chance } = this.#world;
    const next = this.queue.nextVisibleAt();
    if (next === undefined || !this.#canRun()) return;
    const at = Math.max(next, scheduler.now) + chance.integer(1, 40);
    if (this.#pollAt !== undefined && this.#pollAt <= at) return;
    this.#pollAt = at;
    scheduler.at(at, () => {
      if (this.#pollAt !== at) return QUIET;
      this.#pollAt = undefined;
      return this.#poll();
    });
  }

  /** A mapping that is being switched off polls no more, and its invocations go on. */
  #canRun(): boolean {
    const { mapping, plan } = this;
    const concurrency = Math.min(mapping.maximumConcurrency ?? plan.concurrency, plan.concurrency);
    return mapping.state !== 'Disabled' && this.#running < concurrency;
  }

  #poll(): typeof QUIET | undefined {
    const world = this.#world;
    const { plan, queue } = this;
    if (!this.#canRun()) return QUIET;
    const { now } = world.scheduler;
    const { received, moved } = queue.receive(world.chance.integer(1, plan.batchSize), now);
    for (const { messageId, envelope } of moved) {
      world.note?.(idOf(plan.name, envelope.key), 'queue', `moves ${messageId} to the dead-letter queue`);
    }
    for (const message of received) {
      if (!world.strikes('received twice')) continue;
      world.count('received twice');
      message.visibleAt = now + world.chance.magnitude(1, 20 * SECOND);
    }
    const isLost = received.length > 0 && world.strikes('receive lost');
    if (isLost) world.count('receive lost');
    const isQuiet = isLost || received.length === 0;
    if (!isQuiet) this.#invoke(received);
    this.wake();
    return isQuiet ? QUIET : undefined;
  }

  #invoke(batch: readonly Stored[]): void {
    const world = this.#world;
    const { plan } = this;
    const beganAt = world.scheduler.now;
    const { flow, version } = world.flowAt(plan, beganAt);
    const ended = () => {
      this.#running--;
      this.wake();
      return QUIET;
    };
    this.#running++;
    const name = `${plan.name}#${++this.#invocations}`;
    for (const { messageId, envelope, receiveCount } of batch) {
      world.note?.(idOf(plan.name, envelope.key), name, `receives ${messageId} for the ${receiveCount}. time`);
    }
    const messages = batch.map(asReceived);
    const timeoutMs = deliverTimeoutMs(plan.freshness);
    const worker = new Worker(world, {
      ...{ name, timeoutMs },
      died: (why) => {
        world.count(`worker ${why}`);
        world.guard.invoked(plan.name, beganAt, why);
        for (const { key } of batch.map(({ envelope }) => envelope)) world.note?.(idOf(plan.name, key), name, why);
        ended();
      },
    });
    if (version.broken) {
      world.count('broken deploy');
      world.scheduler.after(50, () => worker.die(NOT_LOADED));
      return;
    }
    // A process whose worker dies is not used again.
    const process = this.#idle.pop() ?? new Process(world, flow, plan.name);
    process.worker = worker;
    const startedAt = worker.now();
    const invocation = { flow, flowName: plan.name, timing: 'normal' as const, startedAt };
    deliverBatch(
      messages,
      { ...invocation, deadline: startedAt + timeoutMs - 20 },
      portsOf(world, worker, plan.name, process.gate),
    ).then(
      (kept) => {
        if (!worker.alive) return;
        worker.alive = false;
        world.guard.invoked(plan.name, beganAt, undefined);
        this.#idle.push(process);
        const done = batch.filter((_, index) => !kept.includes(messages[index]!.messageId));
        world.scheduler.after(world.chance.between(1, 40), () => {
          for (const message of done) {
            this.#delete(message, messages[batch.indexOf(message)]!.receiptHandle, version);
          }
          return ended();
        });
      },
      (error) => world.witness.unhandled(plan.name, `deliverBatch threw ${error}`),
    );
  }

  #delete(message: Stored, receipt: string, version: Version): void {
    const world = this.#world;
    const { queue } = this;
    const about = idOf(queue.flow, message.envelope.key);
    if (message.place !== 'queue') return;
    if (world.strikes('delete lost')) {
      world.count('delete lost');
      world.note?.(about, 'queue', `does not get the delete of ${message.messageId}`);
      return;
    }
    if (message.receipt !== receipt) {
      world.count('delete by an old receipt');
      if (!world.strikes('delete of an old receipt works')) return;
    }
    world.note?.(about, 'queue', `deletes ${message.messageId}`);
    queue.delete(message);
    world.witness.deleted(message, version);
  }
}
