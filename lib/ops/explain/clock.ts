/** Whether a request would pass at another time, and how far from it we are. */
import type { Difference, Trial } from './trial.ts';

type Passes = (trial: Trial) => Promise<boolean>;

/** Seconds or milliseconds since the epoch, and ISO times. */
const TIME = /(?<![\w.])(\d{13}|\d{10}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))(?![\w])/g;
const MAX_TIMES = 5;

/** The moments that a request names, at which it may have been signed. */
export function timesIn({ request: { headers, rawQuery } }: Trial): number[] {
  const text = [...Object.values(headers).flat(), rawQuery].join('\n');
  const times = [...text.matchAll(TIME)].map(([time]) => {
    if (/^\d{13}$/.test(time)) return Number(time);
    return /^\d{10}$/.test(time) ? Number(time) * 1_000 : Date.parse(time);
  });
  return [...new Set(times)].filter((time) => !Number.isNaN(time)).slice(0, MAX_TIMES);
}

/** The trial at a time at which it passes; undefined when there is none. */
export async function atSomeTime(trial: Trial, passes: Passes): Promise<Trial | undefined> {
  for (const now of [trial.now, ...timesIn(trial)]) {
    const then = { ...trial, now };
    if (await passes(then)) return then;
  }
  return undefined;
}

/** @param then A trial that passes, as `now` would if it were judged at that other time. */
export async function clockDifference(now: Trial, then: Trial, passes: Passes): Promise<Difference> {
  const ageSeconds = Math.round((now.now - then.now) / 1_000);
  const limitSeconds = await limitBetween(now, then, passes);
  const side = ageSeconds > 0 ? 'before' : 'after';
  const signedAt = new Date(then.now).toISOString();
  const what = `it was signed at ${signedAt}, ${Math.abs(ageSeconds)} s ${side} the time at which it is judged; ${limitSeconds} s would pass`;
  const next =
    ageSeconds > 0
      ? 'judge a captured request as of its arrival, with --now; if that is now, it was held up on its way, or our clock is ahead'
      : 'compare the clocks: the sender’s is ahead, or ours is behind; a captured request is judged as of its arrival with --now';
  return { about: 'clock', what, next };
}

/** How far, in seconds, the time of judging may be from that of signing, on this side. */
async function limitBetween(now: Trial, then: Trial, passes: Passes): Promise<number> {
  const sign = Math.sign(now.now - then.now);
  let [inside, outside] = [0, Math.ceil(Math.abs(now.now - then.now) / 1_000)];
  while (outside - inside > 1) {
    const middle = Math.floor((inside + outside) / 2);
    if (await passes({ ...then, now: then.now + sign * middle * 1_000 })) inside = middle;
    else outside = middle;
  }
  return inside;
}
