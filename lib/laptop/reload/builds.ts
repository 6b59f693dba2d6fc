import { isDeepStrictEqual } from 'node:util';
import type { Assets, Bundler } from '../../stack/bundle.ts';
import type { BundlePlan } from '../../stack/bundle-plan.ts';

/** esbuild, kept running from the first build on; opened anew when there are other entries to build. */
export function createBuilds(root: string) {
  let open: { entries: BundlePlan['entries']; bundler: Promise<Bundler> } | undefined;
  const close = async () => {
    const closing = open;
    open = undefined;
    await (await closing?.bundler)?.close();
  };
  return {
    close,
    /** @throws esbuild's BuildFailure. */
    async build(entries: BundlePlan['entries']): Promise<Assets> {
      // Loaded when it is needed: a hub whose code nobody edits has no use for esbuild.
      const { openBundler } = await import('../../stack/bundle.ts');
      if (open && !isDeepStrictEqual(open.entries, entries)) await close();
      open ??= { entries, bundler: openBundler(root, entries) };
      return (await open.bundler).build();
    },
  };
}
