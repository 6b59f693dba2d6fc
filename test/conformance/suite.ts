/** Runs cases against a target, and removes what they create. */
import { randomInt } from 'node:crypto';
import type { Case, Tools } from './case.ts';
import { createExpect, isRefusal } from './expect.ts';
import { createBucket } from './resources/buckets.ts';
import { createFunctions } from './resources/functions.ts';
import { createQueues } from './resources/queues.ts';
import { createTable, indexedTable, plainTable } from './resources/tables.ts';
import { Skipped } from './skipped.ts';
import { createClients, destroyClients, type Target } from './target.ts';

export type Outcome =
  | { kind: 'ok' }
  | { kind: 'skipped'; why: string }
  | { kind: 'failed'; why: string }
  /** The case did what it should; something it created is still there. */
  | { kind: 'left over'; why: string };

export type Suite = {
  /** What every name of this run begins with. */
  prefix: string;
  run(one: Case): Promise<Outcome>;
  /** Removes what the cases shared. @returns What could not be removed. */
  close(): Promise<string[]>;
};

const caseTimeoutMs = { fast: 120_000, slow: 300_000 };

export function openSuite(target: Target): Suite {
  const clients = createClients(target);
  const prefix = `syncline-conformance-${Date.now().toString(36)}${randomInt(36 ** 4).toString(36)}`;
  let count = 0;
  const unique = (name: string) => {
    count += 1;
    return `${prefix}-${count}-${name}`;
  };
  const shared = createRemovals();
  const once = <Value>(make: () => Promise<Value>) => {
    let made: Promise<Value> | undefined;
    return () => (made ??= make());
  };
  const sharing = { ...clients, afterwards: shared.add };
  const common = {
    ...{ ...clients, unique, expect: createExpect(target.patienceMs) },
    table: once(() => createTable(sharing, unique('table'), indexedTable)),
    bucket: once(() => createBucket(sharing, unique('bucket'))),
    functions: createFunctions(target, clients.lambda),
  };
  const toolsOf = (afterwards: Tools['afterwards']): Tools => ({
    ...{ ...common, afterwards },
    queues: createQueues({ ...clients, ...target, unique, afterwards }),
    ownTable: () => createTable({ ...clients, afterwards }, unique('table'), plainTable),
  });
  return {
    prefix,
    run: (one) => runCase(one, target, toolsOf),
    async close() {
      const left = await shared.removeAll();
      destroyClients(clients);
      return left;
    },
  };
}

async function runCase(
  one: Case,
  target: Target,
  toolsOf: (afterwards: Tools['afterwards']) => Tools,
): Promise<Outcome> {
  if (target.isOurs && one.differsInSyncline) return { kind: 'skipped', why: one.differsInSyncline };
  const removals = createRemovals();
  const outcome = await attempt(one, toolsOf(removals.add));
  const left = await removals.removeAll();
  if (outcome.kind === 'ok' && target.isOurs && one.refusedBySyncline)
    return { kind: 'failed', why: 'it is marked refusedBySyncline, but it works' };
  return outcome.kind === 'ok' && left.length > 0 ? { kind: 'left over', why: left.join('; ') } : outcome;
}

async function attempt(one: Case, tools: Tools): Promise<Outcome> {
  const timeoutMs = one.slow ? caseTimeoutMs.slow : caseTimeoutMs.fast;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end in ${timeoutMs / 1000} seconds`)), timeoutMs);
  });
  try {
    await Promise.race([one.run(tools), timeout]);
    return { kind: 'ok' };
  } catch (error) {
    if (error instanceof Skipped) return { kind: 'skipped', why: error.message };
    if (one.refusedBySyncline && isRefusal(error)) return { kind: 'skipped', why: one.refusedBySyncline };
    return { kind: 'failed', why: `${(error as Error).name}: ${(error as Error).message}` };
  } finally {
    clearTimeout(timer);
  }
}

const gone = ['QueueDoesNotExist', 'ResourceNotFoundException', 'NoSuchBucket'];

/** What is to be removed, the last first. */
function createRemovals() {
  const removals: (() => Promise<unknown>)[] = [];
  return {
    add: (remove: () => Promise<unknown>) => void removals.push(remove),
    async removeAll(): Promise<string[]> {
      const left: string[] = [];
      for (const remove of removals.splice(0).reverse()) {
        await remove().catch(
          (error: Error) => gone.includes(error.name) || left.push(`${error.name}: ${error.message}`),
        );
      }
      return left;
    },
  };
}
