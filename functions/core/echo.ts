/**
 * Echoes: a vendor tells us of the change that we made there ourselves.
 *
 * What an operation wrote into a record is remembered for ten minutes, the last value of each field as a hash. An event whose
 * fields all say just that is our own echo (docs/delivery.md, rule 11). It is a help against loops and no promise: what
 * cannot be remembered or read is delivered.
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
/** A record of more fields is not remembered: an update of it would not fit one write. */
const MAX_FIELDS = 100;

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
    const written = await ports.echoes.read({ target: rule.target.name, entity: said.entity });
    const now = ports.clock.now();
    return [...hashes].every(([field, hash]) => {
      const last = written.get(field);
      // A TTL removes an item late, so the time is looked at as well.
      return last !== undefined && last.hash === hash && last.until > now;
    });
  } catch (error) {
    ports.telemetry.log('warn', 'echo not looked for', { target: rule.target.name, error: redact(String(error)) });
    return false;
  }
}

const hashesOf = (fields: Fields) => new Map(Object.entries(fields).map(([field, value]) => [field, hashOf(value)]));

/** Vendors turn numbers and booleans into text; nothing at all is no text. */
const hashOf = (value: Fields[string]) => hash('sha256', value === null ? 'null' : `text ${value}`, 'base64url');
