import { startHubProcess } from './hub-process.ts';
import { report } from './report.ts';

const ROUNDS = 5;

/** From the command to the ready line, in a fresh folder. */
export async function benchStart(): Promise<void> {
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const hub = await startHubProcess();
    seconds.push(hub.readyMs / 1_000);
    await hub.stop();
  }
  report('start to ready, fresh folder', seconds, 's', 'under 8');
}
