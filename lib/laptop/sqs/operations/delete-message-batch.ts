import type {
  DeleteMessageBatchRequest,
  DeleteMessageBatchRequestEntry,
  DeleteMessageBatchResult,
} from '@aws-sdk/client-sqs';
import { requireBatch, runBatch } from '../batch.ts';
import { type Context, requireQueue } from '../context.ts';
import { listOf, readInput, required, type Shape, structure, text } from '../input.ts';
import { deleteOne } from './delete-message.ts';

const entryShape: Shape<DeleteMessageBatchRequestEntry> = { Id: required(text), ReceiptHandle: required(text) };
const shape: Shape<DeleteMessageBatchRequest> = {
  QueueUrl: required(text),
  Entries: required(listOf(structure(entryShape))),
};

export async function deleteMessageBatch(
  context: Context,
  input: DeleteMessageBatchRequest,
): Promise<DeleteMessageBatchResult> {
  const { QueueUrl, Entries } = readInput(input, shape);
  return context.commit.run(() => {
    const queue = requireQueue(context, QueueUrl);
    requireBatch(Entries, 'DeleteMessageBatchRequestEntry');
    return runBatch(Entries, (entry) => deleteOne(context, queue, entry.ReceiptHandle));
  });
}
