import type { CycleCause } from '../../functions/core/ledger.ts';
import type { DeliveryDetail } from './deliveries.ts';

export type Moment = { at: string; what: string };

const CAUSES: Readonly<Record<CycleCause, string>> = {
  first: 'accepted',
  redrive: 'redriven',
  resend: 'sent again by the vendor',
  edit: 'edited by an operator',
  replay: 'replayed by an operator',
};

/** What happened to a delivery, in the order of time. */
export function timelineOf({ row, steps, tries }: DeliveryDetail): Moment[] {
  const moments: { at: number; what: string }[] = [{ at: row.acceptedAt, what: `accepted as ${row.type}` }];
  const cycles = new Map<number, { at: number; cause: CycleCause }>();
  for (const { cycle, cycleStartedAt, cycleCause } of [...tries, row]) {
    cycles.set(cycle, { at: cycleStartedAt, cause: cycleCause });
  }
  for (const [cycle, { at, cause }] of cycles) {
    if (cause !== 'first') moments.push({ at, what: `${CAUSES[cause]}: cycle ${cycle} begins` });
  }
  if (row.resolution) {
    const { how, by, at } = row.resolution;
    moments.push({ at, what: `${by} says: ${how === 'happened' ? 'it happened' : 'repeat it'}` });
  }
  for (const { step, result, doneAt } of steps) {
    moments.push({ at: doneAt, what: `step ${step} done: ${JSON.stringify(result)}` });
  }
  for (const failed of tries) {
    const then = failed.notBefore === undefined ? failed.outcome : `waits until ${iso(failed.notBefore)}`;
    const counted = failed.counted ? '' : ', not counted';
    const what = `try ${failed.number} failed after ${failed.durationMs} ms: ${failed.errorClass} (${failed.code}${counted}) ${failed.message}; ${then}`;
    moments.push({ at: failed.startedAt + failed.durationMs, what });
  }
  if (row.finishedAt !== undefined) {
    const how = row.reason ?? (row.result === undefined ? '' : JSON.stringify(row.result));
    const what = `${row.state} in ${row.durationMs} ms, attempt ${row.attempts}${how ? `: ${how}` : ''}`;
    moments.push({ at: row.finishedAt, what });
  }
  moments.sort((a, b) => a.at - b.at);
  return moments.map(({ at, what }) => ({ at: iso(at), what }));
}

const iso = (ms: number) => new Date(ms).toISOString();
