/**
 * Ends the process once whoever reads its output has gone, as `head -2` does. Imported for that effect, before anything is
 * written: by `bin/syncline.js`, and with `--import` by npm scripts that are no commands of it.
 *
 * Other programs die of SIGPIPE there; Node ignores that signal, and throws EPIPE at whoever writes. The exit code is 0, for
 * the reader has all it wanted, and with `set -o pipefail` any other would fail scripts that rightly read no further; only
 * where the command has set its own already (`verify` of what is refused), that stays. A hub stops as at Ctrl+C, for its
 * deliveries and its folder are worth more than the haste.
 */
import { fstatSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const [STDOUT, STDERR] = [1, 2];

let isEnding = false;

function end(): void {
  // A hub that stops goes on writing, and each line fails anew.
  if (isEnding) return;
  isEnding = true;
  if (process.listenerCount('SIGTERM') > 0) process.emit('SIGTERM', 'SIGTERM');
  else process.exit();
}

/** Whoever reads results may still be there when nobody reads remarks any more; not so behind `2>&1`. */
function endOfRemarks(): void {
  const [out, remarks] = [fstatSync(STDOUT), fstatSync(STDERR)];
  if (out.ino === remarks.ino && out.dev === remarks.dev) end();
}

const onReaderGone = (then: () => void) => (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  then();
};

// Threads write through the main one.
if (isMainThread) {
  process.stdout.on('error', onReaderGone(end));
  process.stderr.on('error', onReaderGone(endOfRemarks));
}
