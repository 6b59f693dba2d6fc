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

/** A lot as all threads share it: each takes the next seed that nobody has taken. */
type Share = Lot & { readonly progress: Int32Array<SharedArrayBuffer> };
type Tally = Pick<Summary, 'seeds' | 'deliveries' | 'faults' | 'checks'>;

/** Of `progress`: how many seeds are taken … */
const TAKEN = 0;
/** … and how far down the list the first violation is; what comes after it need not run. */
const LOWEST = 1;

/** Seeds are consecutive up to this one, and then begin again. */
export const LAST_SEED = 2 ** 31;

export async function runLot(lot: Lot, threads = availableParallelism()): Promise<Result> {
  const startedAt = performance.now();
  const progress = new Int32Array(new SharedArrayBuffer(8));
  progress[LOWEST] = lot.seeds;
  const share = { ...lot, progress };
  const count = Math.min(threads, lot.seeds);
  const results = await Promise.all(
    count === 1 ? [runShare(share)] : Array.from({ length: count }, () => inThread(share)),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const { faults, checks, ...tally } = results.map(({ tally }) => tally).reduce(add);
  const violations = results.flatMap(({ violation }) => violation ?? []).sort((one, other) => one.seed - other.seed);
  const deliveriesPerSecond = Math.round(tally.deliveries / seconds);
  const summary = {
    ...{ ...tally, faults: inOrder(faults), checks: inOrder(checks) },
    ...{ from: lot.from, seconds: Math.round(seconds * 100) / 100, deliveriesPerSecond },
  };
  return { summary, violation: violations[0] };
}

type ShareResult = { tally: Tally; violation: Result['violation'] };

async function runShare({ from, progress }: Share): Promise<ShareResult> {
  // Core throws at every failed call, and nobody reads the stacks.
  Error.stackTraceLimit = 0;
  let tally: Tally = { seeds: 0, deliveries: 0, faults: {}, checks: {} };
  for (;;) {
    const index = Atomics.add(progress, TAKEN, 1);
    if (index >= Atomics.load(progress, LOWEST)) return { tally, violation: undefined };
    const outcome = await simulate((from + index) % (LAST_SEED + 1));
    tally = add(tally, { ...outcome, seeds: 1 });
    const { violation, seed } = outcome;
    if (!violation) continue;
    if (index < Atomics.load(progress, LOWEST)) Atomics.store(progress, LOWEST, index);
    return { tally, violation: { seed, invariant: violation.invariant } };
  }
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

/** By name, so that two summaries can be compared. */
const inOrder = (counts: Readonly<Record<string, number>>) => Object.fromEntries(Object.entries(counts).sort());

if (!isMainThread && parentPort && workerData?.progress) parentPort.postMessage(await runShare(workerData as Share));
