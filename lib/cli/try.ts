import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { dryRun } from '../ops/dry-run.ts';
import { definitionsOf, pick } from './common.ts';
import { say, sayJson } from './output.ts';

type Options = { file?: string; json?: boolean };

export function addTry(program: Command): void {
  program
    .command('try')
    .description('run a flow on a sample without calling anybody: what would be sent')
    .argument('<flow>', 'see "syncline flows"')
    .argument('[type]', 'event type of the sample')
    .option('--file <path>', 'use this payload instead of a sample')
    .option('--json', 'a line of JSON for each operation')
    .action(async (name: string, type: string | undefined, options: Options) => {
      const { flows } = await definitionsOf();
      const named = pick(flows, (flow) => flow.name, name, 'flow');
      const body = options.file === undefined ? undefined : readFileSync(options.file, 'utf8');
      const { source, type: tried, steps, skipped } = await dryRun(named, { type, body });
      if (options.json) return steps.forEach(sayJson);
      say(
        `${name} on ${source} ${tried}: ${skipped === undefined ? `${steps.length} operations` : `skipped, ${skipped}`}`,
      );
      for (const { step, operation, input, request, answer } of steps) {
        say(`  ${step}: ${operation}(${JSON.stringify(input)})`);
        if (request) say(`    ${request.method} ${request.path}  ${request.body?.toString() ?? ''}`);
        say(`    answers ${JSON.stringify(answer)}`);
      }
    });
}
