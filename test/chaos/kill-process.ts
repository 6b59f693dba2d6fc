import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Random } from '../fuzz/random.ts';

const run = promisify(execFile);

/** Kills one function's process of a hub by -9. @returns Whether there was one. */
export async function killOneProcess(hubPid: number, random: Random): Promise<boolean> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  const functions = stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(parent) === hubPid && command.includes('lambda/bootstrap.mjs') ? [Number(pid)] : [];
  });
  if (functions.length === 0) return false;
  try {
    return process.kill(random.pick(functions), 'SIGKILL');
  } catch {
    return false;
  }
}
