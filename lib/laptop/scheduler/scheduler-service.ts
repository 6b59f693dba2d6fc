import { randomUUID } from 'node:crypto';
import { logBug } from '../log-bug.ts';
import { AwsError, type AwsRequest, type AwsResponse, notEmulated, type Service } from '../service.ts';
import { createSchedule } from './operations/create-schedule.ts';
import { deleteSchedule } from './operations/delete-schedule.ts';
import { getSchedule } from './operations/get-schedule.ts';
import { listSchedules } from './operations/list-schedules.ts';
import type { SchedulerContext, SchedulerOperation } from './operations/operation.ts';
import { updateSchedule } from './operations/update-schedule.ts';
import type { ScheduleInput } from './schedule.ts';

const ONE = /^\/schedules\/([^/]+)$/;

/** Method and path of each operation; the group is the schedule's name. */
const operations: [string, RegExp, SchedulerOperation][] = [
  ['POST', ONE, createSchedule],
  ['PUT', ONE, updateSchedule],
  ['GET', ONE, getSchedule],
  ['DELETE', ONE, deleteSchedule],
  ['GET', /^\/schedules\/?$/, listSchedules],
];

/** What is not emulated, in the API's words. */
const others: [RegExp, string][] = [
  [/^\/schedule-groups/, 'schedule groups by API (a template may have them)'],
  [/^\/tags\//, 'tags'],
];

/** Scheduler's REST API, as far as schedules go; any other call is refused by name. */
export function schedulerService({ close, ...context }: SchedulerContext & { close: () => Promise<void> }): Service {
  return {
    name: 'scheduler',
    close,
    async handle(request: AwsRequest): Promise<AwsResponse> {
      try {
        return reply(200, answer(request, context));
      } catch (error) {
        return fail(error, request);
      }
    },
  };
}

function answer({ method, path, query, body }: AwsRequest, context: SchedulerContext): object {
  for (const [verb, pattern, operation] of operations) {
    const match = method === verb && path.match(pattern);
    if (match) return operation({ name: decodeURIComponent(match[1] ?? ''), input: parse(body), query }, context);
  }
  const what = others.find(([pattern]) => pattern.test(path))?.[1];
  throw notEmulated('scheduler', what ?? `${method} ${path}`);
}

function parse(body: Buffer): ScheduleInput {
  try {
    return body.length === 0 ? {} : (JSON.parse(body.toString('utf8')) as ScheduleInput);
  } catch {
    throw new AwsError('ValidationException', 'The request body is no JSON.');
  }
}

function fail(error: unknown, { method, path }: AwsRequest): AwsResponse {
  if (!(error instanceof AwsError)) logBug('scheduler', `${method} ${path}`, error);
  const known =
    error instanceof AwsError
      ? error
      : new AwsError('InternalServerException', 'The emulated service failed; its log says why.', { status: 500 });
  return reply(known.status, { Message: known.message, ...known.fields }, { 'x-amzn-errortype': known.code });
}

const reply = (status: number, body: object, headers: Record<string, string> = {}): AwsResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers },
  body: JSON.stringify(body),
});
