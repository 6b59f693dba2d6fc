/**
 * Kills a hub by -9 at random moments under load, and single functions of it, and starts it again on the same folder; then
 * accounts for everything that it acknowledged.
 */
import { createRandom, type Random } from '../fuzz/random.ts';
import { type Hub, inParallel, newFolder, startHub } from '../journeys/hub-process.ts';
import {
  genericLead,
  type Signed,
  type SignOptions,
  shopifyOrder,
  sourceSecrets,
  standardWebhook,
  stripePaymentFailed,
} from '../journeys/vendors.ts';
import { type Account, account } from './account.ts';
import { killOneFunction } from './functions.ts';

const LANES = 6;
/** Longer than any visibility timeout and any lease. */
const PAST_LEASES_MS = 600_000;
/** A hub is killed after as many answers, or after so long, and then a little. */
const MOST_ANSWERS = 60;
const LONGEST_LIFE_MS = 6_000;
const MOST_MORE_MS = 300;
/** Of each hundred requests. */
const REPEATED = 12;
const FORGED = 6;
/** Looks at a hub that has time to end its work, each ten minutes of its time later. */
const LAST_LOOKS = 60;
const LOOK_MS = 3_000;

const VENDORS = [shopifyOrder, stripePaymentFailed, standardWebhook, genericLead];

export type ChaosOptions = { kills: number; events: number; seed: number; onProgress: (line: string) => void };
export type ChaosReport = Account & {
  acknowledged: number;
  /** Sent anew because no 2xx was read. */
  sentAgain: number;
  repeated: number;
  forged: number;
  kills: number;
  functionKills: number;
  durationMs: number;
};

/** One event's number, and whether its vendor has read a 2xx. */
type Event = { number: number; acknowledged: boolean; tries: number };
type Counts = { repeated: number; forged: number; functionKills: number; wrongAnswers: string[] };
type Run = { random: Random; events: Event[]; counts: Counts };

export async function chaos({ kills, events: wanted, seed, onProgress }: ChaosOptions): Promise<ChaosReport> {
  const startedAt = performance.now();
  const random = createRandom(seed);
  const events = Array.from({ length: wanted }, (_, number) => ({ number, acknowledged: false, tries: 0 }));
  const run: Run = { random, events, counts: { repeated: 0, forged: 0, functionKills: 0, wrongAnswers: [] } };
  const folder = newFolder();
  let hub = await startHub({ folder, secrets: sourceSecrets });
  try {
    for (let killed = 0; killed < kills; killed++) {
      const share = events.slice(0, Math.ceil((wanted * (killed + 1)) / kills));
      await loadUntilKilled(hub, share, run);
      hub = await startHub({ folder });
      await hub.advance(PAST_LEASES_MS);
      onProgress(`kill ${killed + 1}: ${events.filter(({ acknowledged }) => acknowledged).length} acknowledged`);
    }
    await sendTheRest(hub, run);
    await settle(hub);
    const all = await signAll(hub, events);
    const { violations, ...rest } = await account(hub, all);
    const { repeated, forged, functionKills, wrongAnswers } = run.counts;
    return {
      ...{ kills, functionKills, repeated, forged, acknowledged: events.length },
      ...{ sentAgain: events.reduce((sum, { tries }) => sum + tries - 1, 0), ...rest },
      ...{ violations: [...wrongAnswers, ...violations], durationMs: performance.now() - startedAt },
    };
  } finally {
    await hub.stop();
  }
}

/**
 * Load from several lanes; the hub is killed in the middle of it, after a random number of answers, so that a slow machine
 * gets as much done as a fast one. Resolves when it is gone and all lanes have noticed.
 */
async function loadUntilKilled(hub: Hub, share: readonly Event[], run: Run): Promise<void> {
  const { random, counts } = run;
  const now = await hub.now();
  const open = share.filter(({ acknowledged }) => !acknowledged).values();
  const answersLeft = { hub: random.int(MOST_ANSWERS), function: random.int(MOST_ANSWERS) };
  const enough = Promise.withResolvers<void>();
  let killed = false;
  const answered = async () => {
    answersLeft.hub -= 1;
    answersLeft.function -= 1;
    if (answersLeft.hub <= 0) enough.resolve();
    if (answersLeft.function === 0 && (await killOneFunction(hub.pid, random))) counts.functionKills += 1;
  };
  const lane = async () => {
    while (!killed) await act(hub, { open, share, now }, run).then(answered, () => {});
  };
  const killer = async () => {
    await Promise.race([enough.promise, pause(LONGEST_LIFE_MS)]);
    // Somewhere in what the last answers have set off.
    await pause(random.int(MOST_MORE_MS));
    killed = true;
    await hub.kill();
  };
  await Promise.all([killer(), ...Array.from({ length: LANES }, lane)]);
}

type Load = { open: Iterator<Event>; share: readonly Event[]; now: Date };

/** One request: an event that is not acknowledged, one that is once more, or a forged one. */
async function act(hub: Hub, { open, share, now }: Load, { random, counts }: Run): Promise<void> {
  if (random.percent(FORGED)) {
    counts.forged += 1;
    const { status } = await hub.post(await forgedBy(random));
    if (status < 500 && status !== 401) counts.wrongAnswers.push(`a forged request was answered ${status}`);
    return;
  }
  const old = share.filter(({ acknowledged }) => acknowledged);
  if (old.length > 0 && random.percent(REPEATED)) {
    counts.repeated += 1;
    return void (await hub.post(await sign(random.pick(old), { at: now })));
  }
  const next = open.next();
  if (next.done) return pause(20);
  await deliver(hub, next.value, now, counts);
}

async function deliver(hub: Hub, event: Event, at: Date, counts: Counts): Promise<void> {
  const signed = await sign(event, { at });
  event.tries += 1;
  const { status } = await hub.post(signed);
  if (status === 200) event.acknowledged = true;
  else if (status < 500) counts.wrongAnswers.push(`${signed.eventId} was answered ${status}`);
}

/** What a vendor does after an answer that was no 2xx, until there is one. */
async function sendTheRest(hub: Hub, { events, counts }: Run): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const now = await hub.now();
    const open = events.filter(({ acknowledged }) => !acknowledged);
    await inParallel(open, LANES, (event) => deliver(hub, event, now, counts));
  }
  const open = events.filter(({ acknowledged }) => !acknowledged).length;
  if (open > 0) counts.wrongAnswers.push(`${open} events are not acknowledged by a hub that nobody kills`);
}

/** Gives the hub all the time that its waits may take. */
async function settle(hub: Hub): Promise<void> {
  for (let look = 0; look < LAST_LOOKS; look++) {
    if (await hub.quiet(LOOK_MS).catch(() => false)) return;
    await hub.advance(PAST_LEASES_MS);
  }
}

const sign = ({ number }: Event, options: SignOptions): Promise<Signed> =>
  VENDORS[number % VENDORS.length]!(`c-${number}`, options);

const forgedBy = (random: Random) => random.pick(VENDORS)(`f-${random.int(1_000_000)}`, { forged: true });

async function signAll(hub: Hub, events: readonly Event[]): Promise<Signed[]> {
  const at = await hub.now();
  return Promise.all(events.map((event) => sign(event, { at })));
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
