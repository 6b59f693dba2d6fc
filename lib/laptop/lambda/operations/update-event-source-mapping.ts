import { AwsError, notEmulated } from '../../service.ts';
import { describeMapping, findMapping, type LambdaContext, type LambdaOperation } from './operation.ts';

type Input = { Enabled?: boolean; ScalingConfig?: { MaximumConcurrency?: number }; FunctionName?: string };

const known = ['Enabled', 'ScalingConfig', 'FunctionName'];

/**
 * `UpdateEventSourceMapping`, for `Enabled` and `ScalingConfig.MaximumConcurrency` (2 to 1,000).
 *
 * It answers before the change has happened: `State` is Disabling, Enabling or Updating, and until that is over a
 * further update is refused with `ResourceInUseException`.
 */
export const updateEventSourceMapping: LambdaOperation = ({ body }, id, context) => {
  const input = JSON.parse(body.toString('utf8') || '{}') as Input;
  const unknown = Object.keys(input).find((member) => !known.includes(member));
  if (unknown) throw notEmulated('lambda', `UpdateEventSourceMapping with ${unknown}`);
  const mapping = findMapping(id, context);
  if (mapping.state !== 'Enabled' && mapping.state !== 'Disabled') throw inUse(mapping.state);
  update(input, id, context);
  return { status: 202, body: describeMapping(findMapping(id, context), context) };
};

function update({ Enabled, ScalingConfig }: Input, id: string, { mappings }: LambdaContext): void {
  const maximum = ScalingConfig?.MaximumConcurrency;
  if (maximum !== undefined) mappings?.().setMaximumConcurrency(id, checkMaximum(maximum));
  if (Enabled !== undefined) mappings?.().setEnabled(id, Enabled);
}

function checkMaximum(maximum: number): number {
  if (Number.isInteger(maximum) && maximum >= 2 && maximum <= 1000) return maximum;
  throw new AwsError('InvalidParameterValueException', `MaximumConcurrency must be from 2 to 1000, not ${maximum}.`);
}

const inUse = (state: string) =>
  new AwsError('ResourceInUseException', `Cannot update the event source mapping because it is ${state}.`);
