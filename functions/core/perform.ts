/**
 * One call to a target: the only code of the system that talks to a vendor.
 *
 * A call ends *not sent*, *refused*, *done* or *unknown*; only the first two may be repeated blindly. The engine decides
 * which it was from what happened on the wire, before any error body is read (docs/delivery.md, rule 3).
 */
import { createHash } from 'node:crypto';
import { classifyStatus } from './classify.ts';
import { DeliveryError, NOT_SENT, reach } from './delivery-error.ts';
import type { Gate } from './gate.ts';
import { CALL_ABORT_MARGIN_MS, CALL_TIMEOUT_MS } from './names.ts';
import type { Clock, Http, Secrets } from './ports.ts';
import { redact } from './redact.ts';
import { check } from './standard-schema.ts';
import {
  type Call,
  type CallContext,
  definitionOf,
  type Failure,
  type HttpOperation,
  type HttpResponse,
  type Repeatable,
} from './target.ts';
import { within } from './within.ts';

export type CallSettings = {
  readonly deliveryId: string;
  readonly step: string;
  readonly generation: number;
  readonly round: number;
  /** Since when this call may already have taken effect; undefined when it surely has not. */
  readonly ambiguousSince: number | undefined;
  /** Milliseconds since the epoch at which the invocation ends. */
  readonly deadline: number;
  /** Writes down, before the first byte is sent, that a call which cannot be repeated is under way. */
  readonly markOpen: () => Promise<void>;
};

export type PerformPorts = { http: Http; secrets: Secrets; clock: Clock; gate: Gate };

const KEY_MARGIN_MS = 3_600_000;
const MIN_CALL_MS = 500;

/**
 * Performs a call.
 *
 * @returns The operation's result.
 * @throws DeliveryError with `outcome`; Unreachable when the target's secret cannot be read.
 */
export async function perform(call: Call, settings: CallSettings, ports: PerformPorts): Promise<object> {
  const definition = definitionOf(call);
  const checked = await check(definition.input, call.input);
  if ('problems' in checked) {
    throw new DeliveryError('validation', 'input', `${call.id}: ${checked.problems.join('; ')}`);
  }
  refuseExpiredKey(call, definition.repeatable, settings, ports.clock.now());
  try {
    const result = await sendWithFreshSecret(call, checked.value, settings, ports);
    await ports.gate.learn(call, settings.deliveryId, undefined);
    return result;
  } catch (error) {
    if (error instanceof DeliveryError) await ports.gate.learn(call, settings.deliveryId, error);
    throw error;
  }
}

/** A secret that the target refuses may have been rotated: it is read again, once. */
async function sendWithFreshSecret(
  call: Call,
  input: unknown,
  settings: CallSettings,
  ports: PerformPorts,
): Promise<object> {
  const values = await reach('secret', () => ports.secrets.connections('target', call.target.name));
  try {
    return await send(call, input, await connect(call, values), settings, ports);
  } catch (error) {
    if (!surelyNotDone(error) || error.errorClass !== 'auth') throw error;
    const fresher = await ports.secrets.refresh('target', call.target.name).catch(() => undefined);
    if (!fresher) throw error;
    return await send(call, input, await connect(call, fresher), settings, ports);
  }
}

const surelyNotDone = (error: unknown): error is DeliveryError =>
  error instanceof DeliveryError && (error.outcome === 'refused' || error.outcome === 'not-sent');

/** Beyond the vendor's memory of keys, a call that may have taken effect must not be sent again. */
function refuseExpiredKey(call: Call, repeatable: Repeatable, settings: CallSettings, now: number): void {
  if (repeatable.by !== 'key' || settings.ambiguousSince === undefined) return;
  if (now - settings.ambiguousSince < repeatable.keyLifetimeHours * 3_600_000 - KEY_MARGIN_MS) return;
  const message = `${call.id}: its outcome is not known and the vendor's memory of keys (${repeatable.keyLifetimeHours} h) has run out`;
  throw new DeliveryError('unknown', 'key-expired', message);
}

async function connect(call: Call, values: readonly unknown[]): Promise<unknown> {
  const { name, definition } = call.target;
  if (values.length === 0) {
    throw new DeliveryError('auth', 'no-connection', `target ${name} has no secret yet`, { outcome: 'not-sent' });
  }
  const checked = await check(definition.connection, values[0]);
  if ('value' in checked) return checked.value;
  const message = `the secret of target ${name} is not usable: ${checked.problems.join('; ')}`;
  throw new DeliveryError('auth', 'bad-connection', message, { outcome: 'not-sent' });
}

