/** Holds an endpoint against what AWS's pages promise. `npm run conformance -- --help` lists the options. */
import { writeFileSync } from 'node:fs';
import type { Case } from './case.ts';
import { cases } from './cases/index.ts';
import { conformanceDocs, docsFile } from './docs.ts';
import { inLanes } from './lanes.ts';
import { type Options, readOptions, UsageError, usage } from './options.ts';
import { startOwnServices } from './own-services.ts';
import { probe } from './probe.ts';
import { type Report, reporter } from './report.ts';
import { type Outcome, openSuite, type Suite } from './suite.ts';

const maxAtOnce = 8;

async function main(args: string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const options = readOptions(args, process.env.AWS_REGION);
  if (options.writeDocs) {
    writeFileSync(docsFile, conformanceDocs(cases));
    return 0;
  }
  const own = options.target ? undefined : await startOwnServices();
  const target = own?.target ?? (await probe(options.target!));
  const suite = openSuite(target);
  const report = reporter(options.json);
  try {
    if (target.endpoint === undefined) report.note(announce(suite.prefix, target.region));
    await runAll(suite, options, report);
  } finally {
    for (const left of await suite.close()) report.leftOver(left);
    await own?.close();
  }
  return report.end() ? 0 : 1;
}

const announce = (prefix: string, region: string) =>
  `Creates queues, on-demand tables, buckets and secrets in ${region} of your AWS account, all named ${prefix}-…, ` +
  'and removes them afterwards. Without --costly that is some cents.';

/** Eight cases at once; their lines come in the order of the list. */
async function runAll(suite: Suite, options: Options, report: Report): Promise<void> {
  const chosen = cases.filter(({ service }) => options.only.includes(service));
  const running = inLanes(chosen, maxAtOnce, (one) => measure(() => runOne(suite, one, options)));
  for (const [index, one] of chosen.entries()) {
    const { outcome, ms } = await running[index]!;
    report.line(one, outcome, ms);
  }
}

async function runOne(suite: Suite, one: Case, options: Options): Promise<Outcome> {
  if (one.slow && !options.slow) return { kind: 'skipped', why: 'slow; runs with --slow' };
  if (one.costly && !options.costly) return { kind: 'skipped', why: 'costly; runs with --costly' };
  return suite.run(one);
}

async function measure(run: () => Promise<Outcome>) {
  const start = performance.now();
  const outcome = await run();
  return { outcome, ms: performance.now() - start };
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(`conformance: ${isUsage ? `${error.message}; see --help` : (error as Error).stack}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
