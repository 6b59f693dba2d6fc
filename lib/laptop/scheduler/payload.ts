import { randomUUID } from 'node:crypto';
import { randomHex } from '../lambda/trace-id.ts';
import type { Schedule } from './store.ts';

type Run = { arn: string; scheduledMs: number; region: string; account: string };

/**
 * What a function is given: the target's input with the context attributes filled in, or the notification that Scheduler
 * sends without one (as seen on AWS; its guide only says "a default notification").
 */
export function payloadOf({ definition }: Schedule, run: Run): string {
  const { Input } = definition.Target;
  return Input === undefined ? JSON.stringify(notification(run)) : withContext(Input, run);
}

/** To the second, as Scheduler writes times. */
const timeOf = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function withContext(input: string, { arn, scheduledMs }: Run): string {
  const attributes: Record<string, string> = {
    'schedule-arn': arn,
    'scheduled-time': timeOf(scheduledMs),
    'execution-id': randomHex().slice(0, 16),
    'attempt-number': '1',
  };
  return input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (whole, name: string) => attributes[name] ?? whole);
}

const notification = ({ arn, scheduledMs, region, account }: Run) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.scheduler',
  account,
  time: timeOf(scheduledMs),
  region,
  resources: [arn],
  detail: '{}',
});
