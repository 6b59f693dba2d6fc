/** Many seeds, shared out among the cores. */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Outcome, simulate } from './world.ts';

export type Lot = { readonly from: number; readonly seeds: number };

export type Summary = {
  seeds: number;
  from: number;
  deliveries: number;
  faults: Record<string, number>;
  checks: Record<string, number>;
  seconds: number;
  deliveriesPerSecond: number;
};

/** What became of a lot: its figures, and the first seed that violated something. */
export type Result = { summary: Summary; violation: { seed: number; invariant: string } | undefined };

/** `lowest`: how far down the list the first violation is, as known to all; what comes after it need not run. */
type Share = Lot & { readonly first: number; readonly stride: number; readonly lowest: Int32Array<SharedArrayBuffer> };
type Tally = Pick<Summary, 'seeds' | 'deliveries' | 'faults' | 'checks'>;

/** Seeds are consecutive up to this one, and then begin again. */
export const LAST_SEED = 2 ** 31;

export async function runLot(lot: Lot, threads = availableParallelism()): Promise<Result> {
  const startedAt = performance.now();
  const stride = Math.min(threads, lot.seeds);
  const lowest = new Int32Array(new SharedArrayBuffer(4)).fill(lot.seeds);
  const shares = Array.from({ length: stride }, (_, first) => ({ ...lot, first, stride, lowest }));
  const results = await Promise.all(shares.length === 1 ? [runShare(shares[0]!)] : shares.map(inThread));
  const seconds = (performance.now() - startedAt) / 1_000;
  const tally = results.map(({ tally }) => tally).reduce(add);
  const violations = results.flatMap(({ violation }) => violation ?? []).sort((one, other) => one.seed - other.seed);
  const deliveriesPerSecond = Math.round(tally.deliveries / seconds);
  const summary = { ...tally, from: lot.from, seconds: Math.round(seconds * 100) / 100, deliveriesPerSecond };
  return { summary, violation: violations[0] };
}

type ShareResult = { tally: Tally; violation: Result['violation'] };

async function runShare({ from, first, stride, lowest }: Share): Promise<ShareResult> {
  // Core throws at every failed call, and nobody reads the stacks.
  Error.stackTraceLimit = 0;
  let tally: Tally = { seeds: 0, deliveries: 0, faults: {}, checks: {} };
  for (let index = first; index < Atomics.load(lowest, 0); index += stride) {
    const outcome = await simulate((from + index) % (LAST_SEED + 1));
    tally = add(tally, { ...outcome, seeds: 1 });
    const { violation, seed } = outcome;
    if (!violation) continue;
    if (index < Atomics.load(lowest, 0)) Atomics.store(lowest, 0, index);
    return { tally, violation: { seed, invariant: violation.invariant } };
  }
  return { tally, violation: undefined };
}

function inThread(share: Share): Promise<ShareResult> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(fileURLToPath(import.meta.url), { workerData: share });
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

const add = (one: Tally, other: Pick<Outcome, 'deliveries' | 'faults' | 'checks'> & { seeds: number }): Tally => ({
  seeds: one.seeds + other.seeds,
  deliveries: one.deliveries + other.deliveries,
  faults: addCounts(one.faults, other.faults),
  checks: addCounts(one.checks, other.checks),
});

function addCounts(sum: Record<string, number>, more: Record<string, number>): Record<string, number> {
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

if (!isMainThread && parentPort && workerData?.stride) parentPort.postMessage(await runShare(workerData as Share));
