import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { SYSTEMS } from './bundle-plan.ts';

const SELF = 'systems:self';

/**
 * Gives each importer a `systems.ts` that holds only the systems it names, so that a function's asset holds only their
 * connectors. Splitting goes by the imports of whole files: one `systems.ts` for all would share every connector with all.
 */
export function systemsPlugin(root: string, entries: Readonly<Record<string, string>>): Plugin {
  const systems = join(root, SYSTEMS);
  const narrow = remembered(narrowed);
  return {
    name: 'systems',
    setup(context) {
      context.onResolve({ filter: /systems\.ts$/ }, ({ path, resolveDir, importer, namespace }) => {
        if (join(resolveDir, path) !== systems) return undefined;
        const text = namespace === 'entry' ? entries[importer]! : readFileSync(importer, 'utf8');
        return { path: systems, suffix: `?${namesImported(text)}`, sideEffects: false };
      });
      context.onLoad({ filter: /systems\.ts$/ }, async ({ path, suffix }) => ({
        contents: await narrow(readFileSync(path, 'utf8'), suffix.slice(1)),
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

type Narrow = (text: string, names: string) => Promise<string>;

/** Builds again only what changed since the last build. */
function remembered(narrow: Narrow): Narrow {
  const known = new Map<string, { text: string; result: Promise<string> }>();
  return (text, names) => {
    const last = known.get(names);
    if (last?.text === text) return last.result;
    const result = narrow(text, names);
    known.set(names, { text, result });
    return result;
  };
}

/** The text with these exports alone, and the imports that they need. */
async function narrowed(systems: string, names: string): Promise<string> {
  const text = systems.replace(/^(export const \w+(?:: [^=]+)? = )/gm, '$1/* @__PURE__ */ ');
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
