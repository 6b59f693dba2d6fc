import { AwsError } from '../../service.ts';
import type { Schedule } from '../store.ts';
import type { SchedulerContext, SchedulerOperation } from './operation.ts';

const MAX_RESULTS = 100;

/** `ListSchedules`, by group and name; the token is the place where the next page begins. */
export const listSchedules: SchedulerOperation = ({ query }, context) => {
  const wanted = (value: unknown, parameter: string) => !query.has(parameter) || query.get(parameter) === value;
  const all = context.store
    .list()
    .filter(({ definition }) => wanted(definition.GroupName, 'ScheduleGroup') && wanted(definition.State, 'State'))
    .filter(({ definition }) => definition.Name.startsWith(query.get('NamePrefix') ?? ''));
  const size = Number(query.get('MaxResults') ?? MAX_RESULTS);
  const from = Number(query.get('NextToken') ?? 0);
  if (!(size >= 1 && size <= MAX_RESULTS)) throw new AwsError('ValidationException', 'MaxResults must be 1 to 100.');
  if (!Number.isInteger(from)) throw new AwsError('ValidationException', 'The NextToken is not valid.');
  const Schedules = all.slice(from, from + size).map((schedule) => summary(schedule, context));
  return { Schedules, ...(from + size < all.length && { NextToken: String(from + size) }) };
};

function summary({ definition, createdMs, modifiedMs }: Schedule, { arnOf }: SchedulerContext) {
  const { Name, GroupName, State, Target } = definition;
  const dates = { CreationDate: createdMs / 1_000, LastModificationDate: modifiedMs / 1_000 };
  return { Arn: arnOf(definition), Name, GroupName, State, ...dates, Target: { Arn: Target.Arn } };
}
