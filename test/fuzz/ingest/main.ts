import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Vector } from '../../../lib/ops/vectors/vector.ts';
import selection from '../../fixtures/source-vectors.json' with { type: 'json' };
import type { IngestReport } from './ingest.ts';

const MAX_SHOWN = 20;
const KIND_SEPARATOR = '; ';

/**
 * `npm run fuzz -- ingest [--count 100000] [--seed 7] [--vectors file.json]`; one case again: `--case 123` with its seed.
 *
 * Prints each failure with the vector, the mutations and the command that repeats it; the last line is the summary.
 *
 * @returns The exit code.
 */
export async function fuzzIngestBy(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      count: { type: 'string', default: '100000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      vectors: { type: 'string' },
      case: { type: 'string' },
    },
  });
  const vectors: readonly Vector[] = values.vectors ? JSON.parse(readFileSync(values.vectors, 'utf8')) : selection;
  const seed = Number(values.seed);
  const one = values.case === undefined ? undefined : Number(values.case);
  const lanes = one === undefined ? availableParallelism() : 1;
  const cases = one === undefined ? Number(values.count) : one + 1;
  const startedAt = performance.now();
  const reports = await Promise.all(
    Array.from({ length: lanes }, (_, lane) => runLane({ vectors, cases, seed, first: one ?? lane, every: lanes })),
  );
  const failures = reports.flatMap((report) => report.failures);
  const vectorsArgument = values.vectors ? ` --vectors ${values.vectors}` : '';
  for (const { what, again } of failures.slice(0, MAX_SHOWN)) console.log(`${what}\n  ${again}${vectorsArgument}\n`);
  const count = reports.reduce((sum, report) => sum + report.cases, 0);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const head = `${count} mutations of ${vectors.length} vectors, seed ${seed}: ${failures.length} failed, ${seconds} s`;
  console.log([head, ...countsOf(reports)].join(KIND_SEPARATOR));
  return failures.length === 0 ? 0 : 1;
}

type Lane = { vectors: readonly Vector[]; cases: number; seed: number; first: number; every: number };

/** What nobody awaited in the lane ends it, and fails the run. */
function runLane(workerData: Lane): Promise<IngestReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
    worker.once('message', resolve).once('error', reject);
    worker.once('exit', (code) => reject(new Error(`[fuzz] a lane ended with ${code}`)));
  });
}

/** `body-flip 401=3120 200=2`, for each kind of mutation. */
function countsOf(reports: readonly IngestReport[]): string[] {
  const sums = new Map<string, Map<string, number>>();
  for (const [name, statuses] of reports.flatMap(({ outcomes }) => [...outcomes])) {
    const sum = sums.get(name) ?? new Map<string, number>();
    for (const [status, count] of statuses) sum.set(status, (sum.get(status) ?? 0) + count);
    sums.set(name, sum);
  }
  return [...sums].sort().map(([name, statuses]) => {
    const counts = [...statuses].sort().map(([status, count]) => `${status}=${count}`);
    return `${name} ${counts.join(' ')}`;
  });
}
