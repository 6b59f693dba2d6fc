import type {
  SendMessageBatchRequest,
  SendMessageBatchRequestEntry,
  SendMessageBatchResult,
} from '@aws-sdk/client-sqs';
import { AwsError, type Principal } from '../../service.ts';
import { requireBatch, runBatch } from '../batch.ts';
import { type Context, requireQueue } from '../context.ts';
import { integer, listOf, readInput, refused, required, type Shape, structure, text } from '../input.ts';
import { attributesShape } from '../message-attributes.ts';
import { type SendInput, send, sizeOf } from '../message-content.ts';

const entryShape: Shape<SendMessageBatchRequestEntry> = {
  Id: required(text),
  MessageBody: required(text),
  DelaySeconds: integer,
  MessageAttributes: attributesShape,
  MessageSystemAttributes: attributesShape,
  MessageDeduplicationId: refused,
  MessageGroupId: refused,
};
const shape: Shape<SendMessageBatchRequest> = {
  QueueUrl: required(text),
  Entries: required(listOf(structure(entryShape))),
};

/** SQS API reference, `SendMessageBatch`: all messages together are at most 1 MiB. */
const maxBatchBytes = 1_048_576;

export async function sendMessageBatch(
  context: Context,
  input: SendMessageBatchRequest,
  caller: Principal,
): Promise<SendMessageBatchResult> {
  const { QueueUrl, Entries } = readInput(input, shape);
  return context.commit.run(() => {
    const queue = requireQueue(context, QueueUrl);
    requireBatch(Entries, 'SendMessageBatchRequestEntry');
    requireSize(Entries);
    return runBatch(Entries, (entry) => send(context, queue, entry, caller));
  });
}

function requireSize(entries: SendInput[]): void {
  const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (bytes <= maxBatchBytes) return;
  const message = `Batch requests cannot be longer than ${maxBatchBytes} bytes. You have sent ${bytes} bytes.`;
  throw new AwsError('BatchRequestTooLong', message);
}
