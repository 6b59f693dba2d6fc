import type { Resource, Resources } from './resources.ts';

/** A schedule, with its members as `CreateSchedule` spells them; dates in seconds since the epoch, as on the wire. */
export type ScheduleDefinition = {
  Name: string;
  GroupName: string;
  /** `rate(5 minutes)`, `at(2026-11-20T09:00:00)` or `cron(0 9 ? * MON-FRI *)`. */
  ScheduleExpression: string;
  /** An IANA time zone. */
  ScheduleExpressionTimezone: string;
  StartDate?: number;
  EndDate?: number;
  Description?: string;
  KmsKeyArn?: string;
  State: 'ENABLED' | 'DISABLED';
  ActionAfterCompletion: 'NONE' | 'DELETE';
  FlexibleTimeWindow: { Mode: 'OFF' | 'FLEXIBLE'; MaximumWindowInMinutes?: number };
  Target: ScheduleTarget;
};

/** A Lambda function and what it is given. */
export type ScheduleTarget = {
  Arn: string;
  RoleArn: string;
  Input?: string;
  RetryPolicy?: { MaximumEventAgeInSeconds?: number; MaximumRetryAttempts?: number };
  DeadLetterConfig?: { Arn?: string };
};

export const DEFAULT_GROUP = 'default';

const properties = [
  ...['Name', 'GroupName', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'StartDate', 'EndDate', 'Description'],
  ...['KmsKeyArn', 'State', 'FlexibleTimeWindow', 'Target'],
];
/** Other members belong to targets that are no functions. */
const targetMembers = ['Arn', 'RoleArn', 'Input', 'RetryPolicy', 'DeadLetterConfig'];

/** Names of the groups, with the one that every account has. */
export function readScheduleGroups(resources: Resources): string[] {
  const groups = resources.all('AWS::Scheduler::ScheduleGroup').map((group) => group.allow(['Name', 'Tags']).name);
  return [DEFAULT_GROUP, ...groups];
}

export function readSchedules(resources: Resources): ScheduleDefinition[] {
  return resources.all('AWS::Scheduler::Schedule').map(readSchedule);
}

/** The defaults are Scheduler's: UTC, enabled, kept after their last run. */
function readSchedule(resource: Resource): ScheduleDefinition {
  resource.allow(properties);
  const given = Object.fromEntries(properties.map((property) => [property, resource.get(property)]));
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    GroupName: DEFAULT_GROUP,
    ScheduleExpressionTimezone: 'UTC',
    State: 'ENABLED',
    ActionAfterCompletion: 'NONE',
    ...present,
    Name: resource.name,
    ...readDate(resource, 'StartDate'),
    ...readDate(resource, 'EndDate'),
    Target: readTarget(resource),
  } as ScheduleDefinition;
}

function readDate(resource: Resource, property: 'StartDate' | 'EndDate') {
  const text = resource.get(property);
  return text === undefined ? {} : { [property]: Date.parse(String(text)) / 1_000 };
}

function readTarget(resource: Resource): ScheduleTarget {
  const target = (resource.get('Target') ?? {}) as ScheduleTarget;
  const unknown = Object.keys(target).find((member) => !targetMembers.includes(member));
  if (unknown) throw resource.notEmulated(`${unknown} of a schedule's target`);
  if (!targetFunction(target.Arn)) throw resource.notEmulated(`a schedule of ${target.Arn}`);
  return target;
}

/** The function that a target's ARN names; undefined for any other target. */
export const targetFunction = (arn: string) => /^arn:aws:lambda:[^:]*:[^:]*:function:([\w-]+)$/.exec(arn)?.[1];
