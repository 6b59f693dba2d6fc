/** The ports of a worker: each call takes time, and may fail, lose its answer or be its worker's last. */
import type { AcceptPorts } from '../../functions/core/accept.ts';
import { deliveryId, ledgerKey } from '../../functions/core/delivery-id.ts';
import type { Gate, GatePorts } from '../../functions/core/gate.ts';
import type { DeliverPorts } from '../../functions/core/handle.ts';
import type { DeliveryRow } from '../../functions/core/ledger.ts';
import type { Written } from '../../functions/core/ports.ts';
import { send } from './network.ts';
import { MINUTE, SECOND, troubleAt } from './plan.ts';
import { never } from './scheduler.ts';
import { spoolOf } from './spool.ts';
import { idOf } from './witness.ts';
import type { Worker } from './worker.ts';
import type { World } from './world.ts';

const SECRET_CACHE_MS = 5 * MINUTE;

export function portsOf(world: World, worker: Worker, flowName: string, gate: Gate): DeliverPorts & AcceptPorts {
  return {
    gate,
    clock: { now: worker.now, sleep: worker.sleep },
    random: world.chance,
    ledger: ledgerOf(world, worker),
    entities: entitiesOf(world, worker),
    fuse: world.fuseOf(flowName),
    echoes: echoesOf(world, worker),
    queues: queuesOf(world, worker),
    bodies: bodiesOf(world, worker),
    spool: spoolOf(world, worker),
    secrets: secretsOf(world, worker, flowName),
    http: { send: (request) => send(world, worker, request) },
    telemetry: telemetryOf(world, worker),
    fetchKey: () => Promise.reject(new Error('nobody fetches keys here')),
  };
}

function ledgerOf(world: World, worker: Worker): DeliverPorts['ledger'] {
  const { memory } = world;
  return {
    read: (address) =>
      worker.use('ledger', 'read', deliveryId(address), () => {
        const key = ledgerKey(address);
        return { row: memory.rows.get(key), steps: [...(memory.steps.get(key)?.values() ?? [])] };
      }),
    write: (row, previousToken, failedTry) =>
      writeRow(world, worker, {
        row,
        what: 'write',
        write: () => memory.ledger.write(row, previousToken, failedTry),
      }),
    writeStep: async (step) => {
      const about = deliveryId(step);
      const { ours } = await worker.use('ledger', `step ${step.step}`, about, () => {
        world.note?.(about, worker.name, `stores step ${step.step}`);
        return { ours: memory.ledger.writeStep(step) };
      });
      if (!(await ours)) worker.lose(about);
      return await ours;
    },
  };
}

/** A write of a row, by whatever means: the witness sees it at the instant at which it is done. */
async function writeRow(
  world: World,
  worker: Worker,
  { row, what, write }: { row: DeliveryRow; what: string; write: () => Promise<Written> },
): Promise<Written> {
  const { memory, witness } = world;
  const about = deliveryId(row);
  const key = ledgerKey(row);
  const { written } = await worker.use('ledger', `${what} ${row.state}`, about, () => {
    const before = memory.rows.get(key);
    const written = write();
    const stored = memory.rows.get(key);
    if (stored !== before && stored?.token === row.token) {
      world.note?.(about, worker.name, `writes ${describe(row)}`);
      witness.wrote(worker, before, stored);
    } else if (stored?.token !== row.token) {
      world.note?.(about, worker.name, `cannot write ${row.state}: another one has`);
    }
    return { written };
  });
  const result = await written;
  if (!result.written) worker.lose(about);
  return result;
}

function entitiesOf(world: World, worker: Worker): DeliverPorts['entities'] {
  const { entities } = world.entities;
  return {
    enter: async (address, entry) => {
      const about = deliveryId({ ...address, key: entry.delivery });
      const { admission } = await worker
        .use('ledger', 'enter', about, () => ({
          admission: entities.enter(address, entry),
        }))
        .catch((error) => {
          world.witness.order.unsure(address);
          throw error;
        });
      const granted = await admission;
      world.note?.(about, worker.name, `asks for its turn at ${address.entityId}: ${JSON.stringify(granted)}`);
      return granted;
    },
    leave: (commit, previousToken, leaving) =>
      writeRow(world, worker, {
        row: commit.row,
        what: `leave (${leaving.as})`,
        write: () => entities.leave(commit, previousToken, leaving),
      }),
    read: async (address) => await worker.use('ledger', 'read entity', worker.about, () => entities.read(address)),
    park: async (address, now) => {
      await worker.use('ledger', 'park entity', worker.about, () => entities.park(address, now));
    },
    resume: (address) => entities.resume(address),
  };
}

