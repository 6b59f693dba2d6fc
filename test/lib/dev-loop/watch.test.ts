import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchFiles } from '../../../lib/laptop/reload/watch-files.ts';
import { temporaryFolder, write } from './project.ts';

/** Watches a project; `saves` counts the calls. */
function start(onSaved = async () => {}) {
  const root = temporaryFolder();
  write(root, { 'functions/flows/one.ts': '', 'stages.ts': '' });
  const saves = { count: 0 };
  const { end } = watchFiles(root, async () => {
    saves.count += 1;
    await onSaved();
  });
  onTestFinished(end);
  const next = async (change: () => void) => {
    const before = saves.count;
    change();
    await vi.waitFor(() => expect(saves.count).toBe(before + 1), { timeout: 2_000, interval: 5 });
  };
  return { root, saves, next };
}

test('tells of each save, however an editor writes: in place, by a new file of the name, by removing it', async () => {
  const { root, next } = start();
  const file = join(root, 'functions/flows/one.ts');
  const replace = (text: string) => () => {
    writeFileSync(`${file}~`, text);
    renameSync(`${file}~`, file);
  };

  await next(() => writeFileSync(file, 'in place'));
  await next(replace('first'));
  await next(replace('second'));
  await next(replace('third'));
  await next(() => rmSync(file));
});

test('tells of files in folders that are made later, and of stages.ts', async () => {
  const { root, next } = start();

  await next(() => write(root, { 'functions/targets/new.ts': '' }));
  await next(() => write(root, { 'functions/targets/new.ts': 'again' }));
  await next(() => write(root, { 'stages.ts': 'again' }));
});

test('takes what is saved together for one, and waits for the last to end', async () => {
  let running = 0;
  let most = 0;
  const { root, saves } = start(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 120));
    running -= 1;
  });

  for (let index = 0; index < 5; index++) write(root, { [`functions/flows/${index}.ts`]: '' });
  await vi.waitFor(() => expect(saves.count).toBe(1));
  write(root, { 'functions/flows/late.ts': '' });
  await vi.waitFor(() => expect(saves.count).toBe(2));

  expect(most).toBe(1);
});

test('is not moved by what editors leave beside a file', async () => {
  const { root, saves, next } = start();

  write(root, { 'functions/flows/.one.ts.swp': '', 'functions/flows/one.ts~': '', 'functions/flows/4913': '' });
  await next(() => write(root, { 'functions/flows/one.ts': 'saved' }));

  expect(saves.count).toBe(1);
});
