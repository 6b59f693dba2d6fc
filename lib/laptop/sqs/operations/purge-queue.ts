import type { PurgeQueueRequest } from '@aws-sdk/client-sqs';
import { type Context, requireQueue } from '../context.ts';
import { readInput, required, type Shape, text } from '../input.ts';

const shape: Shape<PurgeQueueRequest> = { QueueUrl: required(text) };

/** Deletes all messages, those in flight too. Here at once; AWS takes a minute and refuses a second purge meanwhile. */
export async function purgeQueue(context: Context, input: PurgeQueueRequest): Promise<object> {
  const { QueueUrl } = readInput(input, shape);
  return context.commit.run(() => {
    context.messages.purge(requireQueue(context, QueueUrl).id);
    return {};
  });
}