async function send(
  call: Call,
  input: unknown,
  connection: unknown,
  settings: CallSettings,
  ports: PerformPorts,
): Promise<object> {
  const definition = definitionOf(call);
  await ports.gate.enter(call, input, settings.deadline);
  const context: CallContext<unknown> = {
    connection,
    deliveryId: settings.deliveryId,
    idempotencyKey: idempotencyKey(settings),
    now: ports.clock.now(),
  };
  const timeoutMs = callTimeoutMs(settings.deadline, ports.clock.now());
  const careful = definition.repeatable.by === 'none' || definition.repeatable.by === 'lookup';
  if ('run' in definition) {
    const open = async () => call.target.definition.open?.(connection);
    const client = await within(timeoutMs, ports.clock, open).catch((cause) => {
      throw new DeliveryError('transient', NOT_SENT, `${call.id}: ${describe(cause)}`, { outcome: 'not-sent', cause });
    });
    const run = async (signal: AbortSignal) => plain(await definition.run(client, input, { ...context, signal }));
    const leftMs = callTimeoutMs(settings.deadline, ports.clock.now());
    if (careful) await settings.markOpen();
    return whileOpen(call, () => within(leftMs, ports.clock, run));
  }
  const { auth, baseUrl } = call.target.definition;
  const request = definition.request(input, context);
  const outgoing = {
    method: request.method,
    url: baseUrl(connection) + request.path,
    headers: { ...request.headers, ...auth.headers(connection) },
    body: typeof request.body === 'string' ? Buffer.from(request.body) : request.body,
    timeoutMs,
    freshSocket: careful,
  };
  if (careful) await settings.markOpen();
  const answer = await whileOpen(call, () => ports.http.send(outgoing));
  return conclude(call, definition, answer, ports.clock.now());
}

/** How long a call that sets out now may take. */
function callTimeoutMs(deadline: number, now: number): number {
  const timeoutMs = Math.min(CALL_TIMEOUT_MS, deadline - CALL_ABORT_MARGIN_MS - now);
  if (timeoutMs >= MIN_CALL_MS) return timeoutMs;
  throw new DeliveryError('transient', 'no-time', 'too little of the invocation is left', { outcome: 'not-sent' });
}

/** Whatever is thrown while a call is open leaves its outcome unknown. */
async function whileOpen<Value>(call: Call, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    throw unknownOutcome(call, describe(cause), cause);
  }
}

const describe = (error: unknown) => redact(error instanceof Error ? error.message : String(error));

/** A result as the ledger gives it back later, so that a flow sees the same in its first run and in the others. */
const plain = (result: unknown): object => {
  const value: unknown = JSON.parse(JSON.stringify(result));
  if (typeof value !== 'object' || value === null) throw new Error('its result is not an object');
  return value;
};

type Answer = Awaited<ReturnType<Http['send']>>;

/** The one place that turns what happened on the wire into *not sent*, *refused*, *done* or *unknown*. */
function conclude(
  call: Call,
  definition: HttpOperation<unknown, unknown, unknown, Repeatable['by']>,
  answer: Answer,
  now: number,
): object {
  if (answer.kind === 'not-sent') {
    throw new DeliveryError('transient', NOT_SENT, `${call.id}: ${redact(answer.reason)}`, { outcome: 'not-sent' });
  }
  if (answer.kind === 'unknown') throw unknownOutcome(call, answer.reason);
  const { response } = answer;
  if (response.status < 200 || response.status > 299) {
    const byStatus = classifyStatus(response, now);
    const failure = { ...byStatus, ...definedOnly(byTarget(call, response)) };
    // No body can vouch for what a broken server did.
    throw failed(call, response.status >= 500 ? { ...failure, outcome: 'unknown' } : failure, response.status);
  }
  let result: object & { failure?: Failure };
  try {
    result = plain(definition.result(response));
  } catch (cause) {
    throw unknownOutcome(call, `its answer (status ${response.status}) cannot be read`, cause);
  }
  if (result.failure) throw failed(call, result.failure, response.status);
  return result;
}

/** An error body that the target cannot read is left to the HTTP table. */
function byTarget(call: Call, response: HttpResponse): Failure | undefined {
  try {
    return call.target.definition.classify?.(response);
  } catch {
    return undefined;
  }
}

/** For a call that may not be repeated, an unknown outcome outranks whatever the vendor's body says. */
function failed(call: Call, failure: Failure, status: number): DeliveryError {
  const { outcome = 'refused' } = failure;
  const { by } = definitionOf(call).repeatable;
  const unsure = outcome === 'unknown' && (by === 'none' || by === 'lookup');
  const message = `${call.id}: ${redact(failure.message)}`;
  const { retryAfterMs } = failure;
  const details = { outcome, retryAfterMs, status };
  return new DeliveryError(unsure ? 'unknown' : failure.errorClass, failure.code, message, details);
}

function unknownOutcome(call: Call, reason: string, cause?: unknown): DeliveryError {
  const { by } = definitionOf(call).repeatable;
  const errorClass = by === 'none' || by === 'lookup' ? 'unknown' : 'transient';
  return new DeliveryError(errorClass, 'no-answer', `${call.id}: ${redact(reason)}`, { outcome: 'unknown', cause });
}

function definedOnly(failure: Failure | undefined): Partial<Failure> {
  if (!failure) return {};
  return Object.fromEntries(Object.entries(failure).filter(([, value]) => value !== undefined));
}

function idempotencyKey({ deliveryId, step, generation, round }: CallSettings): string {
  return createHash('sha256')
    .update(JSON.stringify([deliveryId, step, generation, round]))
    .digest('base64url');
}
