import type {
  ListMessageMoveTasksRequest,
  ListMessageMoveTasksResult,
  ListMessageMoveTasksResultEntry,
} from '@aws-sdk/client-sqs';
import { requireArn } from '../arn.ts';
import { type Context, queueByArn } from '../context.ts';
import { resourceNotFound } from '../errors.ts';
import { integer, readInput, required, type Shape, text, within } from '../input.ts';
import { writeTaskHandle } from '../move-task-handle.ts';
import type { MoveTask } from '../move-tasks.ts';

const shape: Shape<ListMessageMoveTasksRequest> = { SourceArn: required(text), MaxResults: integer };

/** The newest first; one, unless `MaxResults` asks for up to ten. */
export async function listMessageMoveTasks(
  context: Context,
  input: ListMessageMoveTasksRequest,
): Promise<ListMessageMoveTasksResult> {
  const { SourceArn, MaxResults } = readInput(input, shape);
  const limit = within(MaxResults, 'MaxResults', 1, 10, 1);
  return context.commit.run(() => {
    if (!queueByArn(context, requireArn(SourceArn, 'SourceArn'))) {
      throw resourceNotFound("The resource that you specified for the SourceArn parameter doesn't exist.");
    }
    return { Results: context.moveTasks.bySource(SourceArn).slice(0, limit).map(toEntry) };
  });
}

/** Only a running task has a handle: nothing can be done with one that ended. */
const toEntry = (task: MoveTask): ListMessageMoveTasksResultEntry => ({
  TaskHandle: task.status === 'RUNNING' ? writeTaskHandle({ taskId: task.id, sourceArn: task.source_arn }) : undefined,
  Status: task.status,
  SourceArn: task.source_arn,
  DestinationArn: task.destination_arn ?? undefined,
  MaxNumberOfMessagesPerSecond: task.messages_per_second ?? undefined,
  ApproximateNumberOfMessagesMoved: task.moved,
  ApproximateNumberOfMessagesToMove: task.to_move,
  FailureReason: task.failure_reason ?? undefined,
  StartedTimestamp: task.started_at,
});
