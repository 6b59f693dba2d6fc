/**
 * One call to a target: the only code of the system that talks to a vendor.
 *
 * A call ends *not sent*, *refused*, *done* or *unknown*; only the first two may be repeated blindly. The engine decides
 * which it was from what happened on the wire, before any error body is read (docs/delivery.md, rule 3).
 */
import { hash } from 'node:crypto';
import { classifyStatus } from './classify.ts';
import { type ConnectionPorts, withConnection } from './connection.ts';
import { DeliveryError, type ErrorClass, NOT_SENT } from './delivery-error.ts';
import type { Gate } from './gate.ts';
import { CALL_ABORT_MARGIN_MS, CALL_TIMEOUT_MS } from './names.ts';
import type { Clock, Http } from './ports.ts';
import { redact } from './redact.ts';
import { check } from './standard-schema.ts';
import {
  type Call,
  type CallContext,
  definitionOf,
  type Failure,
  type HttpOperation,
  type HttpRequest,
  type HttpResponse,
  type Repeatable,
  type Target,
} from './target.ts';
import { within } from './within.ts';

export type CallSettings = {
  readonly deliveryId: string;
  readonly step: string;
  readonly generation: number;
  readonly round: number;
  /** Milliseconds since the epoch at which the invocation ends. */
  readonly deadline: number;
  /** Writes down, before the first byte is sent, that a call which cannot be repeated is under way. */
  readonly markOpen: (by: 'lookup' | 'none') => Promise<void>;
};

export type PerformPorts = ConnectionPorts & { http: Http; clock: Clock; gate: Gate };

const MIN_CALL_MS = 500;

/**
 * Performs a call.
 *
 * @returns The operation's result.
 * @throws DeliveryError with `outcome`; Unreachable when the target's secret cannot be read.
 */
export async function perform(call: Call, settings: CallSettings, ports: PerformPorts): Promise<object> {
  const input = await inputOf(call);
  return atTarget(call, input, settings, ports, (connection) => send(call, input, connection, settings, ports));
}

/** All that is said to a target: behind its gate, which learns how it ended, and with its connection. */
export async function atTarget<Value>(
  call: Call,
  input: unknown,
  { deliveryId, deadline }: CallSettings,
  ports: PerformPorts,
  speak: (connection: unknown) => Promise<Value>,
): Promise<Value> {
  try {
    const value = await withConnection(call.target, ports, async (connection) => {
      await ports.gate.enter(call, input, deadline);
      return speak(connection);
    });
    await ports.gate.learn(call, deliveryId, undefined);
    return value;
  } catch (error) {
    if (error instanceof DeliveryError) await ports.gate.learn(call, deliveryId, error);
    throw error;
  }
}

/** @throws DeliveryError `validation` when the flow's code built a call that its operation does not take. */
export async function inputOf(call: Call): Promise<unknown> {
  const checked = await check(definitionOf(call).input, call.input);
  if ('value' in checked) return checked.value;
  throw new DeliveryError('validation', 'input', `${call.id}: ${checked.problems.join('; ')}`);
}

/** What an operation's functions are told, and how long its call may take. */
export function contextOf(connection: unknown, settings: CallSettings, { clock }: PerformPorts) {
  const { deliveryId } = settings;
  const context: CallContext<unknown> = {
    ...{ connection, deliveryId, idempotencyKey: idempotencyKey(settings), now: clock.now() },
  };
  return { context, timeoutMs: callTimeoutMs(settings.deadline, clock.now()) };
}

/** A request as it goes out. `freshSocket`: see `Http`. */
export function outgoing(
  { definition: { baseUrl, auth } }: Target,
  connection: unknown,
  request: HttpRequest,
  { timeoutMs, freshSocket }: { timeoutMs: number; freshSocket: boolean },
) {
  return {
    method: request.method,
    url: baseUrl(connection) + request.path,
    headers: { ...request.headers, ...auth.headers(connection) },
    body: typeof request.body === 'string' ? Buffer.from(request.body) : request.body,
    ...{ timeoutMs, freshSocket },
  };
}

async function send(
  call: Call,
  input: unknown,
  connection: unknown,
  settings: CallSettings,
  ports: PerformPorts,
): Promise<object> {
  const definition = definitionOf(call);
  const { context, timeoutMs } = contextOf(connection, settings, ports);
  const { by } = definition.repeatable;
  const careful = by === 'none' || by === 'lookup';
  if ('run' in definition) {
    const open = async () => call.target.definition.open?.(connection);
    const client = await within(timeoutMs, ports.clock, open).catch((cause) => {
      throw new DeliveryError('transient', NOT_SENT, `${call.id}: ${describe(cause)}`, { outcome: 'not-sent', cause });
    });
    const run = async (signal: AbortSignal) => plain(await definition.run(client, input, { ...context, signal }));
    const leftMs = callTimeoutMs(settings.deadline, ports.clock.now());
    if (careful) await settings.markOpen(by);
    return whileOpen(call, () => within(leftMs, ports.clock, run));
  }
  const request = definition.request(input, context);
  const prepared = outgoing(call.target, connection, request, { timeoutMs, freshSocket: careful });
  if (careful) await settings.markOpen(by);
  const answer = await whileOpen(call, () => ports.http.send(prepared));
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

export const describe = (error: unknown) => redact(error instanceof Error ? error.message : String(error));

/** A result as the ledger gives it back later, so that a flow sees the same in its first run and in the others. */
export const plain = (result: unknown): object => {
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
  const { outcome = 'refused', retryAfterMs } = failure;
  const errorClass = (outcome === 'unknown' && classInDoubt(call)) || failure.errorClass;
  const details = { outcome, retryAfterMs, status };
  return new DeliveryError(errorClass, failure.code, `${call.id}: ${redact(failure.message)}`, details);
}

/** What a call's unknown outcome leads to: a human, a look-up, or (undefined) whatever the failure itself leads to. */
export function classInDoubt(call: Call): ErrorClass | undefined {
  const { by } = definitionOf(call).repeatable;
  return by === 'none' ? 'unknown' : by === 'lookup' ? 'transient' : undefined;
}

function unknownOutcome(call: Call, reason: string, cause?: unknown): DeliveryError {
  const errorClass = classInDoubt(call) ?? 'transient';
  return new DeliveryError(errorClass, 'no-answer', `${call.id}: ${redact(reason)}`, { outcome: 'unknown', cause });
}

function definedOnly(failure: Failure | undefined): Partial<Failure> {
  if (!failure) return {};
  return Object.fromEntries(Object.entries(failure).filter(([, value]) => value !== undefined));
}

function idempotencyKey({ deliveryId, step, generation, round }: CallSettings): string {
  return hash('sha256', JSON.stringify([deliveryId, step, generation, round]), 'base64url');
}
