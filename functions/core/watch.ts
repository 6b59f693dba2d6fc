/**
 * The hourly look at what waits too long: messages that SQS drops soon, and flows that have been parked for days. Metrics are
 * written only where there is something to tell, so that a flow that is well costs none.
 */
import type { Apart } from './apart.ts';
import { type HeldFlow, reasonsOf } from './mappings.ts';
import { METRICS } from './names.ts';
import type { Park } from './parks.ts';
import type { Attention, Clock, Gauges, Notes } from './ports.ts';

export type WatchPorts = { attention: Attention; notes: Notes; gauges: Gauges; clock: Clock };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Time for an operator to mend it over a long weekend. */
export const EXPIRING_WITHIN_MS = 4 * DAY;
const NOTE = 'watch';

/** Looks once in each hour of the clock; a look that failed in part is repeated in the next minute. */
export async function watch(flows: readonly HeldFlow[], parks: readonly Park[], ports: WatchPorts, apart: Apart) {
  const now = ports.clock.now();
  const last = (await ports.notes.read([NOTE])).get(NOTE)?.at;
  if (last !== undefined && Math.floor(last / HOUR) === Math.floor(now / HOUR)) return;
  const failedBefore = apart.failed.length;
  for (const flow of flows) {
    const days = parkedDays(flow, parks, now);
    if (days > 0) ports.gauges.set(flow.name, METRICS.parkedDays, days);
    await apart.run(`counting what of ${flow.name} expires`, async () => {
      const count = await ports.attention.countExpiring(flow.name, now, now + EXPIRING_WITHIN_MS);
      if (count > 0) ports.gauges.set(flow.name, METRICS.expiring, count);
    });
  }
  if (apart.failed.length === failedBefore) await ports.notes.write(NOTE, { at: now });
}

/** Whole days since the first of the reasons that hold it. */
function parkedDays(flow: HeldFlow, parks: readonly Park[], now: number): number {
  const since = reasonsOf(flow, parks, now).map((park) => park.since);
  return since.length === 0 ? 0 : Math.floor((now - Math.min(...since)) / DAY);
}
