import type { DeleteMessageRequest } from '@aws-sdk/client-sqs';
import { type Context, requireQueue } from '../context.ts';
import { readInput, required, type Shape, text } from '../input.ts';
import type { Queue } from '../queues.ts';
import { findReceival } from '../receipt-handle.ts';

const shape: Shape<DeleteMessageRequest> = { QueueUrl: required(text), ReceiptHandle: required(text) };

export async function deleteMessage(context: Context, input: DeleteMessageRequest): Promise<object> {
  const { QueueUrl, ReceiptHandle } = readInput(input, shape);
  return context.commit.run(() => deleteOne(context, requireQueue(context, QueueUrl), ReceiptHandle));
}

/**
 * SQS API reference, `DeleteMessage`: only the handle of the latest receive deletes, even after its visibility timeout;
 * with an older one the call succeeds and the message may stay. Here it always stays.
 */
export function deleteOne(context: Context, queue: Queue, handle: string): object {
  const receival = findReceival(context, queue, handle);
  if (receival.kind === 'latest') context.messages.remove(receival.message.id);
  return {};
}
