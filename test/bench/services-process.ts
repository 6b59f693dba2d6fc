import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Starts `services.ts` in a process of its own, so that a benchmark of a client measures the client. */
export async function startServices(): Promise<{ url: string; stop(): void }> {
  const script = join(import.meta.dirname, 'services.ts');
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  return { url: value as string, stop: () => void child.kill() };
}
