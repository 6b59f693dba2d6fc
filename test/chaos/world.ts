import { type Hub, newFolder, startHub } from '../journeys/hub-process.ts';
import { sourceSecrets } from '../journeys/vendors.ts';

export type World = Awaited<ReturnType<typeof openWorld>>;

/** One hub and its data folder, through all its deaths. */
export async function openWorld() {
  const folder = newFolder();
  let hub = await startHub({ folder, secrets: sourceSecrets });
  let offsetMs = await offsetOf(hub);
  let isUp = true;
  let moves = 0;
  return {
    /** The one that runs, or ran last. */
    hub: (): Hub => hub,
    isUp: () => isUp,
    /** What time it is for the hub, without asking it. */
    now: () => new Date(Date.now() + offsetMs),
    /** Grows with each move of the time, and is odd during one: what was signed before it may be too old after it. */
    moves: () => moves,

    async advance(ms: number): Promise<void> {
      moves += 1;
      await hub.advance(ms);
      offsetMs += ms;
      moves += 1;
    },

    /** Ends the hub by -9 and starts it on the same folder. */
    async killAndStart(): Promise<void> {
      isUp = false;
      await hub.kill();
      hub = await startHub({ folder });
      offsetMs = await offsetOf(hub);
      isUp = true;
    },

    close: () => hub.stop(),
  };
}

const offsetOf = async (hub: Hub) => (await hub.now()).getTime() - Date.now();

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
