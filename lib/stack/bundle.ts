import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { context, type Metafile, type OutputFile, type Plugin } from 'esbuild';
import type { Definitions } from '../definitions.ts';
import { type BundlePlan, planBundles } from './bundle-plan.ts';
import { systemsPlugin } from './systems-plugin.ts';

/** The folder of each function's asset, by the function's key: `ingest-<source>`, `deliver-<flow>` and `guard`. */
export type Bundles = ReadonlyMap<string, string>;

/** A function's asset: its files by their paths in it. */
export type Asset = ReadonlyMap<string, Uint8Array>;

/** By the function's key. */
export type Assets = ReadonlyMap<string, Asset>;

/** Builds the functions again and again; from the second time on only what changed is read anew. */
export type Bundler = {
  /**
   * Each function's asset, without the data that it reads.
   *
   * @throws esbuild's BuildFailure, with file and line of each error.
   */
  build(): Promise<Assets>;
  close(): Promise<void>;
};

/** esbuild's ESM output cannot `require`; a few packages of the SDK still do. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";
/** Where output would lie if it were written: what is built must not depend on where it goes. */
const OUT_FOLDER = '.bundle';

/**
 * Builds every function once.
 *
 * @param root The project's folder.
 * @param outFolder Emptied first; holds one folder a function afterwards.
 */
export async function bundleFunctions(root: string, definitions: Definitions, outFolder: string): Promise<Bundles> {
  rmSync(outFolder, { recursive: true, force: true });
  const { entries, data } = planBundles(definitions);
  const bundler = await openBundler(root, entries);
  try {
    const assets = withData(await bundler.build(), data);
    return new Map([...assets].map(([key, asset]) => [key, writeAsset(asset, join(outFolder, key))]));
  } finally {
    await bundler.close();
  }
}

/** The assets with the data of those that have some, as a file that they read when they start. */
export function withData(assets: Assets, data: BundlePlan['data']): Assets {
  const added = Object.entries(data).map(([key, { file, text }]): [string, Asset] => [
    key,
    new Map([...(assets.get(key) ?? []), [file, Buffer.from(text)]]),
  ]);
  return new Map([...assets, ...added]);
}

/** @returns The folder. */
export function writeAsset(asset: Asset, folder: string): string {
  for (const [path, contents] of asset) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
  return folder;
}

/**
 * Builds all functions in one esbuild run with code splitting. Each function's asset is its entry and the chunks that it
 * uses, so that a deploy touches what changed. Identifiers are kept: a stack trace stays readable.
 */
export async function openBundler(root: string, entries: BundlePlan['entries']): Promise<Bundler> {
  const keys = Object.keys(entries);
  const built = await context({
    absWorkingDir: root,
    entryPoints: keys.map((key) => ({ in: `entry:${key}`, out: key })),
    outdir: join(root, OUT_FOLDER),
    write: false,
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
  return {
    async build() {
      const { outputFiles, metafile } = await built.rebuild();
      const files = new Map(outputFiles.map((file) => [relative(root, file.path), file]));
      return new Map(keys.map((key) => [key, collect(key, files, metafile)]));
    },
    close: () => built.dispose(),
  };
}

function entryPlugin(root: string, entries: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'entries',
    setup(plugged) {
      plugged.onResolve({ filter: /^entry:/ }, ({ path }) => ({
        path: path.slice('entry:'.length),
        namespace: 'entry',
      }));
      plugged.onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
        contents: entries[path]!,
        resolveDir: root,
        loader: 'ts',
      }));
    },
  };
}

/** An entry and, transitively, the chunks that it imports. */
function collect(key: string, files: ReadonlyMap<string, OutputFile>, { outputs }: Metafile): Asset {
  const entry = join(OUT_FOLDER, `${key}.mjs`);
  const outputsOf = new Set([entry]);
  for (const output of outputsOf) {
    for (const { path, external } of outputs[output]?.imports ?? []) if (!external) outputsOf.add(path);
  }
  return new Map(
    [...outputsOf].map((output) => [
      output === entry ? 'index.mjs' : relative(OUT_FOLDER, output),
      files.get(output)!.contents,
    ]),
  );
}
