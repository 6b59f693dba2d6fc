/** One invocation of a function: it uses services, and may die at each of them. */
import { MINUTE, type RATES, SECOND, type Service, troubleAt } from './plan.ts';
import { never, QUIET } from './scheduler.ts';
import type { Suspect } from './witness.ts';
import type { World } from './world.ts';

export class Worker implements Suspect {
  readonly name: string;
  readonly endsAt: number;
  readonly holds = new Map<string, string>();
  readonly called = new Set<string>();
  readonly lost = new Set<string>();
  alive = true;
  readonly #world: World;
  readonly #skewMs: number;
  /** Later than `endsAt` when the worker was frozen and woke up once more. */
  #killedAt: number;
  readonly #died: (why: string) => void;
  /** Of what it works on, for traces. */
  about = '';

  constructor(world: World, settings: { name: string; timeoutMs: number; died: (why: string) => void }) {
    this.#world = world;
    this.name = settings.name;
    this.endsAt = world.scheduler.now + settings.timeoutMs;
    this.#died = settings.died;
    const { maxSkewMs } = world.plan;
    this.#skewMs = Math.round(world.chance.between(-maxSkewMs, maxSkewMs));
    this.#killedAt = this.endsAt;
    this.#awaitTimeout();
  }

  /** A write of the lease's holder failed: now it knows. */
  lose(id: string): void {
    const messageId = this.holds.get(id);
    if (messageId !== undefined) this.lost.add(messageId);
    this.holds.delete(id);
  }

  #awaitTimeout(): void {
    const { scheduler } = this.#world;
    scheduler.at(this.#killedAt, () => {
      if (!this.alive) return QUIET;
      if (scheduler.now >= this.#killedAt) this.die('timed out');
      else this.#awaitTimeout();
      return QUIET;
    });
  }

  now = () => this.#world.scheduler.now + this.#skewMs;

  sleep = async (ms: number): Promise<void> => {
    await this.#world.scheduler.sleep(ms);
    return this.alive ? undefined : never();
  };

  /** Its work is done. */
  end(): void {
    this.alive = false;
  }

  die(why: string): void {
    if (!this.alive) return;
    this.alive = false;
    this.#died(why);
  }

  /** Uses a service: what `effect` does there is done at one instant. */
  async use<Value>(service: Service, what: string, about: string, effect: () => Value): Promise<Value> {
    const world = this.#world;
    const { scheduler, chance } = world;
    if (this.dies('crash before', `before ${what}`, about)) return never();
    await scheduler.sleep(world.strikes('slow port') ? chance.magnitude(25, 6 * SECOND) : chance.between(2, 25));
    if (!this.alive) return never();
    const trouble = world.troubleOf(service);
    if (trouble === 'outage' || (trouble === 'throttle' && chance.is(0.5)) || world.strikes('port fails')) {
      world.count(trouble ? `${service} ${trouble}` : 'port fails');
      world.note?.(about, this.name, `${what}: the ${service} is not available`);
      throw new Error(`the ${service} is not available`);
    }
    let value = effect();
    if (this.dies('crash after', `after ${what}`, about)) return never();
    if ((trouble === 'answers lost' && chance.is(0.4)) || world.strikes('answer lost')) {
      world.count(trouble ? `${service} answers lost` : 'answer lost');
      world.note?.(about, this.name, `${what}: done, and the answer was lost`);
      if (chance.is(0.5)) throw new Error('the answer was lost');
      // The SDK asks again by itself.
      await scheduler.sleep(chance.between(50, 500));
      if (!this.alive) return never();
      value = effect();
    }
    if (chance.is(0.1)) await scheduler.sleep(chance.between(1, 50));
    return this.alive ? value : never();
  }

  /** Whether chance has it that it dies here: `when` for traces. */
  dies(rate: (typeof RATES)[number], when: string, about: string): boolean {
    const { plan, chance, scheduler } = this.#world;
    const isDying = troubleAt(plan.dyingWorkers, scheduler.now) !== undefined && chance.is(0.05);
    if (!isDying && !this.#world.strikes(rate)) return false;
    this.#world.count(rate);
    this.#world.note?.(about, this.name, `dies ${when}`);
    this.die('crashed');
    return true;
  }

  /** Its machine stands still, and the platform's end comes late. */
  async freeze(about: string): Promise<void> {
    const { scheduler, chance } = this.#world;
    const frozenMs = chance.between(10 * SECOND, 8 * MINUTE);
    this.#world.count('frozen worker');
    this.#world.note?.(about, this.name, `is frozen for ${Math.round(frozenMs / SECOND)} s`);
    this.#killedAt += frozenMs;
    await scheduler.sleep(frozenMs);
  }
}
