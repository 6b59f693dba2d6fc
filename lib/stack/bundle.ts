import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import type { Definitions } from '../definitions.ts';
import { routesOf } from '../definitions.ts';

/** The folder of each function's asset, by the function's key: `ingest-<source>` and `deliver-<flow>`. */
export type Bundles = ReadonlyMap<string, string>;

const SYSTEMS = 'functions/flows/systems.ts';
/** esbuild's ESM output cannot `require`; a few packages of the SDK still do. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/**
 * Builds every function in one esbuild run with code splitting. Each function's asset is its entry and the chunks that it
 * uses, so that a deploy touches what changed. Identifiers are kept: a stack trace stays readable.
 *
 * @param root The project's folder.
 * @param outFolder Emptied first; holds one folder a function afterwards.
 */
export async function bundleFunctions(root: string, definitions: Definitions, outFolder: string): Promise<Bundles> {
  rmSync(outFolder, { recursive: true, force: true });
  const entries = entriesOf(definitions);
  const built = join(outFolder, '.build');
  const result = await build({
    absWorkingDir: root,
    entryPoints: [...entries.keys()].map((key) => ({ in: `entry:${key}`, out: key })),
    outdir: built,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    banner: { js: REQUIRE_BANNER },
    metafile: true,
    logLevel: 'silent',
    plugins: [entryPlugin(root, entries), systemsPlugin(root)],
  });
  const bundles = new Map<string, string>();
  for (const key of entries.keys()) bundles.set(key, collect(root, built, outFolder, key, result.metafile));
  for (const { source } of definitions.sources) {
    const routes = JSON.stringify(routesOf(source, definitions.flows));
    writeFileSync(join(bundles.get(`ingest-${source.name}`)!, 'routes.json'), routes);
  }
  rmSync(built, { recursive: true });
  return bundles;
}

/** The few lines that join a function's code to the one source or flow it serves. */
function entriesOf({ sources, flows }: Definitions): Map<string, string> {
  const ingest = sources.map(({ exportName, source }): [string, string] => [
    `ingest-${source.name}`,
    `import { readFileSync } from 'node:fs';
       import { ingestHandler } from './functions/ingest.ts';
       import { ${exportName} } from './${SYSTEMS}';
       const routes = JSON.parse(readFileSync(new URL('routes.json', import.meta.url), 'utf8'));
       export const handler = ingestHandler(${exportName}, routes);`,
  ]);
  const deliver = flows.map(({ name, file }): [string, string] => [
    `deliver-${name}`,
    `import { deliverHandler } from './functions/deliver.ts';
       import flow from './${file}';
       export const handler = deliverHandler(flow, '${name}');`,
  ]);
  return new Map([...ingest, ...deliver]);
}

function entryPlugin(root: string, entries: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'entries',
    setup(context) {
      context.onResolve({ filter: /^entry:/ }, ({ path }) => ({
        path: path.slice('entry:'.length),
        namespace: 'entry',
      }));
      context.onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
        contents: entries.get(path)!,
        resolveDir: root,
        loader: 'ts',
      }));
    },
  };
}

/**
 * Gives each importer a `systems.ts` of its own whose configurations are marked pure: what an entry does not name falls
 * away with the connectors behind it, instead of being shared by all through one chunk.
 */
function systemsPlugin(root: string): Plugin {
  const systems = join(root, SYSTEMS);
  return {
    name: 'systems',
    setup(context) {
      context.onResolve({ filter: /systems\.ts$/ }, ({ path, resolveDir, importer }) =>
        join(resolveDir, path) === systems
          ? { path: systems, suffix: `?for=${relative(root, importer)}`, sideEffects: false }
          : undefined,
      );
      context.onLoad({ filter: /systems\.ts$/ }, ({ path }) => {
        const contents = readFileSync(path, 'utf8').replace(
          /^(export const \w+(?:: [^=]+)? = )/gm,
          '$1/* @__PURE__ */ ',
        );
        return { contents, loader: 'ts', resolveDir: dirname(path) };
      });
    },
  };
}

/** Copies an entry and, transitively, the chunks that it imports. */
function collect(root: string, built: string, outFolder: string, key: string, { outputs }: Metafile): string {
  const folder = join(outFolder, key);
  const entry = relative(root, join(built, `${key}.mjs`));
  const pending = [entry];
  const seen = new Set(pending);
  for (let output = pending.pop(); output !== undefined; output = pending.pop()) {
    const from = join(root, output);
    const to = output === entry ? join(folder, 'index.mjs') : join(folder, relative(built, from));
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to);
    for (const { path, external } of outputs[output]?.imports ?? []) {
      if (external || seen.has(path)) continue;
      seen.add(path);
      pending.push(path);
    }
  }
  return folder;
}
