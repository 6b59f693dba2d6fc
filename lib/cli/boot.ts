import { join } from 'node:path';
import { type Hub, startHub } from '../laptop/hub.ts';
import { lockFolder, writeRunning } from '../laptop/running.ts';
import { ACCOUNT, REGION } from '../laptop/surroundings.ts';
import { synthesized } from '../laptop/synthesize.ts';
import { OperatorError } from '../ops/operator-error.ts';
import { definitionsOf, ROOT } from './common.ts';
import { note } from './output.ts';
import { watchProject } from './watch-project.ts';

const DEFAULT_PORT = 4510;
/** The webhooks, AWS, the sandbox and control. */
const PORTS = 4;
const PORT_TRIES = 20;

/** What `dev --json` prints when the hub is ready. */
export type Ready = {
  ready: true;
  webhooks: string;
  aws: string;
  sandbox: string;
  control: string;
  stage: string;
  region: string;
  account: string;
};

export type BootOptions = {
  folder: string;
  stage: string;
  /** Of the webhooks; undefined takes 4510 or, where that is busy, the next that is free. */
  port?: number | undefined;
  onLog?: (functionName: string, line: string) => void;
  /** Run what is saved in `functions/` at once. @default true */
  watch?: boolean;
};

export type Booted = { hub: Hub; ready: Ready; close(): Promise<void> };

/**
 * Synthesizes the stage, unless its assembly lies there already, and runs it.
 *
 * @throws OperatorError when the folder has a hub already or a wanted port is busy; Mistake for one in a flow or stage.
 */
export async function bootHub(options: BootOptions): Promise<Booted> {
  const { folder } = options;
  refuseWrongPort(options.port);
  const unlock = lockFolder(folder);
  if (!unlock) {
    const next = 'use that one, stop it first, or take another folder with --data';
    throw new OperatorError('failed', `a hub runs on the folder ${folder} already`, next);
  }
  try {
    return await boot(options, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Synthesis takes the longest by far: a process of its own does it while this one loads and opens everything else. */
async function boot(options: BootOptions, unlock: () => void): Promise<Booted> {
  const { folder, stage, onLog } = options;
  const assembly = join(folder, 'assembly');
  note(`[syncline] preparing stage ${stage} …`);
  const synthesis = synthesized(ROOT, stage, assembly);
  const folderOfAssembly = synthesis.then(() => assembly);
  // Whoever waits for it is told; before that, something else may have failed already.
  folderOfAssembly.catch(() => {});
  try {
    const definitions = await definitionsOf(stage);
    const hub = await onFreePort(options.port, (port) =>
      startHub({ folder, assembly: folderOfAssembly, stage, definitions, port, ...(onLog && { onLog }) }),
    );
    const ready = { ...urls(hub), stage, region: REGION, account: ACCOUNT };
    writeRunning(folder, { ...ready, pid: process.pid });
    if (hub.sandboxed.length > 0)
      note(`[syncline] not connected, so they speak to the sandbox: ${hub.sandboxed.join(', ')}`);
    const unwatch =
      options.watch === false
        ? undefined
        : watchProject(hub, definitions, { folder, stage, madeFrom: await synthesis });
    const close = async () => {
      await unwatch?.();
      await hub.close().finally(unlock);
    };
    return { hub, ready: { ready: true, ...ready }, close };
  } finally {
    // The folder is not given back while somebody writes to it.
    await synthesis.catch(() => {});
  }
}

const urls = ({ webhooks, aws, sandbox, control }: Hub) => ({ webhooks, aws, sandbox, control });

function refuseWrongPort(port: number | undefined): void {
  if (port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65_535 - PORTS)) return;
  throw new OperatorError('wrong-use', `--port must be a number from 0 to ${65_535 - PORTS}`, 'leave it out for 4510');
}

async function onFreePort(wanted: number | undefined, start: (port: number) => Promise<Hub>): Promise<Hub> {
  for (let tried = 0; ; tried++) {
    const port = wanted ?? DEFAULT_PORT + tried * PORTS;
    try {
      return await start(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      if (wanted !== undefined || tried === PORT_TRIES) {
        throw new OperatorError(
          'failed',
          `port ${port} or one of the three after it is busy`,
          'choose another with --port',
        );
      }
      note(`[syncline] port ${port} or one of the three after it is busy: trying ${port + PORTS}`);
    }
  }
}
