/** What a hub takes that has nothing to do. Linux only: it reads /proc. */
import { existsSync, readFileSync } from 'node:fs';
import { startHubProcess } from './hub-process.ts';
import { report } from './report.ts';

const SETTLE_MS = 3_000;
const WATCH_MS = 15_000;
const TICKS_PER_SECOND = 100;

export async function benchIdle(): Promise<void> {
  if (!existsSync('/proc/self/stat')) return void process.stdout.write('idle hub: not measured, there is no /proc\n');
  const hub = await startHubProcess();
  try {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const before = cpuSeconds(hub.child.pid!);
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
    const percent = ((cpuSeconds(hub.child.pid!) - before) / WATCH_MS) * 100_000;
    report({ name: 'idle hub, memory', values: [residentMb(hub.child.pid!)], unit: 'MB', max: 350 });
    report({ name: 'idle hub, CPU', values: [percent], unit: '%', max: 3 });
  } finally {
    await hub.stop();
  }
}

function cpuSeconds(pid: number): number {
  // After the command in brackets: utime and stime are the 12th and 13th.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const residentMb = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
