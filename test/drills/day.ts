/**
 * A day in the life of a hub: one is started, vendors send to it, something breaks, time passes, an operator acts. Whatever
 * happens is a line of the timeline, at the hub's own time.
 */
import { join } from 'node:path';
import { FLOWS, type Hub, inParallel, startHub } from '../journeys/hub-process.ts';
import { type Signed, sourceSecrets, type Vendor } from '../journeys/vendors.ts';
import { openQueues } from './queues.ts';
import { createTime, DAY_MS, HOUR_MS } from './time.ts';
import { createWatch } from './watch.ts';

/** `normal` is production's; `test` has retries a hundred times quicker and paces calls a hundred times faster. */
const STAGE_OF = { normal: 'dev', test: 'test' } as const;
const LANES = 8;

export type Timing = keyof typeof STAGE_OF;
export type Day = Awaited<ReturnType<typeof beginDay>>;

/** What was counted; the summary's figures. */
export type Counts = { requests: number; refused: number; redriven: number };

type Options = {
  timing: Timing;
  /** The weekday (0 is Sunday) and the full hour, UTC, at which the story begins. */
  begins: { weekday: number; hour: number };
  /** Each line of the timeline. */
  onLine: (line: string) => void;
};

export async function beginDay(options: Options) {
  const hub = await startHub({ stage: STAGE_OF[options.timing], secrets: sourceSecrets });
  try {
    await hub.advance(untilNext(options.begins, await hub.now()));
    return await dayOf(hub, options);
  } catch (error) {
    await hub.stop();
    throw error;
  }
}

async function dayOf(hub: Hub, { onLine }: Options) {
  const { folder } = hub;
  const begunAt = (await hub.now()).getTime();
  const accepted = new Map<string, Signed>();
  const counts: Counts = { requests: 0, refused: 0, redriven: 0 };
  const violations: string[] = [];
  let events = 0;

  const say = async (what: string) => onLine(timelineLine((await hub.now()).getTime(), begunAt, what));
  const queues = openQueues(folder);
  const watch = createWatch({ hub, queues, assembly: join(folder, 'assembly'), refusals: () => counts.refused, say });
  const time = createTime({ hub, queues, onSettled: watch.look });

  const day = {
    hub,
    say,
    counts,
    violations,
    ...time,
    firedAlarms: watch.firedAlarms,
    mostReceives: watch.mostReceives,
    /** Every event that a vendor was told is accepted, once. */
    accepted: () => [...accepted.values()],

    /** Notes what must hold. */
    check(what: string, holds: boolean, found: unknown): void {
      if (!holds) violations.push(`${what}: ${JSON.stringify(found)}`);
    },

    /** Ids of events that there are not yet; vendors' numbers are made of the digits in them. */
    newIds: (what: string, count: number) => Array.from({ length: count }, () => `${what}-${++events}`),

    /** Sends events of one vendor, signed at the hub's time. @returns The ids that were not answered 2xx. */
    async send(vendor: Vendor, ids: readonly string[]): Promise<string[]> {
      const at = await hub.now();
      const refused = await inParallel(ids, LANES, async (id) => {
        const signed = await vendor(id, { at });
        const { status } = await hub.post(signed);
        counts.requests += 1;
        if (status >= 200 && status <= 299) accepted.set(`${signed.source} ${signed.eventId}`, signed);
        else counts.refused += 1;
        day.check('a refusal asks the vendor to come back', status < 300 || status >= 500, { id, status });
        return status < 300 ? [] : [id];
      });
      const again = refused.flat();
      const answers = again.length === 0 ? 'all accepted' : `${again.length} refused, to be sent again`;
      await say(`${ids.length} events like ${ids[0]}: ${answers}`);
      return again;
    },

    /** What an operator types. @returns What it said, as JSON where `--json` is among the arguments. */
    async operator(...command: string[]) {
      await say(`$ syncline ${command.map((word) => (/[\s{]/.test(word) ? `'${word}'` : word)).join(' ')}`);
      const said = await hub.cli(...command);
      for (const line of [...lines(said.stderr), ...lines(said.stdout)]) await say(`  ${line}`);
      if (said.code !== 0) throw new Error(`syncline ${command.join(' ')} ended with ${said.code}`);
      return said;
    },

    /** Redrives a flow's dead letters. */
    async redrive(flow: keyof typeof FLOWS) {
      const said = await day.operator('dlq', 'redrive', FLOWS[flow], '--json');
      counts.redriven += Number(said.json()[0]?.moved);
      return said;
    },

    async end(): Promise<void> {
      queues.close();
      await hub.stop();
    },
  };
  return day;
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

function untilNext({ weekday, hour }: { weekday: number; hour: number }, now: Date): number {
  const today = now.getTime() - (now.getTime() % DAY_MS);
  const days = (weekday - now.getUTCDay() + 7) % 7;
  const at = today + days * DAY_MS + hour * HOUR_MS;
  return (at > now.getTime() ? at : at + 7 * DAY_MS) - now.getTime();
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `Sat 03:10  +0d 10:10  what`. */
function timelineLine(now: number, begunAt: number, what: string): string {
  const clock = `${WEEKDAYS[new Date(now).getUTCDay()]} ${new Date(now).toISOString().slice(11, 16)}`;
  const passed = now - begunAt;
  const days = Math.floor(passed / DAY_MS);
  return `${clock}  +${days}d ${new Date(passed % DAY_MS).toISOString().slice(11, 16)}  ${what}`;
}
