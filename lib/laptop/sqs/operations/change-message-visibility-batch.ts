import type {
  ChangeMessageVisibilityBatchRequest,
  ChangeMessageVisibilityBatchRequestEntry,
  ChangeMessageVisibilityBatchResult,
} from '@aws-sdk/client-sqs';
import { requireBatch, runBatch } from '../batch.ts';
import { type Context, requireQueue } from '../context.ts';
import { missingParameter } from '../errors.ts';
import { type Given, integer, listOf, readInput, required, type Shape, structure, text } from '../input.ts';
import type { Queue } from '../queues.ts';
import { changeOne } from './change-message-visibility.ts';

const entryShape: Shape<ChangeMessageVisibilityBatchRequestEntry> = {
  Id: required(text),
  ReceiptHandle: required(text),
  VisibilityTimeout: integer,
};
const shape: Shape<ChangeMessageVisibilityBatchRequest> = {
  QueueUrl: required(text),
  Entries: required(listOf(structure(entryShape))),
};

export async function changeMessageVisibilityBatch(
  context: Context,
  input: ChangeMessageVisibilityBatchRequest,
): Promise<ChangeMessageVisibilityBatchResult> {
  const { QueueUrl, Entries } = readInput(input, shape);
  return context.commit.run(() => {
    const queue = requireQueue(context, QueueUrl);
    requireBatch(Entries, 'ChangeMessageVisibilityBatchRequestEntry');
    return runBatch(Entries, (entry) => changeEntry(context, queue, entry));
  });
}

function changeEntry(context: Context, queue: Queue, entry: Given<ChangeMessageVisibilityBatchRequestEntry>): object {
  const { ReceiptHandle, VisibilityTimeout } = entry;
  if (VisibilityTimeout === undefined) throw missingParameter('VisibilityTimeout');
  return changeOne(context, queue, { ReceiptHandle, VisibilityTimeout });
}
