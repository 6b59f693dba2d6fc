/**
 * `npm run fuzz -- --cases 20000 [--seed 7] [--only sqs]` fuzzes the services of the laptop; one case again: `--case 123`
 * with its seed and service. `npm run fuzz -- ingest …` fuzzes the door: ingest/main.ts.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';

if (process.argv[2] === 'ingest') {
  const { fuzzIngestBy } = await import('./ingest/main.ts');
  process.exit(await fuzzIngestBy(process.argv.slice(3)));
}

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: 'string' },
    case: { type: 'string' },
  },
});
const seed = Number(values.seed);
console.log(`seed ${seed}`);
const { cases, durationMs, failures } = await fuzz({
  seed,
  cases: values.case === undefined ? Number(values.cases) : 1,
  first: Number(values.case ?? 0),
  ...(values.only !== undefined && { only: values.only }),
});
for (const { what, again, command } of failures) console.log(`\n${what}\n  ${again}\n  ${command}`);
const perSecond = Math.round(cases / (durationMs / 1_000));
console.log(`\n${cases} cases, ${failures.length} failed, ${perSecond} cases a second`);
process.exitCode = failures.length === 0 ? 0 : 1;
