/**
 * The clock of a function's process, as the runner moves it. Loaded by `--import`, never part of a bundle.
 *
 * Replaces `Date` alone: `new Date()`, `Date()` and `Date.now()` are real time plus an offset. Timers, `performance.now()`
 * and `Intl` without a date stay real.
 *
 * A reading is `<version>:<offset in ms>`: one is in this file's own query at the start, one comes with each invocation,
 * and one down the pipe at each change (`bootstrap.mjs` passes both on). They come by different ways, so that an older
 * version may arrive after a newer one; it is not applied then.
 */
const RealDate = Date;
const realNow = RealDate.now;
const now = () => realNow() + offsetMs;

let appliedVersion = -1;
let offsetMs = 0;
let rest = '';

/** @returns The offset in this reading, be it the newest or not. */
function set(reading) {
  const [version, readOffsetMs] = reading.split(':').map(Number);
  if (version > appliedVersion) [appliedVersion, offsetMs] = [version, readOffsetMs];
  return readOffsetMs;
}

/** @param chunk Readings, each with a line break behind it, cut anywhere. */
function receive(chunk) {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) set(line);
}

const MovedDate = new Proxy(RealDate, {
  construct: (target, values, newTarget) =>
    Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget),
  apply: () => new RealDate(now()).toString(),
});
RealDate.now = now;
RealDate.prototype.constructor = MovedDate;
globalThis.Date = MovedDate;
Object.defineProperty(globalThis, Symbol.for('syncline.clock'), { value: { set, receive, realNow } });
set(new URL(import.meta.url).searchParams.get('reading'));
