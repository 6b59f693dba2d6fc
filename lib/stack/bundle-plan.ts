import type { GuardPlan } from '../../functions/core/guard.ts';
import { type Definitions, heldFlows, routesOf, spools } from '../definitions.ts';

/** What is bundled, as plain data: by the function's key, `ingest-<source>`, `deliver-<flow>` or `guard`. */
export type BundlePlan = {
  /** The few lines that join a function's code to the one source or flow it serves. */
  readonly entries: Readonly<Record<string, string>>;
  /** What functions read when they start, of those that read something: `routes.json` or `guard.json`. */
  readonly data: Readonly<Record<string, DataFile>>;
};
export type DataFile = { readonly file: string; readonly text: string };

export const SYSTEMS = 'functions/flows/systems.ts';

/** The functions of these definitions. */
export function planBundles({ sources, flows, targets }: Definitions): BundlePlan {
  const ingest = sources.map(({ exportName, source }) => [
    `ingest-${source.name}`,
    `import { readFileSync } from 'node:fs';
       import { ingestHandler } from './functions/ingest.ts';
       import { ${exportName} } from './${SYSTEMS}';
       const routes = JSON.parse(readFileSync(new URL('routes.json', import.meta.url), 'utf8'));
       export const handler = ingestHandler(${exportName}, routes);`,
  ]);
  const deliver = flows.map(({ name, file }) => [
    `deliver-${name}`,
    `import { deliverHandler } from './functions/deliver.ts';
       import flow from './${file}';
       export const handler = deliverHandler(flow, '${name}');`,
  ]);
  const guard = `import { readFileSync } from 'node:fs';
       import { guardHandler } from './functions/guard.ts';
       const plan = JSON.parse(readFileSync(new URL('guard.json', import.meta.url), 'utf8'));
       export const handler = guardHandler(plan);`;
  const routes = sources.map(({ source }): [string, DataFile] => [
    `ingest-${source.name}`,
    { file: 'routes.json', text: JSON.stringify(routesOf(source, flows)) },
  ]);
  return {
    entries: { ...Object.fromEntries([...ingest, ...deliver]), guard },
    data: {
      ...Object.fromEntries(routes),
      guard: { file: 'guard.json', text: JSON.stringify(guardPlan({ sources, flows, targets })) },
    },
  };
}

/** Function names are not in it: they follow from the stage, which a bundle does not know. */
const guardPlan = ({ sources, flows, targets }: Definitions): GuardPlan => ({
  flows: heldFlows(flows),
  probed: targets.flatMap(({ target }) => (target.definition.probe ? [target.name] : [])),
  spools: spools(sources),
});
