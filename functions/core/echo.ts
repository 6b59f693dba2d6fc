/**
 * Echoes: a vendor tells us of the change that we made there ourselves.
 *
 * What an operation wrote into a record is remembered for ten minutes, write by write, its values as hashes. An event of which
 * each field has a value that one of these writes gave it is our own echo (docs/delivery.md, rule 11): a record that changes
 * twice has two echoes, and the first one still on its way is no news. It is a help against loops and no promise: what cannot be
 * remembered or read is delivered.
 */
import { hash } from 'node:crypto';
import type { Envelope } from './envelope.ts';
import type { DeliveryRow, StepRow } from './ledger.ts';
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
/** Of a record of more fields nothing is remembered: an event of it would have too much to read. */
const MAX_FIELDS = 100;
/**
 * Of a record's writes the newest are read: a write every two seconds for all of the ten minutes, and mostly far below the 1 MB
 * of one query. Who reads fewer delivers more, and skips nothing: the echo of an older write passes for news.
 */
const MAX_WRITES = 300;

/** Remembers what a call that was done has written. Never throws. */
export async function noteWrites(call: Call, result: object, ports: EchoPorts): Promise<void> {
  const { writes } = definitionOf(call);
  if (!writes) return;
  try {
    const { entity, fields } = writes(call.input, result);
    const hashes = hashesOf(fields);
    if (hashes.size === 0 || hashes.size > MAX_FIELDS) return;
    await ports.echoes.note({ target: call.target.name, entity }, hashes, ports.clock.now() + ECHO_MS);
  } catch (error) {
    ports.telemetry.log('warn', 'echo not noted', { operation: call.id, error: redact(String(error)) });
  }
}

/**
 * Whether an event says only what we wrote ourselves. Once a delivery may have written something, the answer is no: it would
 * take its own work for the echo.
 */
export async function isEcho(
  rule: EchoRule<unknown> | undefined,
  event: { payload: unknown; envelope: Envelope; row: DeliveryRow; steps: readonly StepRow[] },
  ports: EchoPorts,
): Promise<boolean> {
  const { payload, envelope, row, steps } = event;
  // A worker that died left a doubt, which outlasts the waits after it.
  const isUntouched = row.crashes === 0 && row.ambiguousSince === undefined;
  const isFresh = row.attemptsTotal === 0 && isUntouched && steps.length === 0;
  if (!rule || !isFresh) return false;
  const said = rule.of(payload, envelope);
  const hashes = hashesOf(said?.fields ?? {});
  if (!said || hashes.size === 0) return false;
  try {
    const record = { target: rule.target.name, entity: said.entity };
    const writes = await ports.echoes.read(record, { now: ports.clock.now(), limit: MAX_WRITES });
    return [...hashes].every(([field, hash]) => writes.some((write) => write.get(field) === hash));
  } catch (error) {
    ports.telemetry.log('warn', 'echo not looked for', { target: rule.target.name, error: redact(String(error)) });
    return false;
  }
}

const hashesOf = (fields: Fields) => new Map(Object.entries(fields).map(([field, value]) => [field, hashOf(value)]));

/** Vendors turn numbers and booleans into text; nothing at all is no text. */
const hashOf = (value: Fields[string]) => hash('sha256', value === null ? 'null' : `text ${value}`, 'base64url');
