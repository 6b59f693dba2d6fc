import { type Definitions, routesOf } from '../definitions.ts';

/** What is bundled, as plain data: by the function's key, `ingest-<source>` or `deliver-<flow>`. */
export type BundlePlan = {
  /** The few lines that join a function's code to the one source or flow it serves. */
  readonly entries: Readonly<Record<string, string>>;
  /** Text of `routes.json`, for functions that have one. */
  readonly routes: Readonly<Record<string, string>>;
};

export const SYSTEMS = 'functions/flows/systems.ts';

/** The functions of these definitions. */
export function planBundles({ sources, flows }: Definitions): BundlePlan {
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
  const routes = sources.map(({ source }) => [`ingest-${source.name}`, JSON.stringify(routesOf(source, flows))]);
  return { entries: Object.fromEntries([...ingest, ...deliver]), routes: Object.fromEntries(routes) };
}
