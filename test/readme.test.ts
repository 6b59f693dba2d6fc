import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'bin/syncline.js');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'syncline-readme-'));
let hub: ChildProcess | undefined;

afterAll(async () => {
  const ended = new Promise((resolve) => hub?.once('exit', resolve));
  if (hub?.kill('SIGTERM')) await ended;
  rmSync(folder, { recursive: true, force: true });
});

describe('the README', () => {
  it('shows on its first screen what npm start prints', async () => {
    const [, transcript = ''] = /```\n(Syncline runs[\s\S]*?)```/.exec(readme) ?? [];

    const printed = await startUntil('Ctrl+C stops it.');

    expect(withoutFreshValues(printed)).toBe(withoutFreshValues(transcript));
  }, 60_000);

  it('says in that screen that production is AWS and where the rest is settled', () => {
    const firstScreen = readme.split('\n').slice(0, 70).join('\n');

    expect(firstScreen).toContain('Production is AWS');
    expect(firstScreen).toContain('has not been deployed to AWS from here');
    expect(firstScreen).toContain('docs/first-deploy.md');
  });

  it('names no command that does not exist', async () => {
    const named = new Set([...readme.matchAll(/npx syncline ([a-z]+)/g)].map(([, command]) => command));

    const { stdout } = await promisify(execFile)(process.execPath, [bin, '--help']);

    for (const command of named) expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
  });
});

describe('npm start -- --once', () => {
  it('delivers a sample of each flow in a throw-away folder and ends with 0', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [bin, 'start', '--once']);

    expect(stdout.match(/ delivered$/gm)).toHaveLength(3);
  }, 60_000);
});

function startUntil(last: string): Promise<string> {
  hub = spawn(process.execPath, [bin, 'start', '--port', '0', '--data', folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Promise((resolve, reject) => {
    let printed = '';
    hub?.stdout?.on('data', (text) => {
      printed += text;
      if (printed.includes(last)) resolve(printed);
    });
    hub?.once('exit', (code) => reject(new Error(`it ended with ${code} after: ${printed}`)));
  });
}

/** Ids, numbers, ports and time stamps differ from run to run; nothing else may. */
function withoutFreshValues(transcript: string): string {
  return transcript
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replace(/\b(evt_|event-|ada\.|SYN-|msg_|\/i\/)[A-Za-z0-9_-]+/g, '$1<id>')
    .replace(/\b\d{7,}(\.\d+)?\b/g, '<number>')
    .replace(/ +$/gm, '')
    .trim();
}
