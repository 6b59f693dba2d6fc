import type { ScheduleDefinition } from '../../assembly/schedules.ts';
import { DEFAULT_GROUP } from '../../assembly/schedules.ts';
import { AwsError } from '../../service.ts';
import type { ScheduleInput } from '../schedule.ts';
import type { Schedule, Store } from '../store.ts';

/** What the operations work on. */
export type SchedulerContext = {
  store: Store;
  groups: () => readonly string[];
  nowMs: () => number;
  arnOf: (definition: Pick<ScheduleDefinition, 'GroupName' | 'Name'>) => string;
  /** The timetable looks again. */
  changed: () => void;
};

/** One API operation. */
export type SchedulerOperation = (
  call: { name: string; input: ScheduleInput; query: URLSearchParams },
  context: SchedulerContext,
) => object;

/** @throws AwsError `ResourceNotFoundException` */
export function findSchedule(
  { store }: SchedulerContext,
  groupName: string | null | undefined,
  name: string,
): Schedule {
  const schedule = store.find(groupName ?? DEFAULT_GROUP, name);
  if (schedule) return schedule;
  throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, { status: 404 });
}

/** @throws AwsError `ResourceNotFoundException` */
export function checkGroup({ groups }: SchedulerContext, groupName: string): void {
  if (groups().includes(groupName)) return;
  throw new AwsError('ResourceNotFoundException', `Schedule group ${groupName} does not exist.`, { status: 404 });
}
