/**
 * Noticing that a flow's function is broken: nine of ten invocations fail for five minutes (docs/delivery.md, rule 10).
 *
 * Such failures happen before our code runs (a deploy that throws when it is loaded, a function out of memory), so that only
 * what Lambda counts tells of them. What counts as evidence, part by part:
 *
 * - **Minutes that are complete.** An invocation is counted in the minute in which it began, once it has ended, and a failure
 *   at load ends sooner than a success. So the newest two minutes are left out: one for the longest invocation there is, one
 *   for CloudWatch.
 * - **At least five invocations.** A lone delivery that kills its workers stops after three (rule 5), so it never parks its
 *   flow. Without traffic it takes a while: what a broken function takes along comes back after its visibility timeout, six
 *   minutes at most, so five failures of a single message fit into the forty minutes that are looked at.
 * - **Over five minutes.** One burst that fails tells of a moment, not of a deploy.
 * - **To the end.** Of the newest minute in which there was any invocation nine of ten failed too: what has just been mended
 *   is left alone.
 * - **Since the function was last asked whether it runs.** What was before has been judged. That the flow was parked meanwhile for
 *   another reason changes nothing: nobody was invoked then.
 */
import type { Apart } from './apart.ts';
import { type HeldFlow, sameSubject } from './mappings.ts';
import { METRICS } from './names.ts';
import { holds, type Park } from './parks.ts';
import type { Clock, Gauges, InvocationMinute, Invocations, Notes, Parks, Telemetry } from './ports.ts';

export type BrokenPorts = {
  invocations: Invocations;
  parks: Parks;
  notes: Notes;
  gauges: Gauges;
  clock: Clock;
  telemetry: Telemetry;
};

const MINUTE = 60_000;
const INCOMPLETE_MS = 2 * MINUTE;
const LOOK_BACK_MS = 40 * MINUTE;
const FAILING_MS = 5 * MINUTE;
const LEAST_INVOCATIONS = 5;
const FAILING_SHARE = 0.9;

/**
 * Parks the flows whose function is broken.
 *
 * Where CloudWatch cannot be asked nothing changes: nobody is parked without evidence.
 */
export async function parkBroken(
  flows: readonly HeldFlow[],
  parks: readonly Park[],
  ports: BrokenPorts,
  apart: Apart,
): Promise<void> {
  const now = ports.clock.now();
  const to = now - (now % MINUTE) - INCOMPLETE_MS;
  const watched = flows.map(({ name }) => name).filter((flow) => brokenParkOf(flow, parks, now) === undefined);
  const counted = await apart.run('counting failed invocations', () =>
    ports.invocations.count(watched, to - LOOK_BACK_MS, to),
  );
  const suspects = [...(counted ?? [])].filter(([, minutes]) => evidenceIn(minutes) !== undefined);
  if (suspects.length === 0) return;
  const notes = await apart.run('reading when functions were asked', () =>
    ports.notes.read(suspects.map(([flow]) => askedNoteOf(flow))),
  );
  if (!notes) return;
  for (const [flow, minutes] of suspects) {
    const askedAt = notes.get(askedNoteOf(flow))?.at ?? 0;
    const evidence = evidenceIn(minutes.filter(({ at }) => at >= askedAt));
    if (evidence) await apart.run(`parking ${flow}`, () => add(flow, evidence, ports));
  }
}

/** The note of when a flow's function was last asked whether it runs. */
export const askedNoteOf = (flow: string) => `broken#${flow}`;

/** The reason `broken` of a flow, if it holds. */
export const brokenParkOf = (flow: string, parks: readonly Park[], now: number): Park | undefined =>
  parks.find(
    (park) => park.reason === 'broken' && sameSubject(park.subject, { kind: 'flow', name: flow }) && holds(park, now),
  );

type Evidence = { readonly invocations: number; readonly errors: number; readonly minutes: number };

/** The shortest stretch up to the newest minute that is evidence. */
function evidenceIn(minutes: readonly InvocationMinute[]): Evidence | undefined {
  const newest = minutes.at(-1);
  if (!newest || !isFailing(newest)) return undefined;
  let [invocations, errors] = [0, 0];
  for (const minute of minutes.toReversed()) {
    invocations += minute.invocations;
    errors += minute.errors;
    const lastedMs = newest.at + MINUTE - minute.at;
    const isEnough = invocations >= LEAST_INVOCATIONS && lastedMs >= FAILING_MS && minute.errors > 0;
    if (isEnough && isFailing({ invocations, errors })) return { invocations, errors, minutes: lastedMs / MINUTE };
  }
  return undefined;
}

const isFailing = ({ invocations, errors }: Pick<InvocationMinute, 'invocations' | 'errors'>) =>
  errors >= FAILING_SHARE * invocations;

async function add(
  flow: string,
  { invocations, errors, minutes }: Evidence,
  { parks, gauges, clock, telemetry }: BrokenPorts,
): Promise<void> {
  const why = `${errors} of ${invocations} invocations failed in ${minutes} minutes`;
  const subject = { kind: 'flow', name: flow } as const;
  await parks.add({ subject, reason: 'broken', since: clock.now(), by: 'guard', why });
  gauges.set(flow, METRICS.parkAdded, 1);
  telemetry.log('warn', 'parked', { flow, reason: 'broken', why });
}
