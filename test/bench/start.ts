import { rmSync } from 'node:fs';
import { benchFolder, startHubProcess } from './hub-process.ts';
import { report } from './report.ts';

const ROUNDS = 5;

/** From the command to the ready line: in a fresh folder, and again in one where the same project has run. */
export async function benchStart(): Promise<void> {
  const first: number[] = [];
  const second: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const folder = benchFolder();
    for (const seconds of [first, second]) {
      const hub = await startHubProcess(folder);
      seconds.push(hub.readyMs / 1_000);
      await hub.stop();
    }
    rmSync(folder, { recursive: true, force: true });
  }
  report({ name: 'start to ready, fresh folder', values: first, unit: 's', max: 8 });
  report({ name: 'start to ready, the second time', values: second, unit: 's', max: 3 });
}
