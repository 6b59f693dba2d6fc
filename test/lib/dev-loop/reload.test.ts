import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FunctionDefinition } from '../../../lib/laptop/assembly/functions.ts';
import { readProject } from '../../../lib/laptop/reload/project.ts';
import { createReloader } from '../../../lib/laptop/reload/reloader.ts';
import { openBundler, withData, writeAsset } from '../../../lib/stack/bundle.ts';
import { flowFile, smallProject, temporaryFolder, write } from './project.ts';

/** A reloader of the small project, whose functions run what it is now. */
async function start(root = smallProject()) {
  const project = await readProject(root, 'dev');
  const bundler = await openBundler(root, project.plan.entries);
  const assets = withData(await bundler.build(), project.plan.data);
  await bundler.close();
  const built = temporaryFolder();
  const functions = [...assets].map(([key, asset]) => definition(key, writeAsset(asset, join(built, key))));
  const lines: string[] = [];
  const updates: FunctionDefinition[][] = [];
  const updateFunctions = (next: FunctionDefinition[]) => updates.push(next);
  const say = (line: string) => lines.push(line.replace(/\d\.\d\d s/, '<time>'));
  const folder = join(built, 'saved');
  const reloader = createReloader({ root, stage: 'dev', folder, project, functions, updateFunctions, say });
  onTestFinished(reloader.close);
  const save = async (files: Record<string, string>) => {
    write(root, files);
    await reloader.reload();
    return lines.at(-1);
  };
  const changed = () =>
    (updates.at(-1) ?? functions).filter((one, index) => one !== functions[index]).map(({ name }) => name);
  return { root, save, reload: reloader.reload, lines, updates, changed };
}

const definition = (key: string, assetFolder: string): FunctionDefinition => ({
  name: `syncline-dev-${key}`,
  assetFolder,
  handler: 'index.handler',
  runtime: 'nodejs24.x',
  timeoutSeconds: 30,
  memoryMb: 256,
  environment: {},
  roleName: key,
});

describe('a saved file', () => {
  test('swaps the function that uses it, and no other', async () => {
    const { save, updates, changed } = await start();

    const line = await save({ 'functions/flows/first.ts': flowFile({ text: 'new words' }) });

    expect(line).toBe('[syncline] deliver-first runs the new code (<time>)');
    expect(changed()).toEqual(['syncline-dev-deliver-first']);
    const [swapped] = updates[0]!.filter(({ name }) => name === 'syncline-dev-deliver-first');
    expect(readFileSync(join(swapped!.assetFolder, 'index.mjs'), 'utf8')).toContain('new words');
  });

  test('swaps again after a second save, and back to the old code after a third', async () => {
    const { save, updates } = await start();

    for (const text of ['two', 'three', 'one']) await save({ 'functions/flows/first.ts': flowFile({ text }) });

    const folders = updates.map((functions) => functions.find(({ name }) => name.endsWith('-first'))!.assetFolder);
    const texts = folders.map(
      (folder) => /"(one|two|three)"/.exec(readFileSync(join(folder, 'index.mjs'), 'utf8'))?.[1],
    );
    expect(texts).toEqual(['two', 'three', 'one']);
  });

  test('that all functions of a kind use swaps all of them', async () => {
    const { save } = await start();

    const line = await save({ 'functions/deliver.ts': 'export const deliverHandler = (flow) => () => flow.run;' });

    expect(line).toBe('[syncline] deliver-first, deliver-second run the new code (<time>)');
  });

  test('that routes other types swaps the ingest function, not the template', async () => {
    const { save, changed } = await start();

    await save({ 'functions/flows/first.ts': flowFile({ types: "['orders/create']" }) });

    expect(changed()).toContain('syncline-dev-ingest-shop');
  });

  test('that changes nothing which runs swaps nothing', async () => {
    const { root, reload, lines, updates } = await start();

    appendFileSync(join(root, 'functions/flows/first.ts'), '// A remark.');
    await reload();

    expect(lines).toEqual(['[syncline] saved; what runs is the same']);
    expect(updates).toEqual([]);
  });
});

describe('a mistake is one line, and the old code runs on', () => {
  test.each([
    [
      { 'first.ts': 'export default {' },
      '[syncline] functions/flows/first.ts:1:17: Expected identifier but found end of file',
    ],
    [
      { 'first.ts': flowFile({ types: "['order/paid']" }) },
      "[syncline] functions/flows/first.ts: shopify has no event type 'order/paid'; did you mean 'orders/paid'?",
    ],
    [
      { 'first.ts': `import './nowhere.ts';${flowFile()}` },
      '[syncline] functions/flows/first.ts:1:8: Could not resolve "./nowhere.ts"',
    ],
    [
      { 'first.ts': 'export default 1;' },
      /^\[syncline\] functions\/flows\/first\.ts: its default export is not a flow/,
    ],
  ])('%#', async (files, expected) => {
    const { save, updates } = await start();

    const line = await save(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`functions/flows/${name}`, text])),
    );

    expect(line).toMatch(expected);
    expect(line).not.toContain('\n');
    expect(updates).toEqual([]);
    expect(await save({ 'functions/flows/first.ts': flowFile({ text: 'right' }) })).toMatch(
      'deliver-first runs the new',
    );
  });
});

describe('what would change the template asks for a restart, and the old code runs on', () => {
  const rest = ': that changes the template. Stop with Ctrl+C and start again; until then the hub runs as before';

  test.each([
    ['a new flow', { 'functions/flows/third.ts': flowFile() }, "flow 'third' is new"],
    ['another group', { 'functions/flows/first.ts': flowFile({ group: 'more' }) }, "flow 'first' has changed"],
    [
      'another stage',
      { 'stages.ts': "export const stages = { dev: { flows: 'all', logRetentionDays: 3 } };" },
      'the stage has changed',
    ],
  ])('%s', async (_what, files, change) => {
    const { save, updates } = await start();

    expect(await save(files)).toBe(`[syncline] ${change}${rest}`);
    expect(updates).toEqual([]);
  });

  test('a flow that is gone', async () => {
    const { root, save } = await start();

    rmSync(join(root, 'functions/flows/second.ts'));

    expect(await save({})).toBe(`[syncline] flow 'second' is gone${rest}`);
  });
});
