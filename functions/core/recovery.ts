/**
 * Finding out that a parked target is well again: a probe a minute after it was parked, then after 1, 2, 4, 8 and from then
 * on every 15 minutes. A healthy answer ends what a probe can judge, `auth` and `circuit`; every other reason has its own end.
 * Where the connection allows no probe, the parks end after 15 minutes, and the next calls tell.
 */
import type { Apart } from './apart.ts';
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

/** A target that is parked and can be probed. */
type Patient = { target: string; flow: string; parks: readonly Park[]; since: number };

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
  const patients = probed.flatMap((target) => patientOf(target, flows, parks, now));
  if (patients.length === 0) return;
  const notes = await apart.run('reading when targets were probed', () =>
    ports.notes.read(patients.map(({ target }) => noteOf(target))),
  );
  if (!notes) return;
  const due = patients.filter((patient) => dueAt(patient, notes.get(noteOf(patient.target))) <= now + SLACK_MS);
  await Promise.all(
    due.map((patient) =>
      apart.run(`probing ${patient.target}`, () => examine(patient, notes.get(noteOf(patient.target)), ports)),
    ),
  );
}

function patientOf(target: string, flows: readonly HeldFlow[], parks: readonly Park[], now: number): Patient[] {
  const own = parks.filter(
    (park) =>
      sameSubject(park.subject, { kind: 'target', name: target }) && JUDGED.includes(park.reason) && holds(park, now),
  );
  const flow = flows.find(({ targets }) => targets.includes(target));
  if (own.length === 0 || !flow) return [];
  return [{ target, flow: flow.name, parks: own, since: Math.min(...own.map(({ since }) => since)) }];
}

/** A note of an earlier park says nothing about this one. */
const isCurrent = (note: Note | undefined, { since }: Patient): note is Note => note?.since === since;

const dueAt = (patient: Patient, note: Note | undefined) =>
  isCurrent(note, patient) ? note.at! + note.waitMs! : patient.since + FIRST_WAIT_MS;

async function examine(patient: Patient, note: Note | undefined, ports: RecoveryPorts): Promise<void> {
  const { target, flow, parks, since } = patient;
  const waitMs = isCurrent(note, patient) ? Math.min(2 * note.waitMs!, MAX_WAIT_MS) : FIRST_WAIT_MS;
  // Before the probe, so that one which takes us down is not made every minute.
  await ports.notes.write(noteOf(target), { since, at: ports.clock.now(), waitMs });
  const answer = await ports.probes.probe(flow, target);
  ports.telemetry.log('info', 'probed', { target, flow, ...answer, nextProbeMs: answer.healthy ? undefined : waitMs });
  if (!answer.healthy && !(answer.code === NO_PROBE && ports.clock.now() - since >= MAX_WAIT_MS)) return;
  for (const { subject, reason } of parks) await ports.parks.remove(subject, reason);
}

const noteOf = (target: string) => `probe#${target}`;
