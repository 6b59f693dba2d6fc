import type { Command } from 'commander';
import { definitionsOf } from './common.ts';
import { sayJson, sayTable } from './output.ts';

export function addTargets(program: Command): void {
  program
    .command('targets')
    .description('where we write, and how each operation may be repeated')
    .option('--json', 'a line of JSON for each target')
    .action(async (options: { json?: boolean }) => {
      const { targets } = await definitionsOf();
      const rows = targets.map(({ target: { name, definition } }) => ({
        target: name,
        kind: definition.kind,
        operations: Object.fromEntries(
          Object.entries(definition.operations).map(([operation, { repeatable }]) => [operation, repeatable.by]),
        ),
      }));
      if (options.json) return rows.forEach(sayJson);
      const list = (operations: Record<string, string>) =>
        Object.entries(operations)
          .map(([operation, by]) => `${operation} (${by})`)
          .join(', ');
      sayTable(
        ['target', 'kind', 'operations and how they may be repeated'],
        rows.map((row) => [row.target, row.kind, list(row.operations)]),
      );
    });
}
