import { z } from 'zod';
import { AwsError, notEmulated } from '../../service.ts';
import { describeMapping, findMapping, type LambdaContext, type LambdaOperation } from './operation.ts';

/** In the AWS protocols null is "not given". */
const Input = z.strictObject({
  Enabled: z.boolean().nullish(),
  ScalingConfig: z.object({ MaximumConcurrency: z.number().nullish() }).nullish(),
  FunctionName: z.string().nullish(),
});
type Input = z.output<typeof Input>;

/**
 * `UpdateEventSourceMapping`, for `Enabled` and `ScalingConfig.MaximumConcurrency` (2 to 1,000).
 *
 * It answers before the change has happened: `State` is Disabling, Enabling or Updating, and until that is over a
 * further update is refused with `ResourceInUseException`.
 */
export const updateEventSourceMapping: LambdaOperation = ({ body }, id, context) => {
  const input = readInput(body);
  const mapping = findMapping(id, context);
  if (mapping.state !== 'Enabled' && mapping.state !== 'Disabled') throw inUse(mapping.state);
  update(input, id, context);
  return { status: 202, body: describeMapping(findMapping(id, context), context) };
};

function readInput(body: Buffer): Input {
  const { data, error } = Input.safeParse(parse(body));
  if (!error) return data;
  const issue = error.issues[0]!;
  if (issue.code === 'unrecognized_keys')
    throw notEmulated('lambda', `UpdateEventSourceMapping with ${issue.keys.join(', ')}`);
  throw new AwsError('SerializationException', `${issue.path.join('.') || 'The request body'} is of the wrong type.`);
}

/** @returns undefined when it is no JSON. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8') || '{}');
  } catch {
    return undefined;
  }
}

function update({ Enabled, ScalingConfig }: Input, id: string, { mappings }: LambdaContext): void {
  const maximum = ScalingConfig?.MaximumConcurrency ?? undefined;
  if (maximum !== undefined) mappings?.().setMaximumConcurrency(id, checkMaximum(maximum));
  if (typeof Enabled === 'boolean') mappings?.().setEnabled(id, Enabled);
}

function checkMaximum(maximum: number): number {
  if (Number.isInteger(maximum) && maximum >= 2 && maximum <= 1000) return maximum;
  throw new AwsError('InvalidParameterValueException', `MaximumConcurrency must be from 2 to 1000, not ${maximum}.`);
}

const inUse = (state: string) =>
  new AwsError('ResourceInUseException', `Cannot update the event source mapping because it is ${state}.`);
