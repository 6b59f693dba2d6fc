import { payloadOf } from '../../functions/core/source.ts';
import { check } from '../../functions/core/standard-schema.ts';
import type { Call, HttpRequest } from '../../functions/core/target.ts';
import { definitionOf } from '../../functions/core/target.ts';
import type { NamedFlow } from '../definitions.ts';
import { nearest } from '../mistake.ts';
import { OperatorError } from './operator-error.ts';
import { freshValues } from './send.ts';

/** A step's or the result's, in the ledger. */
const MAX_RESULT_BYTES = 300;

export type DryStep = {
  step: string;
  operation: string;
  input: unknown;
  request: HttpRequest | undefined;
  answer: unknown;
};
export type DryRun = { source: string; type: string; steps: DryStep[]; skipped: string | undefined };

/**
 * Runs a flow on a sample without calling anybody: each step answers the operation's sample result.
 *
 * @throws OperatorError when the payload does not fit the flow, an input its operation, or a result is too large.
 */
export async function dryRun(
  { name, flow }: NamedFlow,
  options: { type?: string | undefined; body?: string | undefined },
): Promise<DryRun> {
  const { source, type, body } = sampleFor({ name, flow } as NamedFlow, options);
  const payload = await check(flow.payload, payloadOf(source.definition, Buffer.from(body), 'application/json'));
  if ('problems' in payload) {
    const why = `the sample does not fit the flow's payload: ${payload.problems.join('; ')}`;
    throw new OperatorError('failed', why, 'correct the schema or the sample');
  }
  const steps: DryStep[] = [];
  const perform = async (step: string, call: Call) => {
    steps.push(await dryStep(step, call));
    return definitionOf(call).sample.result;
  };
  const event = {
    type,
    key: 'sample',
    eventId: null,
    occurredAt: null,
    entityId: null,
    source: source.name,
    acceptedAt: Date.now(),
  };
  const returned = await flow.run(payload.value, {
    step: perform as Parameters<typeof flow.run>[1]['step'],
    event,
    deliveryId: `${name}/${source.name}/sample`,
  });
  if ('skip' in returned) return { source: source.name, type, steps, skipped: returned.skip };
  await perform('result', returned);
  return { source: source.name, type, steps, skipped: undefined };
}

function sampleFor({ name, flow }: NamedFlow, options: { type?: string | undefined; body?: string | undefined }) {
  const samples = flow.sources.flatMap((source) =>
    Object.entries(source.definition.types).map(([type, { sample }]) => ({ source, type, sample })),
  );
  const wanted = samples.filter(({ type }) => flow.types === 'any' || flow.types.includes(type));
  const found = options.type === undefined ? wanted[0] : wanted.find(({ type }) => type === options.type);
  if (!found) {
    const known = wanted.map(({ type }) => type);
    const what =
      options.type === undefined
        ? 'has no sample'
        : `has no sample of '${options.type}'${nearest(options.type, known)}`;
    throw new OperatorError('not-found', `${name} ${what}`, 'see "syncline sources"');
  }
  return { ...found, body: options.body ?? JSON.stringify(found.sample(freshValues())) };
}

async function dryStep(step: string, call: Call): Promise<DryStep> {
  const definition = definitionOf(call);
  const input = await check(definition.input, call.input);
  if ('problems' in input) {
    throw new OperatorError('failed', `step ${step}, ${call.id}: ${input.problems.join('; ')}`, 'correct the flow');
  }
  const bytes = Buffer.byteLength(JSON.stringify(definition.sample.result));
  if (bytes > MAX_RESULT_BYTES) {
    throw new OperatorError(
      'failed',
      `${call.id}: its result has ${bytes} bytes, over ${MAX_RESULT_BYTES}`,
      'return ids only',
    );
  }
  const request = 'request' in definition ? await dryRequest(call, input.value) : undefined;
  return {
    step,
    operation: `${call.target.name}.${call.operation}`,
    input: input.value,
    request,
    answer: definition.sample.result,
  };
}

async function dryRequest(call: Call, input: unknown): Promise<HttpRequest | undefined> {
  const { definition } = call.target;
  const operation = definitionOf(call);
  const connection = await check(definition.connection, { ...definition.sandbox, baseUrl: 'https://dry-run.invalid' });
  if ('problems' in connection || !('request' in operation)) return undefined;
  const context = { deliveryId: 'dry-run', idempotencyKey: 'dry-run', now: Date.now() };
  return operation.request(input, { ...context, connection: connection.value });
}
