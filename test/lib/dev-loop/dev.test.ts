import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';
import { stripe } from '../../../functions/flows/systems.ts';
import type { Ready } from '../../../lib/cli/boot.ts';
import { hubAt } from '../../../lib/ops/hub-address.ts';
import { sandboxRecords } from '../../../lib/ops/sandbox.ts';
import { sendSample } from '../../../lib/ops/send.ts';
import { temporaryFolder } from './project.ts';

const repository = join(import.meta.dirname, '../../..');
const FLOW = 'functions/flows/stripe-payment-failed-to-slack.ts';
/** The promise is a second; a machine that also runs other tests gets three. */
const SWAP_MS = 3_000;

/** `syncline dev` in a copy of this project; `lines` is its standard error. */
async function startCopy() {
  const root = temporaryFolder();
  for (const name of [
    'bin',
    'lib',
    'functions',
    'stages.ts',
    'cdk.json',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ])
    cpSync(join(repository, name), join(root, name), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  const data = join(root, 'data');
  const args = [join(root, 'bin/syncline.js'), 'dev', '--port', '0', '--data', data, '--json', '-v'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => ended(child));
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const out = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ready = JSON.parse((await out.next()).value as string) as Ready;
  return { root, lines, ready, hub: hubAt({ data }) };
}

async function ended(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.kill('SIGTERM')) await exited;
}

test('a flow file that is saved runs within a second, at the next event', async () => {
  const { root, lines, hub } = await startCopy();
  const messages = async () => (await sandboxRecords(hub, 'slack')).map(({ fields }) => String(fields.text));
  await sendSample(hub, stripe, { type: 'invoice.payment_failed' });
  await vi.waitFor(async () => expect(await messages()).toHaveLength(1), { timeout: 10_000 });

  const text = readFileSync(join(root, FLOW), 'utf8');
  writeFileSync(join(root, FLOW), text.replace('const text = `', 'const text = `SAVED '));
  const swapped = expect.stringMatching(/deliver-stripe-payment-failed-to-slack runs the new code/);
  await vi.waitFor(() => expect(lines).toContainEqual(swapped), { timeout: SWAP_MS, interval: 5 });
  await sendSample(hub, stripe, { type: 'invoice.payment_failed' });

  await vi.waitFor(async () => expect(await messages()).toHaveLength(2), { timeout: 10_000 });
  expect((await messages()).map((message) => message.startsWith('SAVED '))).toEqual([false, true]);
  const told = expect.stringMatching(/ INFO {2}deliver-stripe-payment-failed-to-slack {2}attempt {2}deliveryId=/);
  expect(lines).toContainEqual(told);
}, 60_000);
