import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Ready } from '../../lib/cli/boot.ts';

const root = join(import.meta.dirname, '../..');

export type HubProcess = Ready & {
  folder: string;
  readyMs: number;
  child: ChildProcess;
  stop(): Promise<void>;
};

/** Other stages keep to what real vendors allow, and would be measured by that. */
export const STAGE = 'test';

export const benchFolder = () => mkdtempSync(join(tmpdir(), 'syncline-bench-'));

/** Starts `syncline dev`, as a script would, in a folder of its own that is removed at its end unless one is given. */
export async function startHubProcess(given?: string): Promise<HubProcess> {
  const folder = given ?? benchFolder();
  const startedAt = performance.now();
  const args = [
    join(root, 'bin/syncline.js'),
    'dev',
    '--port',
    '0',
    '--data',
    folder,
    '--stage',
    STAGE,
    '--json',
    '--no-watch',
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const [line] = await Promise.race([
    createInterface({ input: child.stdout! })
      [Symbol.asyncIterator]()
      .next()
      .then(({ value }) => [value as string]),
    ended.then(() => Promise.reject(new Error('the hub ended before it was ready'))),
  ]);
  const readyMs = performance.now() - startedAt;
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    if (!given) rmSync(folder, { recursive: true, force: true });
  };
  return { ...(JSON.parse(line!) as Ready), folder, readyMs, child, stop };
}
