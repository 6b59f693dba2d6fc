/**
 * The guard: run every minute, it makes mappings match the reasons that hold flows back, parks flows whose function is
 * broken, finds out what is well again, and tells of what waits too long (docs/delivery.md, rule 10).
 *
 * Nothing depends on one run: what fails, or is missed, is done a minute later. Without it nothing is lost either; parked
 * flows stay parked, and operators park and resume by hand.
 */
import { type Apart, apart } from './apart.ts';
import { type BrokenPorts, parkBroken } from './broken.ts';
import { changeMapping, type HeldFlow, planMappings, reasonsOf, sameSubject, subjectsOf } from './mappings.ts';
import { METRICS } from './names.ts';
import { holds, type Park, type ParkSubject } from './parks.ts';
import type { Mappings } from './ports.ts';
import { type RecoveryPorts, recover } from './recovery.ts';
import { type WatchPorts, watch } from './watch.ts';

/** What the guard guards; the build finds it in the flow files. */
export type GuardPlan = {
  readonly flows: readonly HeldFlow[];
  /** Targets that declare a probe. */
  readonly probed: readonly string[];
  /** Whether a source's vendor never retries, so that ingest may have spooled something. */
  readonly spools: boolean;
};

export type GuardPorts = RecoveryPorts & WatchPorts & BrokenPorts & { mappings: Mappings };

/** Work that the guard does besides, such as publishing what ingest had to spool. */
export type Errand = { readonly what: string; run(): Promise<void> };

/**
 * One run.
 *
 * @throws Error that names the parts which failed; all others were done.
 */
export async function guard(plan: GuardPlan, ports: GuardPorts, errands: readonly Errand[] = []): Promise<void> {
  ports.telemetry.count(METRICS.heartbeat);
  const parts = apart(ports.telemetry);
  for (const { what, run } of errands) await parts.run(what, run);
  const parks = await parts.run('reading parks', () => ports.parks.read(subjectsIn(plan)));
  // Not knowing why flows are parked, nothing may be resumed.
  if (parks) await tend(plan, parks, ports, parts);
  if (parts.failed.length > 0) throw new Error(`[syncline] [guard] failed: ${parts.failed.join(', ')}`);
}

async function tend(plan: GuardPlan, parks: readonly Park[], ports: GuardPorts, parts: Apart): Promise<void> {
  await forgetOver(parks, ports, parts);
  tellHeld(plan, parks, ports);
  await parkBroken(plan.flows, parks, ports, parts);
  await recover(plan, parks, ports, parts);
  await parts.run('matching mappings', () => match(plan, ports, parts));
  await parts.run('watching', () => watch(plan.flows, parks, ports, parts));
}

function subjectsIn({ flows }: GuardPlan): ParkSubject[] {
  const all = flows.flatMap(subjectsOf);
  return all.filter((subject, index) => all.findIndex((other) => sameSubject(subject, other)) === index);
}

/** Timed reasons that are over hold nobody; they are removed so that nobody wonders. */
async function forgetOver(parks: readonly Park[], ports: GuardPorts, parts: Apart): Promise<void> {
  for (const { subject, reason } of parks.filter((park) => !holds(park, ports.clock.now()))) {
    await parts.run(`removing ${reason} of ${subject.name}`, () => ports.parks.remove(subject, reason));
  }
}

/** What is parked is meant to stand still: the alarm on that looks at this. A flow that is well costs no metric. */
function tellHeld({ flows }: GuardPlan, parks: readonly Park[], { gauges, clock }: GuardPorts): void {
  const held = flows.filter((flow) => reasonsOf(flow, parks, clock.now()).length > 0);
  for (const { name } of held) gauges.set(name, METRICS.held, 1);
}

async function match(plan: GuardPlan, ports: GuardPorts, parts: Apart): Promise<void> {
  const now = ports.clock.now();
  const readParks = () => ports.parks.read(subjectsIn(plan));
  const { changes, missing } = await planMappings(plan.flows, readParks, ports, now);
  // While stacks are being deployed, a flow may be known here and not yet there.
  if (missing.length > 0) ports.telemetry.log('warn', 'no event source mapping', { flows: missing });
  for (const change of changes) {
    const { flow, what } = change;
    await parts.run(`${what} of ${flow}`, async () => {
      await changeMapping(change, ports, now);
      ports.telemetry.log('info', 'mapping changed', { flow, what, ...change.to });
    });
  }
}
