/**
 * Echoes: a vendor tells us of the change that we made there ourselves.
 *
 * What an operation wrote into a record is remembered, write by write, its values as hashes. An event is our own echo when it
 * was accepted within ten minutes of writes that gave each of its fields the value that it has there (docs/delivery.md,
 * rule 11): a record that changes twice has two echoes, and the first one still on its way is no news. When the event gets to
 * run makes no difference, since what waits behind a parked entity is mostly echoes. It is a help against loops and no
 * promise: what cannot be remembered or read is delivered.
 */
import { hash } from 'node:crypto';
import type { Envelope } from './envelope.ts';
import type { DeliveryRow, StepRow } from './ledger.ts';
import { QUEUE } from './names.ts';
import type { Clock, Echoes, Telemetry } from './ports.ts';
import { redact } from './redact.ts';
import { type Call, definitionOf, type Fields, type RecordFields, type Target } from './target.ts';

/** The reason of a delivery that was an echo. */
export const ECHO = 'echo';

/** Which of a flow's events may be echoes. */
export type EchoRule<Payload> = {
  /** The target, named as in `systems.ts`, that sends the flow's events and that this hub writes to. */
  readonly target: Target;
  /** What the event says of a record, in the names that the target's operations give in `writes`; undefined: no echo. */
  of(payload: Payload, event: Envelope): RecordFields | undefined;
};

export type EchoPorts = { echoes: Echoes; clock: Clock; telemetry: Telemetry };

const ECHO_MS = 10 * 60_000;
/** Two functions' clocks may differ by so much. */
const SKEW_MS = 5_000;
/** As long as a queue keeps an event that waits. */
const MEMORY_MS = QUEUE.retentionMs;
/** Of a record of more fields nothing is remembered: an event of it would have too much to read. */
const MAX_FIELDS = 100;
/**
 * Of a record's writes in those ten minutes the newest are read: one every two seconds, and mostly far below the 1 MB
 * of one query. Who reads fewer delivers more, and skips nothing: the echo of an older write passes for news.
 */
const MAX_WRITES = 300;

/**
 * Remembers what a call that was done has written. Never throws.
 *
 * @param startedAt Before the call set out: its echo may be there sooner than its answer.
 */
export async function noteWrites(call: Call, result: object, startedAt: number, ports: EchoPorts): Promise<void> {
  const { writes } = definitionOf(call);
  if (!writes) return;
  try {
    const { entity, fields } = writes(call.input, result);
    const hashes = hashesOf(fields);
    if (hashes.size === 0 || hashes.size > MAX_FIELDS) return;
    const write = { hashes, at: startedAt, keptUntil: startedAt + MEMORY_MS };
    await ports.echoes.note({ target: call.target.name, entity }, write);
  } catch (error) {
    ports.telemetry.log('warn', 'echo not noted', { operation: call.id, error: redact(String(error)) });
  }
}

/**
 * Whether an event says only what we wrote ourselves. Once a delivery may have written something, the answer is no: it would
 * take its own work for the echo. And what an operator publishes anew is meant.
 */
export async function isEcho(
  rule: EchoRule<unknown> | undefined,
  event: { payload: unknown; envelope: Envelope; row: DeliveryRow; steps: readonly StepRow[] },
  ports: EchoPorts,
): Promise<boolean> {
  const { payload, envelope, row, steps } = event;
  // A worker that died left a doubt, which outlasts the waits after it.
  const isUntouched = row.crashes === 0 && row.ambiguousSince === undefined;
  const isFresh = row.attemptsTotal === 0 && isUntouched && steps.length === 0 && !envelope.reissue;
  if (!rule || !isFresh) return false;
  const said = rule.of(payload, envelope);
  const hashes = hashesOf(said?.fields ?? {});
  if (!said || hashes.size === 0) return false;
  try {
    const record = { target: rule.target.name, entity: said.entity };
    const { acceptedAt } = row;
    const between = { from: acceptedAt - ECHO_MS, to: acceptedAt + SKEW_MS };
    const writes = await ports.echoes.read(record, { ...between, limit: MAX_WRITES });
    return [...hashes].every(([field, hash]) => writes.some((write) => write.get(field) === hash));
  } catch (error) {
    ports.telemetry.log('warn', 'echo not looked for', { target: rule.target.name, error: redact(String(error)) });
    return false;
  }
}

const hashesOf = (fields: Fields) => new Map(Object.entries(fields).map(([field, value]) => [field, hashOf(value)]));

/** Vendors turn numbers and booleans into text; nothing at all is no text. */
const hashOf = (value: Fields[string]) => hash('sha256', value === null ? 'null' : `text ${value}`, 'base64url');
