/**
 * One try of a claimed delivery: decode the payload, run the flow, perform its operations.
 */
import { DeliveryError, reach, Unreachable } from './delivery-error.ts';
import { deliveryId } from './delivery-id.ts';
import { ECHO, isEcho } from './echo.ts';
import { type Envelope, UNREADABLE } from './envelope.ts';
import type { Flow } from './flow.ts';
import { type DeliveryRow, type FinalState, LeaseLost, type StepRow } from './ledger.ts';
import type { Bodies } from './ports.ts';
import type { PublishPorts } from './publish.ts';
import { republish } from './republish.ts';
import { payloadOf, type Source } from './source.ts';
import { check } from './standard-schema.ts';
import { Dropped, type StepPorts, Steps } from './steps.ts';
import { unpack } from './unpack.ts';

/** The reason of a delivery that the flow's `when` did not want. */
export const WHEN = 'when';

export type AttemptPorts = StepPorts & PublishPorts & { bodies: Bodies };

export type Outcome =
  | { state: 'delivered'; result: object }
  | { state: Exclude<FinalState, 'delivered'>; reason: string }
  | { state: 'failed'; error: DeliveryError };

export type Work = {
  flow: Flow;
  envelope: Envelope;
  row: DeliveryRow;
  steps: readonly StepRow[];
  /** Milliseconds since the epoch at which the invocation ends. */
  deadline: number;
};

/**
 * Tries a claimed delivery.
 *
 * @returns What to commit, and the row with what the run has learnt about open and ambiguous calls.
 * @throws LeaseLost when another worker owns it now.
 */
export async function attempt(work: Work, ports: AttemptPorts): Promise<{ outcome: Outcome; row: DeliveryRow }> {
  const steps = new Steps(work, ports);
  let outcome: Outcome;
  try {
    outcome = await run(work, steps, ports);
  } catch (error) {
    outcome = failedBy(error);
  }
  await steps.end();
  if (steps.failure !== undefined) outcome = failedBy(steps.failure);
  return { outcome: stillOpen(steps.row, outcome) ?? outcome, row: steps.row };
}

/** What an earlier worker left open and this run did not ask for must not end as if nothing had been. */
function stillOpen({ openStep }: DeliveryRow, outcome: Outcome): Outcome | undefined {
  if (openStep === undefined || outcome.state === 'failed' || outcome.state === 'discarded') return undefined;
  const message = `step ${openStep} was under way when its worker ended, and this run did not ask for it`;
  return { state: 'failed', error: new DeliveryError('unknown', 'step-gone', message) };
}

async function run(work: Work, steps: Steps, ports: AttemptPorts): Promise<Outcome> {
  const { flow, envelope } = work;
  const source = flow.sources.find(({ name }) => name === envelope.source);
  if (!source) {
    throw new DeliveryError('permanent', 'source-gone', `the flow no longer listens to source ${envelope.source}`);
  }
  const body = await bodyOf(envelope, ports.bodies);
  if (envelope.type === UNREADABLE) {
    const count = await republish({ ...work, source, body }, ports);
    return { state: 'superseded', reason: `read again: ${count} events` };
  }
  if (flow.when?.(envelope) === false) return { state: 'skipped', reason: WHEN };
  const payload = await readPayload(flow, source, envelope, body);
  if (await isEcho(flow.echo, { ...work, payload }, ports)) return { state: 'skipped', reason: ECHO };
  const step = steps.step.bind(steps) as Parameters<Flow['run']>[1]['step'];
  const returned = await flow.run(payload, { step, event: envelope, deliveryId: deliveryId(envelope) });
  if ('skip' in returned) return { state: 'skipped', reason: returned.skip };
  return { state: 'delivered', result: await steps.last(returned) };
}

async function bodyOf(envelope: Envelope, bodies: Bodies): Promise<Buffer> {
  const { body, object } = envelope;
  if (body !== undefined) return Buffer.from(body, 'base64');
  const stored = await reach('bucket', () => bodies.get(object!));
  if (!stored) throw new DeliveryError('permanent', 'body-gone', `object ${object} is not in the bucket`);
  return stored;
}

async function readPayload(flow: Flow, source: Source, envelope: Envelope, body: Buffer): Promise<unknown> {
  let decoded: unknown;
  try {
    decoded = payloadOf(source.definition, unpack(body, envelope.contentEncoding), envelope.contentType);
  } catch (cause) {
    throw new DeliveryError('validation', 'payload', 'the payload cannot be decoded', { cause });
  }
  const checked = await check(flow.payload, decoded);
  if ('problems' in checked) throw new DeliveryError('validation', 'payload', checked.problems.join('; '));
  return checked.value;
}

function failedBy(error: unknown): Outcome {
  if (error instanceof LeaseLost) throw error;
  if (error instanceof Dropped) return { state: 'discarded', reason: error.message };
  return { state: 'failed', error: asDeliveryError(error) };
}

/** An unreachable port says nothing about the delivery and waits; what nobody classified is a bug. */
function asDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Unreachable) {
    return new DeliveryError('transient', 'unreachable', message, { outcome: 'not-sent', cause: error });
  }
  return new DeliveryError('bug', error instanceof Error ? error.name : 'thrown', message, { cause: error });
}
