import { randomUUID } from 'node:crypto';
import type { StartMessageMoveTaskRequest, StartMessageMoveTaskResult } from '@aws-sdk/client-sqs';
import { requireArn } from '../arn.ts';
import { type Context, dropExpired, queueByArn } from '../context.ts';
import { sourcesOf } from '../dead-letters.ts';
import { invalidParameter, resourceNotFound } from '../errors.ts';
import { integer, readInput, required, type Shape, text, within } from '../input.ts';
import { writeTaskHandle } from '../move-task-handle.ts';
import type { Queue } from '../queues.ts';

const shape: Shape<StartMessageMoveTaskRequest> = {
  SourceArn: required(text),
  DestinationArn: text,
  MaxNumberOfMessagesPerSecond: integer,
};

/**
 * SQS API reference, `StartMessageMoveTask`: from a dead-letter queue to one queue, or without a destination to the
 * queue each message came from; one active task for each source; at most 500 messages a second.
 */
export async function startMessageMoveTask(
  context: Context,
  input: StartMessageMoveTaskRequest,
): Promise<StartMessageMoveTaskResult> {
  const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: rate } = readInput(input, shape);
  within(rate, 'MaxNumberOfMessagesPerSecond', 1, 500, 500);
  const id = randomUUID();
  await context.commit.run(() => {
    const source = requireSource(context, requireArn(SourceArn, 'SourceArn'));
    if (DestinationArn !== undefined)
      requireDestination(context, SourceArn, requireArn(DestinationArn, 'DestinationArn'));
    requireNoActiveTask(context, SourceArn);
    dropExpired(context, source);
    context.moveTasks.insert({
      id,
      source_arn: SourceArn,
      destination_arn: DestinationArn ?? null,
      messages_per_second: rate ?? null,
      last_message_id: context.messages.lastId(),
      to_move: context.messages.countVisible(source.id, context.clock.now()),
      started_at: context.clock.now(),
    });
  });
  context.continueMove(id);
  return { TaskHandle: writeTaskHandle({ taskId: id, sourceArn: SourceArn }) };
}

function requireSource(context: Context, arn: string): Queue {
  const source = queueByArn(context, arn);
  if (!source) throw resourceNotFound("The resource that you specified for the SourceArn parameter doesn't exist.");
  if (sourcesOf(context, source).length > 0) return source;
  throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
}

function requireDestination(context: Context, sourceArn: string, arn: string): void {
  if (arn === sourceArn) throw invalidParameter('Source queue arn and destination queue arn cannot be the same.');
  if (queueByArn(context, arn)) return;
  throw resourceNotFound("The resource that you specified for the DestinationArn parameter doesn't exist.");
}

function requireNoActiveTask(context: Context, sourceArn: string): void {
  if (!context.moveTasks.bySource(sourceArn).some((task) => task.status === 'RUNNING')) return;
  throw invalidParameter(
    'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
  );
}
