import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createMovableClock, type MovableClock } from './movable-clock.ts';

/**
 * A clock that keeps its offset over a restart, because the services keep what they did at the moved time: without it a
 * message sent after a move would lie in the future.
 *
 * @param file A JSON file in the data folder; it need not exist.
 * @throws Error when the file holds no offset: the folder's time is then unknown.
 */
export function openKeptClock(file: string): MovableClock {
  const clock = createMovableClock({ offsetMs: existsSync(file) ? read(file) : 0 });
  clock.onMove((offsetMs) => {
    writeFileSync(`${file}.new`, JSON.stringify({ offsetMs }));
    renameSync(`${file}.new`, file);
  });
  return clock;
}

function read(file: string): number {
  const { offsetMs } = JSON.parse(readFileSync(file, 'utf8'));
  if (Number.isFinite(offsetMs) && offsetMs >= 0) return offsetMs;
  throw new Error(`[syncline] [laptop] ${file}: offsetMs is ${offsetMs}; it must be 0 or more milliseconds`);
}
