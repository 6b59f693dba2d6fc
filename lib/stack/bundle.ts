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
    plugins: [entryPlugin(root, entries), systemsPlugin(root, entries)],
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
 * Gives each importer a `systems.ts` that holds only the systems it names, so that a function's asset holds only their
 * connectors. Splitting goes by the imports of whole files: one `systems.ts` for all would share every connector with all.
 */
function systemsPlugin(root: string, entries: ReadonlyMap<string, string>): Plugin {
  const systems = join(root, SYSTEMS);
  return {
    name: 'systems',
    setup(context) {
      context.onResolve({ filter: /systems\.ts$/ }, ({ path, resolveDir, importer, namespace }) => {
        if (join(resolveDir, path) !== systems) return undefined;
        const text = namespace === 'entry' ? entries.get(importer)! : readFileSync(importer, 'utf8');
        return { path: systems, suffix: `?${namesImported(text)}`, sideEffects: false };
      });
      context.onLoad({ filter: /systems\.ts$/ }, async ({ path, suffix }) => ({
        contents: await narrowed(path, suffix.slice(1)),
        resolveDir: dirname(path),
      }));
    },
  };
}

/** `a, b as c` of `import { a, b as c } from './systems.ts'`, without the `as`. */
function namesImported(text: string): string {
  const [, list = ''] = /import\s*\{([^}]*)\}\s*from\s*['"][^'"]*systems\.ts['"]/.exec(text) ?? [];
  const names = list.split(',').map((name) => name.trim().split(/\s+as\s+/)[0] ?? '');
  return names
    .filter((name) => name !== '')
    .sort()
    .join(',');
}

/** The file with these exports alone, and the imports that they need. */
async function narrowed(path: string, names: string): Promise<string> {
  const text = readFileSync(path, 'utf8').replace(/^(export const \w+(?:: [^=]+)? = )/gm, '$1/* @__PURE__ */ ');
  const external: Plugin = {
    name: 'external',
    setup(context) {
      context.onResolve({ filter: /.*/ }, ({ path: imported, kind }) =>
        kind === 'entry-point' || imported === SELF
          ? undefined
          : { path: imported, external: true, sideEffects: false },
      );
      context.onResolve({ filter: new RegExp(`^${SELF}$`) }, () => ({ path: SELF, namespace: 'self' }));
      context.onLoad({ filter: /.*/, namespace: 'self' }, () => ({ contents: text, loader: 'ts' }));
    },
  };
  const result = await build({
    stdin: { contents: `export { ${names} } from '${SELF}';`, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    plugins: [external],
  });
  return result.outputFiles[0]!.text;
}

const SELF = 'systems:self';

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
