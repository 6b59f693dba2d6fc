import { depthsOf } from './depths.ts';
import { pause, type World } from './world.ts';

/** Longer than any visibility timeout, any lease and any wait of a stage with quick retries. */
const STEP_MS = 600_000;
const LOOK_MS = 100;
/** So long nothing changes when whatever is left waits for a time to come. */
const STILL_MS = 1_500;
const LONGEST_MS = 600_000;

/**
 * Lets time pass until the flows' queues are empty: in steps, each when all that was due is done.
 *
 * @returns Whether they are; not, when ten minutes of real time were not enough.
 */
export async function settle(world: World): Promise<boolean> {
  const deadline = performance.now() + LONGEST_MS;
  let last = '';
  let changedAt = performance.now();
  while (performance.now() < deadline) {
    const depths = await depthsOf(world.hub());
    if (depths.every(({ visible, hidden }) => visible + hidden === 0)) return true;
    const seen = JSON.stringify(depths);
    if (seen !== last) changedAt = performance.now();
    last = seen;
    if (performance.now() - changedAt > STILL_MS) {
      await world.advance(STEP_MS);
      changedAt = performance.now();
    }
    await pause(LOOK_MS);
  }
  return false;
}
