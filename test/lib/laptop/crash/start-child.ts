import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Starts `serve.ts` in a child process; `kill` is kill -9. */
export async function startChild(service: string, folder: string): Promise<{ url: string; kill(): Promise<void> }> {
  const script = new URL('./serve.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, service, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: line.toString().trim(),
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Calls `write` with 0, 1, 2, … in 20 lanes until the first error; answers the numbers that were acknowledged. */
export async function writeUntilDead(write: (number: number) => Promise<unknown>): Promise<number[]> {
  const acknowledged: number[] = [];
  let next = 0;
  const lane = async () => {
    for (;;) {
      const number = next++;
      await write(number);
      acknowledged.push(number);
    }
  };
  await Promise.allSettled(Array.from({ length: 20 }, lane));
  return acknowledged;
}
