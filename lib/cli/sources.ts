import type { Command } from 'commander';
import { webhookPath } from '../../functions/core/names.ts';
import { definitionsOf } from './common.ts';
import { sayJson, sayTable } from './output.ts';

export function addSources(program: Command): void {
  program
    .command('sources')
    .description('who may call us, and what can be sent as a sample')
    .option('--json', 'a line of JSON for each source')
    .action(async (options: { json?: boolean }) => {
      const { sources } = await definitionsOf();
      const rows = sources.map(({ source: { name, definition } }) => ({
        source: name,
        kind: definition.kind,
        path: webhookPath(name),
        samples: Object.keys(definition.types),
      }));
      if (options.json) return rows.forEach(sayJson);
      sayTable(
        ['source', 'kind', 'path', 'samples'],
        rows.map((row) => [row.source, row.kind, row.path, row.samples.join(', ')]),
      );
    });
}
