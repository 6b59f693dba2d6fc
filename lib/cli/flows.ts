import type { Command } from 'commander';
import { definitionsOf } from './common.ts';
import { say, sayJson, sayTable } from './output.ts';

export function addFlows(program: Command): void {
  program
    .command('flows')
    .description('what moves where')
    .option('--json', 'a line of JSON for each flow')
    .action(async (options: { json?: boolean }) => {
      const { flows } = await definitionsOf();
      const rows = flows.map(({ name, file, flow }) => ({
        flow: name,
        sources: flow.sources.map((source) => source.name),
        types: flow.types,
        operations: flow.operations.map(({ target, operation }) => `${target.name}.${operation}`),
        owner: flow.owner,
        purpose: flow.purpose,
        file,
      }));
      if (options.json) return rows.forEach(sayJson);
      for (const row of rows) {
        say(`${row.flow}  (${row.file}, ${row.owner})`);
        say(`  ${row.purpose}`);
        say(
          `  ${row.sources.join(', ')}: ${row.types === 'any' ? 'every type' : row.types.join(', ')} → ${row.operations.join(', ')}`,
        );
      }
      if (rows.length === 0) sayTable(['no flows'], []);
    });
}
