import { findSchedule, type SchedulerOperation } from './operation.ts';

/** `GetSchedule`. */
export const getSchedule: SchedulerOperation = ({ name, query }, context) => {
  const { definition, createdMs, modifiedMs } = findSchedule(context, query.get('groupName'), name);
  return {
    ...definition,
    Arn: context.arnOf(definition),
    CreationDate: createdMs / 1_000,
    LastModificationDate: modifiedMs / 1_000,
  };
};
