import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { onTestFinished } from 'vitest';
import type { ScheduleDefinition } from '../../../../lib/laptop/assembly/schedules.ts';
import { startFront } from '../../../../lib/laptop/front.ts';
import type { FunctionResult } from '../../../../lib/laptop/lambda/result.ts';
import { createScheduler, type SchedulerOptions } from '../../../../lib/laptop/scheduler/create-scheduler.ts';
import { fakeClock } from '../fake-clock.ts';

export const TARGET = {
  Arn: 'arn:aws:lambda:eu-central-1:000000000000:function:poll',
  RoleArn: 'arn:aws:iam::000000000000:role/poll-schedule',
};

/** A schedule that a template could say. */
export const schedule = (changes: Partial<ScheduleDefinition> = {}): ScheduleDefinition => ({
  Name: 'poll',
  GroupName: 'default',
  ScheduleExpression: 'rate(5 minutes)',
  ScheduleExpressionTimezone: 'UTC',
  State: 'ENABLED',
  ActionAfterCompletion: 'NONE',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: TARGET,
  ...changes,
});

export function dataFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-scheduler-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'scheduler.sqlite');
}

/** The emulated Scheduler; `runs` is what functions were given, with the time. */
export function startScheduler(options: Partial<SchedulerOptions> = {}, templates: ScheduleDefinition[] = []) {
  const clock = options.clock ?? fakeClock('2026-11-20T08:00:00Z');
  const runs: { at: string; name: string; payload: string }[] = [];
  const lines: string[] = [];
  const scheduler = createScheduler({
    file: options.file ?? dataFile(),
    region: 'eu-central-1',
    account: '000000000000',
    clock,
    invoke: async (name, payload): Promise<FunctionResult> => {
      runs.push({ at: new Date(clock.now()).toISOString(), name, payload });
      return { kind: 'ok', payload: Buffer.from('null') };
    },
    onLog: (name, line) => lines.push(`${name} ${line}`),
    ...options,
  });
  scheduler.deploy(templates, ['default', 'polls']);
  scheduler.start();
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= scheduler.service.close());
  onTestFinished(close);
  return { scheduler, runs, lines, close, times: () => runs.map(({ at }) => at) };
}

/** Its API, through the real SDK. */
export async function clientOf({ service }: ReturnType<typeof createScheduler>): Promise<SchedulerClient> {
  const front = await startFront({ services: [{ ...service, close: async () => {} }], port: 0 });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SchedulerClient({ endpoint: front.url, region: 'eu-central-1', credentials });
  onTestFinished(async () => {
    client.destroy();
    await front.close();
  });
  return client;
}
