import type { Clock } from '../clock.ts';
import type { Principal } from '../service.ts';
import { nameInArn, type Place, queueArn } from './arn.ts';
import { queueDoesNotExist } from './errors.ts';
import type { GroupCommit } from './group-commit.ts';
import type { LongPolls } from './long-polls.ts';
import type { Messages } from './messages.ts';
import type { MoveTasks } from './move-tasks.ts';
import { setting } from './queue-attributes.ts';
import type { Queue, Queues } from './queues.ts';

/** What every operation works with. */
export type Context = Place & {
  clock: Clock;
  queueUrlBase: () => string;
  queues: Queues;
  messages: Messages;
  moveTasks: MoveTasks;
  commit: GroupCommit;
  longPolls: LongPolls;
  /** Goes on with a move task, now or after a restart. */
  continueMove: (taskId: string) => void;
};

export const queueUrl = (context: Context, name: string) => `${context.queueUrlBase()}/${context.account}/${name}`;

/** Finds a queue by its URL. Only the last segment counts: host and port change from one run to the next. */
export function requireQueue(context: Context, url: string): Queue {
  const queue = context.queues.byName(url.slice(url.lastIndexOf('/') + 1));
  if (!queue) throw queueDoesNotExist();
  return queue;
}

export const queueByArn = (context: Context, arn: string): Queue | undefined =>
  context.queues.byName(nameInArn(context, arn) ?? '');

export const arnOf = (context: Context, queue: Queue) => queueArn(context, queue.name);

/** SQS API reference, `MessageRetentionPeriod`: a message ends so long after its send, in flight or not. */
export function dropExpired(context: Context, queue: Queue): void {
  context.messages.expire(queue.id, context.clock.now() - setting(queue, 'MessageRetentionPeriod') * 1000);
}

/** The `SenderId` of a message: AWS gives an account, user or role id. */
export const senderId = (context: Context, caller: Principal) =>
  caller.kind === 'role' ? caller.roleName : context.account;
