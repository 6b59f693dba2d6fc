import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Ready } from '../../lib/cli/boot.ts';

const root = join(import.meta.dirname, '../..');

export type HubProcess = Ready & { folder: string; readyMs: number; child: ChildProcess; stop(): Promise<void> };

/** Starts `syncline dev` in a throw-away folder, as a script would. */
export async function startHubProcess(): Promise<HubProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-bench-'));
  const startedAt = performance.now();
  const args = [join(root, 'bin/syncline.js'), 'dev', '--port', '0', '--data', folder, '--json'];
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
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...(JSON.parse(line!) as Ready), folder, readyMs, child, stop };
}
