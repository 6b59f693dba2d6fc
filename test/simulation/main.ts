/**
 * `npm run simulate -- --seeds 1000 [--seed 7]`: runs consecutive seeds, from a random one when none is given.
 *
 * The first violation ends it: a trace of that delivery, the command that replays it, exit code 1. The last line of stdout
 * is a JSON summary. `--mutations` runs the simulation against deliberately broken copies of core instead.
 * The script leaves V8 one thread of its own (`--v8-pool-size=1`): more of them take up to a twentieth of the seeds’ time.
 */
import { parseArgs } from 'node:util';
import { LAST_SEED, type Result, runLot } from './lot.ts';
import { runMutations } from './mutations/run.ts';
import { type Outcome, simulate } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    mutations: { type: 'boolean', default: false },
    only: { type: 'string' },
    threads: { type: 'string' },
  },
});

if (values.mutations) {
  process.exitCode = (await runMutations(values.only)) ? 0 : 1;
} else {
  const seeds = wholeNumber('--seeds', values.seeds, 1, LAST_SEED);
  const random = Math.floor(Math.random() * LAST_SEED);
  const from = values.seed === undefined ? random : wholeNumber('--seed', values.seed, 0, LAST_SEED);
  console.log(`seeds ${from} to ${from + seeds - 1}`);
  const threads = values.threads === undefined ? undefined : wholeNumber('--threads', values.threads, 1, 64);
  const { summary, violation } = await runLot({ from, seeds }, threads);
  if (violation) await explain(violation);
  console.log(JSON.stringify(summary));
  process.exitCode = violation ? 1 : 0;
}

/** Runs the seed once more, and writes down what happened to the delivery. */
async function explain({ seed }: NonNullable<Result['violation']>): Promise<void> {
  const outcome: Outcome = await simulate(seed, true);
  const { violation, trace } = outcome;
  if (!violation) throw new Error(`seed ${seed} does not repeat itself: something is not deterministic`);
  const lines = trace.filter(({ about }) => about === violation.deliveryId).map(({ text }) => `  ${text}`);
  console.log(`\nseed ${seed} violates "${violation.invariant}"\n\n${violation.deliveryId}`);
  console.log(`${lines.join('\n')}\n  => ${violation.text}\n`);
  console.log(`replay: npm run simulate -- --seeds 1 --seed ${seed}\n`);
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${option} is a whole number from ${min} to ${max}, not '${text}'`);
}
