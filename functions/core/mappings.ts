/**
 * Which event source mapping a flow should have: off while a reason holds, on otherwise.
 *
 * Lambda changes a mapping in its own time, so one that is being changed is left for the next look:
 *
 *   Enabled ──a reason holds──> Disabling ──> Disabled ──no reason holds──> Enabling ──> Enabled, at most two at once
 *   Enabled, at most two at once ──two minutes later──> Updating ──> Enabled, as many at once as the template says
 */
import { holds, type Park, type ParkSubject } from './parks.ts';
import type { FlowMapping, Mappings, Notes } from './ports.ts';

/** A flow as far as holding it back goes; travels as JSON beside the guard's code. */
export type HeldFlow = {
  readonly name: string;
  readonly targets: readonly string[];
  /** The template's. */
  readonly maximumConcurrency: number;
};

/** After a resume a target that has just recovered meets no more than this many calls at once, the least Lambda allows. */
export const RESUME_CONCURRENCY = 2;
export const RESUME_MS = 2 * 60_000;

export const subjectsOf = ({ name, targets }: HeldFlow): ParkSubject[] => [
  { kind: 'flow', name },
  ...targets.map((target): ParkSubject => ({ kind: 'target', name: target })),
];

export const sameSubject = (one: ParkSubject, other: ParkSubject) => one.kind === other.kind && one.name === other.name;

/** The reasons that hold a flow: its own and those of its targets. */
export const reasonsOf = (flow: HeldFlow, parks: readonly Park[], now: number): Park[] => {
  const subjects = subjectsOf(flow);
  return parks.filter((park) => holds(park, now) && subjects.some((subject) => sameSubject(subject, park.subject)));
};

export type MappingChange = {
  readonly flow: string;
  readonly id: string;
  readonly what: 'pause' | 'resume' | 'full-speed';
  readonly to: { readonly enabled: boolean; readonly maximumConcurrency?: number };
};

export type MappingPlan = {
  readonly changes: readonly MappingChange[];
  /** Flows whose mapping is being changed: to be looked at again. */
  readonly unsettled: readonly string[];
  /** Flows without one: not deployed yet, or no more. */
  readonly missing: readonly string[];
  /** As they were read for it. */
  readonly parks: readonly Park[];
};

/**
 * Lists the mappings once and plans what must change.
 *
 * Parks are read after the mappings: whoever parks or resumes changes the reason first, so a mapping is never seen without
 * the reason for its state, and nobody's park is undone. Notes are read only where a mapping runs at another number than the
 * template's.
 */
export async function planMappings(
  flows: readonly HeldFlow[],
  readParks: () => Promise<readonly Park[]>,
  { mappings, notes }: { mappings: Pick<Mappings, 'list'>; notes: Pick<Notes, 'read'> },
  now: number,
): Promise<MappingPlan> {
  const listed = await mappings.list(flows.map(({ name }) => name));
  const parks = await readParks();
  const slowed = flows.filter(({ name, maximumConcurrency }) => {
    const mapping = listed.get(name);
    return mapping && mapping.maximumConcurrency !== maximumConcurrency;
  });
  const noted = slowed.length === 0 ? new Map() : await notes.read(slowed.map(({ name }) => noteOf(name)));
  const changes: MappingChange[] = [];
  const unsettled: string[] = [];
  const missing: string[] = [];
  for (const flow of flows) {
    const mapping = listed.get(flow.name);
    if (!mapping) missing.push(flow.name);
    else if (mapping.state !== 'Enabled' && mapping.state !== 'Disabled') unsettled.push(flow.name);
    else {
      const isHeld = reasonsOf(flow, parks, now).length > 0;
      const resumedAt: number | undefined = noted.get(noteOf(flow.name))?.at;
      const isRecent = resumedAt !== undefined && now - resumedAt < RESUME_MS;
      const change = changeOf(flow, mapping, isHeld, isRecent);
      if (change) changes.push({ flow: flow.name, id: mapping.id, ...change });
    }
  }
  return { changes, unsettled, missing, parks };
}

function changeOf(
  { maximumConcurrency }: HeldFlow,
  mapping: FlowMapping,
  isHeld: boolean,
  isRecent: boolean,
): Pick<MappingChange, 'what' | 'to'> | undefined {
  const isOn = mapping.state === 'Enabled';
  if (isHeld) return isOn ? { what: 'pause', to: { enabled: false } } : undefined;
  if (!isOn) return { what: 'resume', to: { enabled: true, maximumConcurrency: RESUME_CONCURRENCY } };
  if (isRecent || mapping.maximumConcurrency === maximumConcurrency) return undefined;
  return { what: 'full-speed', to: { enabled: true, maximumConcurrency } };
}

/**
 * Makes a change. That a flow is resumed is written down first: a mapping on at two with nobody knowing why would be set to
 * the template's number at once.
 */
export async function changeMapping(
  { flow, id, what, to }: MappingChange,
  { mappings, notes }: { mappings: Pick<Mappings, 'change'>; notes: Pick<Notes, 'write'> },
  now: number,
): Promise<void> {
  if (what === 'resume') await notes.write(noteOf(flow), { at: now });
  await mappings.change(id, to);
}

const noteOf = (flow: string) => `resumed#${flow}`;
