import { type ScheduleDefinition, targetFunction } from '../assembly/schedules.ts';
import type { Clock } from '../clock.ts';
import type { FunctionResult } from '../lambda/result.ts';
import type { Service } from '../service.ts';
import { payloadOf } from './payload.ts';
import { scheduleOf } from './schedule.ts';
import { schedulerService } from './scheduler-service.ts';
import { deploy, openStore, type Schedule } from './store.ts';
import { createTimetable } from './timetable.ts';

export type SchedulerOptions = {
  /** Where schedules are kept: a SQLite file. */
  file: string;
  region: string;
  account: string;
  clock: Clock;
  invoke: (functionName: string, payload: string) => Promise<FunctionResult>;
  /** Whether a schedule's role may invoke its target; an error is a refusal. @default every role may */
  authorize?: (roleName: string, action: string, arn: string) => Error | undefined;
  /** What went wrong around a function's run. */
  onLog: (functionName: string, line: string) => void;
};

export type Scheduler = {
  service: Service;
  /** Takes in what the template says, and the groups that it has. To be called before `start`. */
  deploy(schedules: readonly ScheduleDefinition[], groups: readonly string[]): void;
  /** Begins to run what is due. */
  start(): void;
  /** Begins no more runs; resolves when those that have begun have ended. */
  stop(): Promise<void>;
};

/**
 * EventBridge Scheduler with Lambda functions as targets: `rate`, `at` and `cron` in any time zone, kept over restarts.
 *
 * Runs are at the second, where AWS promises the minute; a flexible window is run at its beginning. Not imitated: retries
 * and the dead-letter queue of a target, so a run that fails is told in the function's log and gone.
 */
export function createScheduler({ file, region, account, clock, ...options }: SchedulerOptions): Scheduler {
  const { invoke, authorize, onLog } = options;
  const store = openStore(file);
  let groups: readonly string[] = ['default'];
  const arnOf = ({ GroupName, Name }: Pick<ScheduleDefinition, 'GroupName' | 'Name'>) =>
    `arn:aws:scheduler:${region}:${account}:schedule/${GroupName}/${Name}`;

  async function run(schedule: Schedule, scheduledMs: number): Promise<void> {
    const { Name, Target } = schedule.definition;
    const name = targetFunction(Target.Arn) ?? '';
    const payload = payloadOf(schedule, { arn: arnOf(schedule.definition), scheduledMs, region, account });
    const roleName = Target.RoleArn.split('/').at(-1) ?? '';
    const refusal = authorize?.(roleName, 'lambda:InvokeFunction', Target.Arn);
    const failed =
      refusal?.message ??
      (await invoke(name, payload).then(
        (result) => (result.kind === 'error' ? result.errorType : undefined),
        (error: unknown) => (error as Error).message,
      ));
    if (failed) onLog(name, `[syncline] [laptop] [scheduler] ${Name}: ${failed}; it is not tried again here`);
  }

  const timetable = createTimetable({ store, clock, run });
  const close = async () => {
    await timetable.stop();
    store.close();
  };
  return {
    service: schedulerService({ store, groups: () => groups, nowMs: clock.now, arnOf, changed: timetable.arm, close }),
    deploy(schedules, withGroups) {
      groups = withGroups;
      deploy(store, schedules, (definition) => scheduleOf(definition, clock.now()));
    },
    start: timetable.start,
    stop: timetable.stop,
  };
}
