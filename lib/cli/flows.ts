import type { Command } from 'commander';
import type { Park } from '../../functions/core/parks.ts';
import type { Definitions } from '../definitions.ts';
import { hubAt } from '../ops/hub-address.ts';
import { OperatorError } from '../ops/operator-error.ts';
import { listParks } from '../ops/parks.ts';
import { definitionsOf, type HubOptions, withHub } from './common.ts';
import { note, say, sayJson, sayTable } from './output.ts';
import { parkJson, parkLine } from './parks.ts';

export function addFlows(program: Command): void {
  withHub(program.command('flows'))
    .description('what moves where, and what is parked')
    .action(async (options: HubOptions) => {
      const { definitions, parks } = await look(options);
      const rows = definitions.flows.map(({ name, file, flow }) => ({
        flow: name,
        sources: flow.sources.map((source) => source.name),
        types: flow.types,
        operations: flow.operations.map(({ target, operation }) => `${target.name}.${operation}`),
        owner: flow.owner,
        purpose: flow.purpose,
        file,
        parks: parks?.get(name),
      }));
      if (options.json) {
        // Null: nobody knows, since no hub runs.
        for (const row of rows) sayJson({ ...row, parks: row.parks?.map(parkJson) ?? null });
        return;
      }
      for (const row of rows) {
        say(`${row.flow}  (${row.file}, ${row.owner})`);
        say(`  ${row.purpose}`);
        const types = row.types === 'any' ? 'every type' : row.types.join(', ');
        say(`  ${row.sources.join(', ')}: ${types} → ${row.operations.join(', ') || 'no target'}`);
        for (const park of row.parks ?? []) say(`  parked: ${parkLine(park)}`);
      }
      if (rows.length === 0) sayTable(['no flows'], []);
    });
}

type Look = { definitions: Definitions; parks: ReadonlyMap<string, Park[]> | undefined };

/** The flows are in the files; that no hub runs is no reason not to list them. */
async function look(options: HubOptions): Promise<Look> {
  try {
    const hub = hubAt(options);
    const definitions = await definitionsOf(hub.stage);
    return { definitions, parks: await listParks(hub, definitions) };
  } catch (error) {
    if (!(error instanceof OperatorError && error.code === 'no-hub')) throw error;
    note(`[syncline] ${error.message}: what is parked is not known`);
    return { definitions: await definitionsOf(), parks: undefined };
  }
}