function echoesOf(world: World, worker: Worker): DeliverPorts['echoes'] {
  const { echoes } = world.echoes;
  return {
    note: async (record, write) => {
      await worker.use('ledger', 'note an echo', worker.about, () => void echoes.note(record, write));
    },
    read: async (record, wanted) => {
      const { noted } = await worker.use('ledger', 'read echoes', worker.about, () => ({
        noted: echoes.read(record, wanted),
      }));
      return await noted;
    },
  };
}

/** What the gate of its process needs while worker worker runs there. */
export function gatePortsOf(world: World, worker: Worker, flowName: string): GatePorts {
  const { parks } = world.parks;
  return {
    clock: { now: worker.now, sleep: worker.sleep },
    telemetry: telemetryOf(world, worker),
    // The state table is at the same service as the ledger.
    parks: {
      read: async (subjects) => worker.use('ledger', 'read parks', flowName, () => parks.read(subjects)),
      add: async (park) =>
        worker.use('ledger', `park ${park.reason}`, flowName, () => {
          world.count(`parked: ${park.reason}`);
          world.note?.(flowName, worker.name, `parks ${park.subject.name}: ${park.reason}`);
          world.witness.parks.parked(park);
          world.guard.wake();
          return parks.add(park);
        }),
      remove: async (subject, reason) =>
        worker.use('ledger', `resume ${reason}`, flowName, () => {
          world.witness.parks.unparked(subject, reason);
          return parks.remove(subject, reason);
        }),
    },
  };
}

function queuesOf(world: World, worker: Worker): DeliverPorts['queues'] {
  const { scheduler, chance, witness } = world;
  return {
    send: async (flow, messages, deadline) => {
      let pending = [...messages];
      while (pending.length > 0) {
        if (worker.now() >= deadline) throw new Error('SQS did not accept every message in time');
        try {
          pending = await worker.use('queue', `send ${pending.length}`, worker.about, () =>
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
          if (!worker.alive) return never();
        }
      }
    },
    setVisibility: async (flow, receiptHandle, seconds) => {
      const message = world.messageOf(flow, receiptHandle)!;
      const id = idOf(flow, message.envelope.key);
      await worker.use('visibility', `visibility ${seconds} s`, id, () => {
        const isOld = message.receipt !== receiptHandle;
        witness.hides(worker, message, (scheduler.now - (message.receivedAt ?? 0)) / SECOND + seconds);
        if (message.place !== 'queue' || (isOld && chance.is(0.5))) throw new Error('InvalidParameterValue');
        if (isOld) world.count('visibility by an old receipt');
        world.note?.(id, worker.name, `hides ${message.messageId} for ${seconds} s`);
        message.visibleAt = scheduler.now + seconds * SECOND;
        message.burnt--;
        if (seconds === 0) world.shorten(message);
        world.wake(flow);
      });
    },
  };
}

function bodiesOf(world: World, worker: Worker): DeliverPorts['bodies'] {
  return {
    put: (key, body) => worker.use('bucket', 'put body', worker.about, () => void world.objects.set(key, body)),
    get: (key) =>
      worker.use('bucket', 'get body', worker.about, () => {
        if (!world.strikes('object missing')) return world.objects.get(key);
        world.count('object missing');
        return undefined;
      }),
  };
}

/** Cached in the flow's processes for five minutes; a value that was never set shows as none. */
function secretsOf(world: World, worker: Worker, flowName: string): DeliverPorts['secrets'] {
  const read = async (name: string, cacheKey: string) => {
    const token = await worker.use('secrets', `secret ${name}`, worker.about, () => world.tokenOf(name));
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

function telemetryOf(world: World, worker: Worker): DeliverPorts['telemetry'] {
  return {
    log: (_level, message, fields) => {
      if (message !== 'not handled') return;
      const error = String(fields.error);
      if (!error.includes('cannot be reached')) world.witness.unhandled(String(fields.deliveryId), error);
      world.note?.(String(fields.deliveryId), worker.name, `cannot handle it: ${error}`);
    },
    count: () => {},
    milliseconds: () => {},
  };
}

function describe(row: DeliveryRow): string {
  const { state, cycle, attempts, errorClass, code, openStep, ambiguousSince, ambiguousStep, reason } = row;
  const doubt = [openStep && `open ${openStep}`, ambiguousSince && `ambiguous ${ambiguousStep ?? '(nameless)'}`];
  const parts = [errorClass && `${errorClass} ${code}`, reason, ...doubt].filter(Boolean);
  return `${state}, cycle ${cycle}, attempts ${attempts}${parts.length > 0 ? ` (${parts.join('; ')})` : ''}`;
}
