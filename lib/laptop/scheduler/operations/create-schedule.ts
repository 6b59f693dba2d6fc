import { AwsError } from '../../service.ts';
import { definitionOf, scheduleOf } from '../schedule.ts';
import { checkGroup, type SchedulerOperation } from './operation.ts';

/** `CreateSchedule`; the same call again, by its token, changes nothing. */
export const createSchedule: SchedulerOperation = ({ name, input }, context) => {
  const definition = definitionOf(name, input, context.nowMs());
  checkGroup(context, definition.GroupName);
  const clientToken = input.ClientToken ?? null;
  const known = context.store.find(definition.GroupName, name);
  if (known && (clientToken === null || known.clientToken !== clientToken)) {
    throw new AwsError('ConflictException', `Schedule ${name} already exists.`, { status: 409 });
  }
  if (!known) context.store.put({ ...scheduleOf(definition, context.nowMs()), clientToken });
  context.changed();
  return { ScheduleArn: context.arnOf(definition) };
};
