import type { Message, ReceiveMessageRequest, ReceiveMessageResult } from '@aws-sdk/client-sqs';
import { type Context, dropExpired, requireQueue } from '../context.ts';
import { visibleMessages } from '../dead-letters.ts';
import { invalidParameter } from '../errors.ts';
import { type Given, integer, listOf, readInput, refused, required, type Shape, text, within } from '../input.ts';
import { md5OfAttributes, selectAttributes, toApiAttributes } from '../message-attributes.ts';
import { md5 } from '../message-content.ts';
import type { MessageRow } from '../messages.ts';
import { setting } from '../queue-attributes.ts';
import type { Queue } from '../queues.ts';
import { writeHandle } from '../receipt-handle.ts';

const shape: Shape<ReceiveMessageRequest> = {
  QueueUrl: required(text),
  AttributeNames: listOf(text),
  MessageSystemAttributeNames: listOf(text),
  MessageAttributeNames: listOf(text),
  MaxNumberOfMessages: integer,
  VisibilityTimeout: integer,
  WaitTimeSeconds: integer,
  ReceiveRequestAttemptId: refused,
};

type Request = Given<ReceiveMessageRequest>;

/**
 * Receives what is visible, or waits for it (long polling).
 *
 * @param signal Ends the wait with an empty answer: for a poller in this process that stops.
 */
export async function receiveMessage(
  context: Context,
  input: ReceiveMessageRequest,
  signal?: AbortSignal,
): Promise<ReceiveMessageResult> {
  const request = readInput(input, shape);
  const attempt = () => receive(context, requireQueue(context, request.QueueUrl), request);
  return context.commit.run(() => {
    const queue = requireQueue(context, request.QueueUrl);
    const preset = setting(queue, 'ReceiveMessageWaitTimeSeconds');
    const waitMs = within(request.WaitTimeSeconds, 'WaitTimeSeconds', 0, 20, preset) * 1000;
    const found = attempt();
    if (found || waitMs === 0 || signal?.aborted) return found ?? {};
    return context.longPolls.wait({ queueId: queue.id, waitMs, attempt, signal });
  });
}

function receive(context: Context, queue: Queue, request: Request): ReceiveMessageResult | undefined {
  const limit = within(request.MaxNumberOfMessages, 'MaxNumberOfMessages', 1, 10, 1);
  const preset = setting(queue, 'VisibilityTimeout');
  const timeoutSeconds = within(request.VisibilityTimeout, 'VisibilityTimeout', 0, 43_200, preset);
  const isWanted = systemAttributeFilter(request);
  dropExpired(context, queue);
  const now = context.clock.now();
  const rows = visibleMessages(context, queue, limit).map((row) =>
    context.messages.receive(row.id, now, now + timeoutSeconds * 1000),
  );
  if (rows.length === 0) return undefined;
  return { Messages: rows.map((row) => toMessage(queue, row, isWanted, request.MessageAttributeNames ?? [])) };
}

function toMessage(queue: Queue, row: MessageRow, isWanted: (name: string) => boolean, attributes: string[]): Message {
  const system = Object.entries(systemAttributes(row)).filter(([name, value]) => value !== null && isWanted(name));
  const message = {
    MessageId: row.message_id,
    ReceiptHandle: writeHandle(queue, row),
    MD5OfBody: md5(row.body),
    Body: row.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) as Record<string, string> }),
  };
  const selected = row.attributes === null ? {} : selectAttributes(JSON.parse(row.attributes), attributes);
  if (Object.keys(selected).length === 0) return message;
  return {
    ...message,
    MessageAttributes: toApiAttributes(selected),
    MD5OfMessageAttributes: md5OfAttributes(selected),
  };
}

const systemAttributes = (row: MessageRow) => ({
  SenderId: row.sender_id,
  SentTimestamp: String(row.sent_at),
  ApproximateReceiveCount: String(row.receive_count),
  ApproximateFirstReceiveTimestamp: String(row.first_received_at),
  AWSTraceHeader: row.trace_header,
  DeadLetterQueueSourceArn: row.origin_arn,
});

const systemAttributeNames = [
  'All',
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
  'MessageGroupId',
  'MessageDeduplicationId',
  'SequenceNumber',
];

/** `AttributeNames` is the older name of `MessageSystemAttributeNames`; either asks. */
function systemAttributeFilter(request: Request): (name: string) => boolean {
  const wanted: string[] = [...(request.AttributeNames ?? []), ...(request.MessageSystemAttributeNames ?? [])];
  const unknown = wanted.find((name) => !systemAttributeNames.includes(name));
  if (unknown !== undefined) throw invalidParameter(`Unknown Attribute ${unknown}.`);
  return (name) => wanted.includes('All') || wanted.includes(name);
}
