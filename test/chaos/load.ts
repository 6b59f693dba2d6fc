/** The vendors: several lanes that send events, some of them again, and forgeries, until every event is acknowledged. */
import type { Random } from '../fuzz/random.ts';
import type { Book } from './book.ts';
import { depthsOf } from './depths.ts';
import { randomOfLane, signEvent, signForgery } from './events.ts';
import { pause, type World } from './world.ts';

const LANES = 8;
/** Of each hundred requests. */
const REPEATED = 12;
const FORGED = 6;
/** A vendor that has read no 2xx comes again; the real ones wait longer. */
const LONGEST_RETRY_MS = 800;
const IDLE_MS = 10;
/** Messages that wait to be received: with more, the troubles would meet vendors only, and the deliveries come after them. */
const MOST_BEHIND = 250;
const LOOK_MS = 200;
/** Of the time: a flow that is parked, or whose vendor is slow, is always behind. */
const MOST_HELD = 1 / 4;

export type Load = {
  acknowledged(): number;
  /** Answers read, whatever they were, and requests that got none. */
  answers(): number;
  /** Sends until everything is acknowledged. */
  run(): Promise<void>;
  readonly counts: Readonly<Record<'sentAgain' | 'repeated' | 'forged' | 'unanswered', number>>;
};

export type LoadOptions = { seed: number; events: number; book: Book };

export function createLoad(world: World, { seed, events, book }: LoadOptions): Load {
  const counts = { sentAgain: 0, repeated: 0, forged: 0, unanswered: 0 };
  const acknowledged: number[] = [];
  const again: { number: number; notBefore: number }[] = [];
  let next = 0;
  let answers = 0;
  let isHeld = false;

  function take(): number | undefined {
    const now = Date.now();
    const due = again.findIndex(({ notBefore }) => notBefore <= now);
    if (due >= 0) return again.splice(due, 1)[0]!.number;
    return next < events ? next++ : undefined;
  }

  /** @returns The status; undefined when there was no answer. */
  async function post(sign: () => ReturnType<typeof signForgery>): Promise<number | undefined> {
    try {
      return (await world.hub().post(await sign())).status;
    } catch {
      counts.unanswered += 1;
      return undefined;
    } finally {
      answers += 1;
    }
  }

  /** @returns Whether the vendor has read a 2xx. */
  async function send(number: number): Promise<boolean> {
    const moves = world.moves();
    const status = await post(() => signEvent(number, { of: events, at: world.now() }));
    const isRefused = status !== undefined && status !== 200 && status < 500;
    // What was signed before the time was moved, or while it was, may be too old; its vendor signs it anew.
    const isTimely = moves === world.moves() && moves % 2 === 0;
    const violation = () => `event c-${number} was answered ${status}`;
    book.check('no vendor is refused', !(isRefused && isTimely), violation);
    return status === 200;
  }

  async function sendOne(random: Random): Promise<void> {
    const number = take();
    if (number === undefined) return pause(IDLE_MS);
    if (await send(number)) return void acknowledged.push(number);
    counts.sentAgain += 1;
    again.push({ number, notBefore: Date.now() + random.int(LONGEST_RETRY_MS) });
  }

  async function forge(random: Random): Promise<void> {
    counts.forged += 1;
    const status = await post(() => signForgery(random));
    const isRefused = status === undefined || status === 401 || status >= 500;
    book.check('every forgery is refused', isRefused, () => `one was answered ${status}`);
  }

  /** Now and then lets the deliveries catch up. */
  async function watchBacklog(): Promise<void> {
    const startedAt = performance.now();
    let heldMs = 0;
    while (acknowledged.length < events) {
      const depths = world.isUp() ? await depthsOf(world.hub()).catch(() => []) : [];
      const waiting = depths.reduce((sum, { visible }) => sum + visible, 0);
      isHeld = waiting > MOST_BEHIND && heldMs < (performance.now() - startedAt) * MOST_HELD;
      if (isHeld) heldMs += LOOK_MS;
      await pause(LOOK_MS);
    }
  }

  async function lane(random: Random): Promise<void> {
    while (acknowledged.length < events) {
      if (isHeld || !world.isUp()) await pause(IDLE_MS);
      else if (random.percent(FORGED)) await forge(random);
      else if (acknowledged.length > 0 && random.percent(REPEATED)) {
        counts.repeated += 1;
        await send(random.pick(acknowledged));
      } else await sendOne(random);
    }
  }

  return {
    counts,
    acknowledged: () => acknowledged.length,
    answers: () => answers,
    run: async () => {
      const lanes = Array.from({ length: LANES }, (_, index) => lane(randomOfLane(seed, index)));
      await Promise.all([watchBacklog(), ...lanes]);
    },
  };
}
