import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Where a running hub is; what other commands find it by. */
export type Running = {
  readonly webhooks: string;
  readonly aws: string;
  readonly sandbox: string;
  /** Moves time and sets faults. */
  readonly control: string;
  readonly stage: string;
  readonly region: string;
  readonly account: string;
  readonly pid: number;
};

const RUNNING = 'running.json';
const LOCK = 'lock.sqlite';

/**
 * Takes a data folder for this process alone; it is made if need be, readable by its owner only.
 *
 * The lock is one of the operating system, so that it goes with the process, however that ends.
 *
 * @returns Gives it back; undefined when another process has it.
 */
export function lockFolder(folder: string): (() => void) | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const lock = new DatabaseSync(join(folder, LOCK));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    return undefined;
  }
  return () => {
    rmSync(join(folder, RUNNING), { force: true });
    lock.close();
  };
}

export function writeRunning(folder: string, running: Running): void {
  const file = join(folder, RUNNING);
  writeFileSync(`${file}.new`, `${JSON.stringify(running, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** @returns undefined when no hub runs on that folder. */
export function readRunning(folder: string): Running | undefined {
  try {
    const running = JSON.parse(readFileSync(join(folder, RUNNING), 'utf8')) as Running;
    process.kill(running.pid, 0);
    return running;
  } catch {
    return undefined;
  }
}
