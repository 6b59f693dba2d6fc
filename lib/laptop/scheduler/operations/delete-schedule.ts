import { findSchedule, type SchedulerOperation } from './operation.ts';

/** `DeleteSchedule`. A run that has begun ends. */
export const deleteSchedule: SchedulerOperation = ({ name, query }, context) => {
  context.store.remove(findSchedule(context, query.get('groupName'), name));
  context.changed();
  return {};
};
