import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { writeUntilDead } from '../crash/start-child.ts';
import { crm, sendTo } from './support.ts';

async function startChild(file: string) {
  const script = new URL('./serve.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { url: line.toString().trim(), kill };
}

it('kill -9 under load loses no acknowledged record', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-sandbox-kill-'));
  const first = await startChild(join(folder, 'sandbox.db'));
  const load = writeUntilDead(async (number) => {
    const result = await sendTo(first.url, crm.upsertContact({ email: `c${number}@example.com` }));
    if (!('id' in result)) throw new Error('not acknowledged');
  });
  await sleep(700);
  await first.kill();
  const acknowledged = await load;

  const second = await startChild(join(folder, 'sandbox.db'));
  const listed = (await (await fetch(`${second.url}/crm/records`)).json()) as { records: { key: string }[] };
  const kept = new Set(listed.records.map(({ key }) => key));

  await second.kill();
  rmSync(folder, { recursive: true });
  expect(acknowledged.length).toBeGreaterThan(50);
  expect(acknowledged.filter((number) => !kept.has(`c${number}@example.com`))).toEqual([]);
});
