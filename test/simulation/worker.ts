/** One invocation of a function, and its ports: each call takes time, and may fail, lose its answer or be its worker's last. */

import type { AcceptPorts } from '../../functions/core/accept.ts';
import { deliveryId, ledgerKey } from '../../functions/core/delivery-id.ts';
import type { Gate, GatePorts } from '../../functions/core/gate.ts';
import type { DeliverPorts } from '../../functions/core/handle.ts';
import type { DeliveryRow } from '../../functions/core/ledger.ts';
import type { Http, Written } from '../../functions/core/ports.ts';
import type { HttpResponse } from '../../functions/core/target.ts';
import { PROBE } from './flows.ts';
import { MINUTE, type RATES, type RecordPlan, SECOND, type Service, troubleAt } from './plan.ts';
import { never, QUIET } from './scheduler.ts';
import { spoolOf } from './spool.ts';
import type { Asked } from './vendors.ts';
import { idOf, type Suspect } from './witness.ts';
import type { World } from './world.ts';

const SECRET_CACHE_MS = 5 * MINUTE;

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
  #lose(id: string): void {
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
    if (this.#dies('crash before', `before ${what}`, about)) return never();
    await scheduler.sleep(world.strikes('slow port') ? chance.magnitude(25, 6 * SECOND) : chance.between(2, 25));
    if (!this.alive) return never();
    const trouble = world.troubleOf(service);
    if (trouble === 'outage' || (trouble === 'throttle' && chance.is(0.5)) || world.strikes('port fails')) {
      world.count(trouble ? `${service} ${trouble}` : 'port fails');
      world.note?.(about, this.name, `${what}: the ${service} is not available`);
      throw new Error(`the ${service} is not available`);
    }
    let value = effect();
    if (this.#dies('crash after', `after ${what}`, about)) return never();
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

  #dies(rate: (typeof RATES)[number], when: string, about: string): boolean {
    const { plan, chance, scheduler } = this.#world;
    const isDying = troubleAt(plan.dyingWorkers, scheduler.now) !== undefined && chance.is(0.05);
    if (!isDying && !this.#world.strikes(rate)) return false;
    this.#world.count(rate);
    this.#world.note?.(about, this.name, `dies ${when}`);
    this.die('crashed');
    return true;
  }

  ports(flowName: string, gate: Gate): DeliverPorts & AcceptPorts {
    return {
      gate,
      clock: { now: this.now, sleep: this.sleep },
      random: this.#world.chance,
      ledger: this.#ledger(),
      entities: this.#entities(),
      fuse: this.#world.fuseOf(flowName),
      echoes: this.#echoes(),
      queues: this.#queues(),
      bodies: this.#bodies(),
      spool: spoolOf(this.#world, this),
      secrets: this.#secrets(flowName),
      http: { send: (request) => this.#send(request) },
      telemetry: this.#telemetry(),
      fetchKey: () => Promise.reject(new Error('nobody fetches keys here')),
    };
  }

  #ledger(): DeliverPorts['ledger'] {
    const world = this.#world;
    const { memory } = world;
    return {
      read: (address) =>
        this.use('ledger', 'read', deliveryId(address), () => {
          const key = ledgerKey(address);
          return { row: memory.rows.get(key), steps: [...(memory.steps.get(key)?.values() ?? [])] };
        }),
      write: (row, previousToken, failedTry) =>
        this.#write(row, 'write', () => memory.ledger.write(row, previousToken, failedTry)),
      writeStep: async (step) => {
        const about = deliveryId(step);
        const { ours } = await this.use('ledger', `step ${step.step}`, about, () => {
          world.note?.(about, this.name, `stores step ${step.step}`);
          return { ours: memory.ledger.writeStep(step) };
        });
        if (!(await ours)) this.#lose(about);
        return await ours;
      },
    };
  }

  /** A write of a row, by whatever means: the witness sees it at the instant at which it is done. */
  async #write(row: DeliveryRow, what: string, write: () => Promise<Written>): Promise<Written> {
    const world = this.#world;
    const { memory, witness } = world;
    const about = deliveryId(row);
    const key = ledgerKey(row);
    const { written } = await this.use('ledger', `${what} ${row.state}`, about, () => {
      const before = memory.rows.get(key);
      const written = write();
      const stored = memory.rows.get(key);
      if (stored !== before && stored?.token === row.token) {
        world.note?.(about, this.name, `writes ${describe(row)}`);
        witness.wrote(this, before, stored);
      } else if (stored?.token !== row.token) {
        world.note?.(about, this.name, `cannot write ${row.state}: another one has`);
      }
      return { written };
    });
    const result = await written;
    if (!result.written) this.#lose(about);
    return result;
  }

  #entities(): DeliverPorts['entities'] {
    const world = this.#world;
    const { entities } = world.entities;
    return {
      enter: async (address, entry) => {
        const about = deliveryId({ ...address, key: entry.delivery });
        const { admission } = await this.use('ledger', 'enter', about, () => ({
          admission: entities.enter(address, entry),
        })).catch((error) => {
          world.witness.order.unsure(address);
          throw error;
        });
        const granted = await admission;
        world.note?.(about, this.name, `asks for its turn at ${address.entityId}: ${JSON.stringify(granted)}`);
        return granted;
      },
      leave: (commit, previousToken, leaving) =>
        this.#write(commit.row, `leave (${leaving.as})`, () => entities.leave(commit, previousToken, leaving)),
      read: async (address) => await this.use('ledger', 'read entity', this.about, () => entities.read(address)),
      park: async (address, now) => {
        await this.use('ledger', 'park entity', this.about, () => entities.park(address, now));
      },
      resume: (address) => entities.resume(address),
    };
  }

  #echoes(): DeliverPorts['echoes'] {
    const { echoes } = this.#world.echoes;
    return {
      note: async (record, write) => {
        await this.use('ledger', 'note an echo', this.about, () => void echoes.note(record, write));
      },
      read: async (record, wanted) => {
        const { noted } = await this.use('ledger', 'read echoes', this.about, () => ({
          noted: echoes.read(record, wanted),
        }));
        return await noted;
      },
    };
  }

  /** What the gate of its process needs while this worker runs there. */
  gatePorts(flowName: string): GatePorts {
    const world = this.#world;
    const { parks } = world.parks;
    return {
      clock: { now: this.now, sleep: this.sleep },
      telemetry: this.#telemetry(),
      // The state table is at the same service as the ledger.
      parks: {
        read: async (subjects) => this.use('ledger', 'read parks', flowName, () => parks.read(subjects)),
        add: async (park) =>
          this.use('ledger', `park ${park.reason}`, flowName, () => {
            world.count(`parked: ${park.reason}`);
            world.note?.(flowName, this.name, `parks ${park.subject.name}: ${park.reason}`);
            world.witness.parked(park);
            world.guard.wake();
            return parks.add(park);
          }),
        remove: async (subject, reason) =>
          this.use('ledger', `resume ${reason}`, flowName, () => {
            world.witness.unparked(subject, reason);
            return parks.remove(subject, reason);
          }),
      },
    };
  }

  #queues(): DeliverPorts['queues'] {
    const world = this.#world;
    const { scheduler, chance, witness } = world;
    return {
      send: async (flow, messages, deadline) => {
        let pending = [...messages];
        while (pending.length > 0) {
          if (this.now() >= deadline) throw new Error('SQS did not accept every message in time');
          try {
            pending = await this.use('queue', `send ${pending.length}`, this.about, () =>
              pending.filter(({ body }) => {
                if (world.strikes('entry failed')) {
                  world.count('entry failed');
                  return true;
                }
                world.enqueue(flow, body, 'send');
                if (world.strikes('SDK copy')) {
                  world.count('SDK copy');
                  scheduler.after(chance.between(0, 3 * SECOND), () => world.enqueue(flow, body, 'SDK copy'));
                }
                return false;
              }),
            );
          } catch {
            // The pause between two tries, and the SDK's own before it gave one up.
            await scheduler.sleep(chance.between(100, 600));
            if (!this.alive) return never();
          }
        }
      },
      setVisibility: async (flow, receiptHandle, seconds) => {
        const message = world.messageOf(flow, receiptHandle)!;
        const id = idOf(flow, message.envelope.key);
        await this.use('visibility', `visibility ${seconds} s`, id, () => {
          const isOld = message.receipt !== receiptHandle;
          witness.hides(this, message, (scheduler.now - (message.receivedAt ?? 0)) / SECOND + seconds);
          if (message.place !== 'queue' || (isOld && chance.is(0.5))) throw new Error('InvalidParameterValue');
          if (isOld) world.count('visibility by an old receipt');
          world.note?.(id, this.name, `hides ${message.messageId} for ${seconds} s`);
          message.visibleAt = scheduler.now + seconds * SECOND;
          message.burnt--;
          if (seconds === 0) world.shorten(message);
          world.wake(flow);
        });
      },
    };
  }

  #bodies(): DeliverPorts['bodies'] {
    const world = this.#world;
    return {
      put: (key, body) => this.use('bucket', 'put body', this.about, () => void world.objects.set(key, body)),
      get: (key) =>
        this.use('bucket', 'get body', this.about, () => {
          if (!world.strikes('object missing')) return world.objects.get(key);
          world.count('object missing');
          return undefined;
        }),
    };
  }

  /** Cached in the flow's processes for five minutes; a value that was never set shows as none. */
  #secrets(flowName: string): DeliverPorts['secrets'] {
    const world = this.#world;
    const read = async (name: string, cacheKey: string) => {
      const token = await this.use('secrets', `secret ${name}`, this.about, () => world.tokenOf(name));
      world.secretCache.set(cacheKey, { token, readAt: world.scheduler.now });
      return [{ token }];
    };
    return {
      connections: async (owner, name) => {
        if (owner === 'source') return [{ token: 'source' }];
        const cached = world.secretCache.get(`${flowName} ${name}`);
        if (cached && world.scheduler.now - cached.readAt < SECRET_CACHE_MS) return [{ token: cached.token }];
        if (troubleAt(world.plan.services.secrets, world.scheduler.now) === 'answers lost') {
          world.count('secret without a value');
          return [];
        }
        return await read(name, `${flowName} ${name}`);
      },
      refresh: async (_owner, name) => {
        const cached = world.secretCache.get(`${flowName} ${name}`);
        if (cached && world.scheduler.now - cached.readAt < MINUTE) return undefined;
        return await read(name, `${flowName} ${name}`);
      },
      former: () => [],
    };
  }

  async #send(request: Parameters<Http['send']>[0]): ReturnType<Http['send']> {
    const world = this.#world;
    const { scheduler, chance, witness } = world;
    const [, , host, path] = request.url.split('/') as [string, string, string, string];
    const vendor = world.vendors[Number(host.replace('vendor', ''))]!;
    const asked = {
      operation: path as Asked['operation'],
      logical: request.headers['x-logical']!,
      idempotencyKey: request.headers['idempotency-key'] ?? '',
      token: request.headers.authorization!,
      record: request.body && (JSON.parse(request.body.toString()) as RecordPlan),
    };
    const id = asked.logical.split(' ')[0]!;
    const what = `call ${asked.operation} ${asked.logical.split(' ')[1]}`;
    if (asked.logical !== PROBE) witness.called(this, id);
    if (this.#dies('crash before', `before its ${what}`, id)) return never();
    const fate = vendor.fate(scheduler.now, world.isCalm ? 0 : world.plan.rates['vendor error']);
    if (fate !== 'fine') world.count(`vendor ${fate}`);
    if (fate === 'unreachable') {
      world.note?.(id, this.name, `${what}: not sent`);
      await scheduler.sleep(chance.between(1, 500));
      return this.alive ? { kind: 'not-sent', reason: 'ECONNREFUSED' } : never();
    }
    if (asked.operation !== 'found') this.called.add(id);
    if (asked.operation === 'none') witness.pends(asked.logical);
    const slow = world.strikes('slow vendor');
    if (slow) world.count('slow vendor');
    const thereMs = slow ? chance.magnitude(100, 12 * SECOND) : chance.between(20, 300);
    const backMs = slow ? chance.magnitude(100, 12 * SECOND) : chance.between(1, 50);
    let answer: ReturnType<typeof vendor.receive> | undefined;
    scheduler.after(thereMs, () => {
      if (world.strikes('key forgotten') && vendor.forget(asked)) world.count('key forgotten');
      answer = vendor.receive(asked, fate, scheduler.now, (afterMs, commit) => {
        scheduler.after(afterMs, () => {
          world.note?.(id, host, `commits ${what} late`);
          commit(scheduler.now);
        });
      });
      const { response, took } = answer;
      world.note?.(
        id,
        host,
        `gets ${what} of ${this.name} (${fate}, key ${asked.idempotencyKey.slice(0, 6)}): ${response?.status ?? 'no answer'}, ${took ?? 'no effect'}`,
      );
      return QUIET;
    });
    this.#dies('crash after', `during its ${what}`, id);
    const tookMs = Math.ceil(thereMs + backMs) + 1;
    await scheduler.sleep(Math.min(tookMs, request.timeoutMs));
    if (world.strikes('frozen worker')) await this.#freeze(id);
    if (!this.alive) return never();
    if (tookMs > request.timeoutMs) return { kind: 'unknown', reason: 'timed out' };
    const response = answer?.response;
    if (response && isClear(response)) witness.cleared(asked.logical);
    if (response?.status === 200 && asked.record) witness.echoes.wrote(world.vendors.indexOf(vendor), asked.record);
    return response ? { kind: 'answered', response } : { kind: 'unknown', reason: 'ECONNRESET' };
  }

  /** Its machine stands still, and the platform's end comes late. */
  async #freeze(about: string): Promise<void> {
    const { scheduler, chance } = this.#world;
    const frozenMs = chance.between(10 * SECOND, 8 * MINUTE);
    this.#world.count('frozen worker');
    this.#world.note?.(about, this.name, `is frozen for ${Math.round(frozenMs / SECOND)} s`);
    this.#killedAt += frozenMs;
    await scheduler.sleep(frozenMs);
  }

  #telemetry(): DeliverPorts['telemetry'] {
    const world = this.#world;
    return {
      log: (_level, message, fields) => {
        if (message !== 'not handled') return;
        const error = String(fields.error);
        if (!error.includes('cannot be reached')) world.witness.unhandled(String(fields.deliveryId), error);
        world.note?.(String(fields.deliveryId), this.name, `cannot handle it: ${error}`);
      },
      count: () => {},
      milliseconds: () => {},
    };
  }
}

/** The caller can tell from this answer whether there was an effect. */
const isClear = ({ status, body }: HttpResponse) =>
  status < 500 && status !== 409 && (status > 299 || body.toString().startsWith('{'));

function describe(row: DeliveryRow): string {
  const { state, cycle, attempts, errorClass, code, openStep, ambiguousSince, ambiguousStep, reason } = row;
  const doubt = [openStep && `open ${openStep}`, ambiguousSince && `ambiguous ${ambiguousStep ?? '(nameless)'}`];
  const parts = [errorClass && `${errorClass} ${code}`, reason, ...doubt].filter(Boolean);
  return `${state}, cycle ${cycle}, attempts ${attempts}${parts.length > 0 ? ` (${parts.join('; ')})` : ''}`;
}
