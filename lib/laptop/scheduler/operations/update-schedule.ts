import { definitionOf, scheduleOf } from '../schedule.ts';
import { findSchedule, type SchedulerOperation } from './operation.ts';

/** `UpdateSchedule`: replaces all of it; what is not given takes its default again. A rate begins anew. */
export const updateSchedule: SchedulerOperation = ({ name, input }, context) => {
  const known = findSchedule(context, input.GroupName, name);
  const definition = definitionOf(name, input, context.nowMs());
  const { createdMs, runningMs, clientToken, template } = known;
  context.store.put({ ...scheduleOf(definition, context.nowMs()), createdMs, runningMs, clientToken, template });
  context.changed();
  return { ScheduleArn: context.arnOf(definition) };
};
