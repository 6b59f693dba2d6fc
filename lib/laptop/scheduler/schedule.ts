import { DEFAULT_GROUP, type ScheduleDefinition, targetFunction } from '../assembly/schedules.ts';
import { AwsError, notEmulated } from '../service.ts';
import { isOneTime, nextRun } from './expression.ts';
import type { Schedule } from './store.ts';

/** The body of `CreateSchedule` and `UpdateSchedule`. */
export type ScheduleInput = Partial<ScheduleDefinition> & { ClientToken?: string };

const MEMBERS = [
  ...['Name', 'GroupName', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'StartDate', 'EndDate', 'Description'],
  ...['KmsKeyArn', 'State', 'ActionAfterCompletion', 'FlexibleTimeWindow', 'Target', 'ClientToken'],
];
const TARGET_MEMBERS = ['Arn', 'RoleArn', 'Input', 'RetryPolicy', 'DeadLetterConfig'];
const OLDEST_START_SECONDS = 300;

/**
 * The schedule that a call asks for, with Scheduler's defaults.
 *
 * @throws AwsError `ValidationException`; `NotEmulatedException` for a target that is no Lambda function.
 */
export function definitionOf(name: string, input: ScheduleInput, nowMs: number): ScheduleDefinition {
  const { ClientToken: _, ...given } = input;
  const definition = { ...DEFAULTS, ...given, Name: name } as ScheduleDefinition;
  checkMembers(definition);
  checkTarget(definition);
  checkTimes(definition, nowMs);
  return definition;
}

const DEFAULTS = {
  GroupName: DEFAULT_GROUP,
  ScheduleExpressionTimezone: 'UTC',
  State: 'ENABLED',
  ActionAfterCompletion: 'NONE',
} as const;

export const scheduleOf = (definition: ScheduleDefinition, nowMs: number): Schedule => ({
  definition,
  createdMs: nowMs,
  modifiedMs: nowMs,
  nextMs: nextRun(definition, nowMs) ?? null,
  runningMs: null,
  clientToken: null,
  template: null,
});

function checkMembers(definition: ScheduleDefinition): void {
  const unknown = Object.keys(definition).find((member) => !MEMBERS.includes(member));
  if (unknown) throw invalid(`${unknown} is no member of a schedule.`);
  if (!/^[0-9a-zA-Z-_.]{1,64}$/.test(definition.Name)) throw invalid(`The name '${definition.Name}' is not valid.`);
  for (const required of ['ScheduleExpression', 'Target', 'FlexibleTimeWindow'] as const) {
    if (definition[required] === undefined) throw invalid(`${required} is required.`);
  }
  const { Mode, MaximumWindowInMinutes: minutes } = definition.FlexibleTimeWindow;
  const whole = Mode === 'OFF' ? minutes === undefined : minutes !== undefined && minutes >= 1 && minutes <= 1_440;
  if (!['OFF', 'FLEXIBLE'].includes(Mode) || !whole) throw invalid('FlexibleTimeWindow is not valid.');
}

function checkTarget({ Target }: ScheduleDefinition): void {
  const other = Object.keys(Target).find((member) => !TARGET_MEMBERS.includes(member));
  if (other) throw notEmulated('scheduler', `a target with ${other}`);
  if (!targetFunction(Target.Arn ?? '')) throw notEmulated('scheduler', `the target ${Target.Arn}`);
  if (!Target.RoleArn) throw invalid('Target.RoleArn is required.');
  try {
    if (Target.Input !== undefined) JSON.parse(Target.Input);
  } catch {
    throw invalid('Target.Input must be well-formed JSON.');
  }
}

/** That a time which has passed is refused is reported, not documented. */
function checkTimes(definition: ScheduleDefinition, nowMs: number): void {
  const { StartDate, EndDate, ScheduleExpression } = definition;
  const first = nextRun(definition, nowMs);
  if (isOneTime(definition)) {
    if (first !== undefined && first < nowMs) throw invalid(`${ScheduleExpression} is in the past.`);
    return;
  }
  if (StartDate !== undefined && StartDate < nowMs / 1_000 - OLDEST_START_SECONDS)
    throw invalid('The StartDate you specify cannot be earlier than 5 minutes ago.');
  if (EndDate !== undefined && EndDate <= Math.max(StartDate ?? 0, nowMs / 1_000))
    throw invalid('The EndDate you specify must be later than the StartDate and than now.');
}

const invalid = (message: string) => new AwsError('ValidationException', message);
