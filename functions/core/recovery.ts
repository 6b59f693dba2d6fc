/**
 * Finding out that what is parked is well again: a probe a minute after it was parked, then after 1, 2, 4, 8 and from then on
 * every 15 minutes (docs/delivery.md, rule 10).
 *
 * - A **target** that answers healthily ends what a probe can judge of it, `auth` and `circuit`. Where the connection allows
 *   no probe, the parks end after 15 minutes, and the next calls tell.
 * - A flow's **function** that answers a probe at all, whatever it says of the target, can be loaded: that ends `broken`.
 *
 * Every other reason has its own end.
 */
import type { Apart } from './apart.ts';
import { askedNoteOf, brokenParkOf } from './broken.ts';
import { type HeldFlow, sameSubject } from './mappings.ts';
import { holds, type Park, type ParkReason } from './parks.ts';
import type { Clock, Note, Notes, Parks, Probes, Telemetry } from './ports.ts';
import { NO_PROBE } from './probe.ts';

export type RecoveryPorts = { parks: Parks; probes: Probes; notes: Notes; clock: Clock; telemetry: Telemetry };

const MINUTE = 60_000;
const FIRST_WAIT_MS = MINUTE;
const MAX_WAIT_MS = 15 * MINUTE;
/** We are run once a minute, not to the second: what is nearly due is due. */
const SLACK_MS = MINUTE / 2;
const JUDGED: readonly ParkReason[] = ['auth', 'circuit'];

/** A target, or the function of a flow, that is parked and can be probed. */
type Patient = {
  /** `target` or `flow`, as the log names it. */
  readonly kind: 'flow' | 'target';
  readonly name: string;
  readonly note: string;
  readonly parks: readonly Park[];
  readonly since: number;
  /** Whether its parks are over, with what the log is to say of it. */
  ask(probes: Probes, now: () => number): Promise<{ isOver: boolean; told: object }>;
};

/**
 * Probes what is due and ends the parks of what is healthy.
 *
 * @param probed Targets that declare a probe.
 */
export async function recover(
  { flows, probed }: { flows: readonly HeldFlow[]; probed: readonly string[] },
  parks: readonly Park[],
  ports: RecoveryPorts,
  apart: Apart,
): Promise<void> {
  const now = ports.clock.now();
  const patients = [
    ...probed.flatMap((target) => targetPatient(target, flows, parks, now) ?? []),
    ...flows.flatMap((flow) => functionPatient(flow, parks, now) ?? []),
  ];
  if (patients.length === 0) return;
  const notes = await apart.run('reading when was probed', () => ports.notes.read(patients.map(({ note }) => note)));
  if (!notes) return;
  const due = patients.filter((patient) => dueAt(patient, notes.get(patient.note)) <= now + SLACK_MS);
  await Promise.all(
    due.map((patient) => apart.run(`probing ${patient.name}`, () => examine(patient, notes.get(patient.note), ports))),
  );
}

function targetPatient(
  target: string,
  flows: readonly HeldFlow[],
  parks: readonly Park[],
  now: number,
): Patient | undefined {
  const own = parks.filter(
    (park) =>
      sameSubject(park.subject, { kind: 'target', name: target }) && JUDGED.includes(park.reason) && holds(park, now),
  );
  const users = flows.filter(({ targets }) => targets.includes(target));
  // A function that is broken itself says nothing of a target.
  const flow = (users.find(({ name }) => brokenParkOf(name, parks, now) === undefined) ?? users[0])?.name;
  if (own.length === 0 || flow === undefined) return undefined;
  const since = Math.min(...own.map((park) => park.since));
  return {
    ...{ kind: 'target', name: target, note: `probe#${target}`, parks: own, since },
    async ask(probes, time) {
      const answer = await probes.probe(flow, target);
      const isOver = answer.healthy || (answer.code === NO_PROBE && time() - since >= MAX_WAIT_MS);
      return { isOver, told: { flow, ...answer } };
    },
  };
}

function functionPatient({ name, targets }: HeldFlow, parks: readonly Park[], now: number): Patient | undefined {
  const park = brokenParkOf(name, parks, now);
  const [target] = targets;
  if (!park || target === undefined) return undefined;
  return {
    ...{ kind: 'flow', name, note: askedNoteOf(name), parks: [park], since: park.since },
    async ask(probes) {
      const runs = await probes.answers(name, target);
      return { isOver: runs, told: { target, runs } };
    },
  };
}

/** A note of an earlier park says nothing about this one. */
const isCurrent = (note: Note | undefined, { since }: Patient): note is Note => note?.since === since;

const dueAt = (patient: Patient, note: Note | undefined) =>
  isCurrent(note, patient) ? note.at! + note.waitMs! : patient.since + FIRST_WAIT_MS;

async function examine(patient: Patient, note: Note | undefined, ports: RecoveryPorts): Promise<void> {
  const { kind, name, parks, since } = patient;
  const waitMs = isCurrent(note, patient) ? Math.min(2 * note.waitMs!, MAX_WAIT_MS) : FIRST_WAIT_MS;
  // Before the probe, so that one which takes us down is not made every minute.
  await ports.notes.write(patient.note, { since, at: ports.clock.now(), waitMs });
  const { isOver, told } = await patient.ask(ports.probes, ports.clock.now);
  ports.telemetry.log('info', 'probed', { [kind]: name, ...told, nextProbeMs: isOver ? undefined : waitMs });
  if (!isOver) return;
  for (const { subject, reason } of parks) await ports.parks.remove(subject, reason);
}
