import { rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Assets } from '../../stack/bundle.ts';
import type { BundlePlan } from '../../stack/bundle-plan.ts';
import type { FunctionDefinition } from '../assembly/functions.ts';
import { createBuilds } from './builds.ts';
import { mistakeLine, restartLine, swappedLine } from './lines.ts';
import { type Project, readProject } from './project.ts';
import { differences } from './template-shape.ts';

export type ReloaderOptions = {
  /** The project's folder. */
  readonly root: string;
  readonly stage: string;
  /** New code goes below it; what an earlier run left there is removed. */
  readonly folder: string;
  /** The project as the running assembly was made from. */
  readonly project: Project;
  readonly functions: readonly FunctionDefinition[];
  readonly updateFunctions: (functions: FunctionDefinition[]) => void;
  /** A line for whoever edits. */
  readonly say: (line: string) => void;
};

/**
 * Swaps the code of running functions after a file was saved.
 *
 * A save ends in one of four ways: the functions whose asset changed are swapped, and no others; no asset changed; a mistake
 * is told in one line; or the template would change, and a restart is asked for. After the last two the old code runs on.
 */
export function createReloader(options: ReloaderOptions) {
  const { root, stage, folder } = options;
  rmSync(folder, { recursive: true, force: true });
  const builds = createBuilds(root);
  let { functions } = options;
  let { entries } = options.project.plan;

  async function reload(): Promise<string> {
    const startedAt = performance.now();
    const [read, built] = await Promise.allSettled([readProject(root, stage), builds.build(entries)]);
    const changes = read.status === 'fulfilled' ? differences(options.project.shape, read.value.shape) : [];
    if (changes.length > 0) return restartLine(changes);
    // esbuild names the line of a slip; what it lets pass, the definitions may still refuse.
    if (built.status === 'rejected') throw built.reason;
    if (read.status === 'rejected') throw read.reason;
    const { plan } = read.value;
    const assets = isDeepStrictEqual(plan.entries, entries) ? built.value : await builds.build(plan.entries);
    entries = plan.entries;
    return swappedLine(await swap(assets, plan.data), performance.now() - startedAt);
  }

  /** @returns The functions that have new code. */
  async function swap(assets: Assets, data: BundlePlan['data']): Promise<string[]> {
    const [{ withCode }, { withData }] = await Promise.all([import('./swap.ts'), import('../../stack/bundle.ts')]);
    const next = withCode(functions, withData(assets, data), { stage, folder });
    const changed = next.filter((one, index) => one !== functions[index]);
    functions = next;
    if (changed.length > 0) options.updateFunctions(next);
    return changed.map(({ name }) => name.replace(`syncline-${stage}-`, ''));
  }

  return {
    /** Runs the project as it lies there now, as far as the running template allows. */
    reload: () => reload().catch(mistakeLine).then(options.say),
    close: builds.close,
  };
}
