import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Urls = { aws: string; api: string; sandbox: string };
export type Server = {
  urls: Urls;
  /** How it ended, once it has. */
  ended(): string | undefined;
  /** What it wrote to its standard error since the last look: it writes only about its own failures. */
  complaints(): string;
  stop(): Promise<void>;
};

/** Starts `server.ts` on a folder of its own. */
export async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-fuzz-'));
  const script = join(import.meta.dirname, 'server.ts');
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, complaints]: [string, string] = ['', ''];
  let ended: string | undefined;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints += chunk));
  const closed = once(child, 'close').then(([code, signal]) => {
    ended = `with ${signal ?? `exit status ${code}`}`;
  });
  while (!said.includes('\n')) {
    await Promise.race([once(child.stdout, 'data'), closed]);
    if (ended) throw new Error(`the server ended ${ended}: ${complaints}`);
  }
  return {
    urls: JSON.parse(said) as Urls,
    ended: () => ended,
    complaints() {
      const now = complaints;
      complaints = '';
      return now;
    },
    async stop() {
      child.kill('SIGKILL');
      await closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
