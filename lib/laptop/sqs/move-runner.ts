import { randomUUID } from 'node:crypto';
import { type Context, dropExpired, queueByArn } from './context.ts';
import type { MessageRow } from './messages.ts';
import type { MoveTask } from './move-tasks.ts';
import { setting } from './queue-attributes.ts';
import type { Queue } from './queues.ts';

/** Without a rate: how many messages move in one transaction. */
const messagesPerStep = 100;
/** After a failed write. */
const retryMs = 1000;

/**
 * Runs move tasks in steps of one transaction each, so that a task which a crash interrupts goes on where it was, with
 * no message lost or doubled.
 */
export function createMoveRunner(context: () => Context) {
  const timers = new Map<string, () => void>();
  let isClosed = false;

  function later(taskId: string, delayMs: number): void {
    timers.set(
      taskId,
      context().clock.after(delayMs, () => void run(taskId)),
    );
  }

  async function run(taskId: string): Promise<void> {
    timers.delete(taskId);
    const pauseMs = await context()
      .commit.run(() => step(context(), taskId))
      .catch(() => retryMs);
    if (pauseMs !== 'ended' && !isClosed) later(taskId, pauseMs);
  }

  return {
    start: (taskId: string) => later(taskId, 0),
    close() {
      isClosed = true;
      for (const cancel of timers.values()) cancel();
    },
  };
}

/**
 * Moves some messages and writes down when the task has ended.
 *
 * @returns The milliseconds until the next step.
 */
function step(context: Context, taskId: string): number | 'ended' {
  const task = context.moveTasks.byId(taskId);
  if (task?.status !== 'RUNNING') return 'ended';
  const source = queueByArn(context, task.source_arn);
  if (!source) return end(context, task, 'AWS.SimpleQueueService.NonExistentQueue');
  dropExpired(context, source);
  const limit = task.messages_per_second ?? messagesPerStep;
  const messages = context.messages.visible(source.id, context.clock.now(), limit, task.last_message_id);
  for (const message of messages) {
    const destination = findDestination(context, task, message);
    if (typeof destination === 'string') return end(context, task, destination);
    move(context, task, message, destination);
  }
  if (messages.length < limit) return end(context, task);
  return task.messages_per_second ? 1000 : 0;
}

function end(context: Context, task: MoveTask, failureReason?: string): 'ended' {
  context.moveTasks.end(task.id, failureReason ? 'FAILED' : 'COMPLETED', failureReason);
  return 'ended';
}

/** @returns The queue to move to, or the reason why the task fails. */
function findDestination(context: Context, task: MoveTask, message: MessageRow): Queue | string {
  const arn = task.destination_arn ?? message.origin_arn;
  if (!arn) return 'CouldNotDetermineMessageSource';
  return queueByArn(context, arn) ?? 'AWS.SimpleQueueService.NonExistentQueue';
}

function move(context: Context, task: MoveTask, message: MessageRow, destination: Queue): void {
  const now = context.clock.now();
  const visibleAt = now + setting(destination, 'DelaySeconds') * 1000;
  const queueId = destination.id;
  context.moveTasks.move(task.id, { id: message.id, newMessageId: randomUUID(), queueId, now, visibleAt });
  context.longPolls.wake(queueId);
}
