import type { DeleteQueueRequest } from '@aws-sdk/client-sqs';
import { arnOf, type Context, requireQueue } from '../context.ts';
import { readInput, required, type Shape, text } from '../input.ts';

const shape: Shape<DeleteQueueRequest> = { QueueUrl: required(text) };

/** Deletes the queue and its messages. The name is free at once; AWS keeps it for 60 seconds. */
export async function deleteQueue(context: Context, input: DeleteQueueRequest): Promise<object> {
  const { QueueUrl } = readInput(input, shape);
  return context.commit.run(() => {
    const queue = requireQueue(context, QueueUrl);
    context.messages.purge(queue.id);
    context.moveTasks.forget(arnOf(context, queue));
    context.queues.remove(queue.id);
    context.longPolls.wake(queue.id);
    return {};
  });
}
