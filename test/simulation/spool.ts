/**
 * The spool of a seed's world: objects in the bucket that hold what SQS did not take of senders that never retry, and the
 * guard's errand to send it on. Whatever leaves the spool must be in its queue, and a run that leaves something must say so.
 */
import type { Envelope } from '../../functions/core/envelope.ts';
import type { Errand } from '../../functions/core/guard.ts';
import type { Spool } from '../../functions/core/ports.ts';
import { publishSpooled } from '../../functions/core/spool.ts';
import { openGate } from '../memory/gate.ts';
import { SECOND } from './plan.ts';
import type { Worker } from './worker.ts';
import { portsOf } from './worker-ports.ts';
import type { World } from './world.ts';

/** Of its traces. */
const ABOUT = 'spool';
/** Nothing is begun so shortly before the guard's end. */
const LAST_START_MS = 8 * SECOND;
const PAGE = 2;

/** The port, as one invocation uses it. */
export function spoolOf(world: World, worker: Worker): Spool {
  const { spooled, witness } = world;
  return {
    async put(key, object, deadline) {
      const stored = worker.use('bucket', 'spool', ABOUT, () => {
        world.note?.(ABOUT, worker.name, `spools ${key}`);
        world.count('spooled');
        const before = spooled.get(key);
        spooled.set(key, object);
        if (before) witness.unspooled(without(messagesIn(before), messagesIn(object)));
        world.guard.wake();
      });
      // What comes to the bucket after that may be there all the same.
      const late = worker.sleep(deadline - worker.now()).then(() => Promise.reject(new Error('it took too long')));
      await Promise.race([stored, late]);
    },
    list: (after = '') =>
      worker.use('bucket', 'list the spool', ABOUT, () => {
        const keys = [...spooled.keys()].filter((key) => key > after);
        return keys.sort().slice(0, PAGE);
      }),
    get: (key) => worker.use('bucket', 'get what is spooled', ABOUT, () => spooled.get(key)),
    remove: (key) =>
      worker.use('bucket', 'empty the spool', ABOUT, () => {
        const object = spooled.get(key);
        spooled.delete(key);
        world.note?.(ABOUT, worker.name, `removes ${key}`);
        if (object) witness.unspooled(messagesIn(object));
      }),
  };
}

/** What `functions/guard.ts` has the guard do besides. */
export function spoolErrand(world: World, worker: Worker): Errand {
  const { spooled, witness } = world;
  return {
    what: 'publishing what is spooled',
    async run() {
      const { queues, clock, telemetry } = portsOf(world, worker, 'guard', openGate);
      const deadline = Math.floor(worker.now() + (worker.endsAt - world.scheduler.now));
      const before = [...spooled.keys()];
      const ports = { queues, clock, telemetry, spool: spoolOf(world, worker) };
      const { published, failed, unreadable } = await publishSpooled(ports, deadline);
      if (published > 0) world.count('spool published');
      if (failed + unreadable > 0) throw new Error(`${failed} objects failed, ${unreadable} cannot be read`);
      const left = before.filter((key) => spooled.has(key));
      witness.saysNothingIsSpooled(left, clock.now() > deadline - LAST_START_MS);
    },
  };
}

/** The messages in all objects. */
export const inSpool = (spooled: ReadonlyMap<string, Buffer>): Envelope[] => [...spooled.values()].flatMap(messagesIn);

/** What an object holds, read without core's help. */
function messagesIn(object: Buffer): Envelope[] {
  const { messages } = JSON.parse(object.toString()) as { messages: Record<string, string[]> };
  return Object.values(messages).flatMap((bodies) => bodies.map((body) => JSON.parse(body) as Envelope));
}

const without = (all: readonly Envelope[], some: readonly Envelope[]) =>
  all.filter(({ flow, acceptId }) => !some.some((other) => other.flow === flow && other.acceptId === acceptId));
