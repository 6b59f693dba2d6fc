import { createHash, randomUUID } from 'node:crypto';
import type { MessageAttributeValue, MessageSystemAttributeValue } from '@aws-sdk/client-sqs';
import { AwsError, type Principal } from '../service.ts';
import { type Context, senderId } from './context.ts';
import { invalidParameter, missingParameter } from './errors.ts';
import { within } from './input.ts';
import {
  md5OfAttributes,
  readMessageAttributes,
  type StoredAttributes,
  sizeOfAttributes,
} from './message-attributes.ts';
import { setting } from './queue-attributes.ts';
import type { Queue } from './queues.ts';

/** What `SendMessage` and an entry of `SendMessageBatch` have in common. */
export type SendInput = {
  MessageBody: string;
  DelaySeconds?: number | undefined;
  MessageAttributes?: Record<string, MessageAttributeValue> | undefined;
  MessageSystemAttributes?: Partial<Record<string, MessageSystemAttributeValue>> | undefined;
};

/** The bytes that count against the limits: the body and the user attributes, not the system attributes. */
export const sizeOf = (input: SendInput) =>
  Buffer.byteLength(input.MessageBody) + sizeOfAttributes(input.MessageAttributes ?? {});

/**
 * Checks one message and stores it.
 *
 * @returns The members that `SendMessageResult` and a batch's result entry share.
 */
export function send(context: Context, queue: Queue, input: SendInput, caller: Principal) {
  const attributes = readMessageAttributes(input.MessageAttributes);
  const systemAttributes = readSystemAttributes(input.MessageSystemAttributes);
  requireBody(queue, input.MessageBody, sizeOfAttributes(attributes));
  const delaySeconds = within(input.DelaySeconds, 'DelaySeconds', 0, 900, setting(queue, 'DelaySeconds'));
  const now = context.clock.now();
  const md5OfUserAttributes = md5OfAttributes(attributes);
  const messageId = randomUUID();
  context.messages.insert({
    messageId,
    queueId: queue.id,
    sentAt: now,
    visibleAt: now + delaySeconds * 1000,
    senderId: senderId(context, caller),
    traceHeader: systemAttributes.AWSTraceHeader?.StringValue,
    attributes: md5OfUserAttributes && JSON.stringify(attributes),
    body: input.MessageBody,
  });
  context.longPolls.wake(queue.id);
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5(input.MessageBody),
    MD5OfMessageAttributes: md5OfUserAttributes,
    MD5OfMessageSystemAttributes: md5OfAttributes(systemAttributes),
  };
}

export const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** SQS API reference, `SendMessage`: `AWSTraceHeader` is the only system attribute a sender may set. */
function readSystemAttributes(attributes: SendInput['MessageSystemAttributes']): StoredAttributes {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name !== 'AWSTraceHeader') throw invalidParameter(`Message system attribute name '${name}' is invalid.`);
    if (value?.DataType !== 'String') {
      throw invalidParameter(`The message system attribute '${name}' must be of type String.`);
    }
  }
  return readMessageAttributes(attributes as Record<string, MessageSystemAttributeValue>);
}

function requireBody(queue: Queue, body: string, attributeBytes: number): void {
  if (body === '') throw missingParameter('MessageBody');
  const most = setting(queue, 'MaximumMessageSize');
  if (Buffer.byteLength(body) + attributeBytes > most) {
    throw invalidParameter(`One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`);
  }
  const forbidden = body.match(forbiddenCharacter)?.[0];
  if (forbidden === undefined) return;
  const point = `#x${forbidden.codePointAt(0)?.toString(16).toUpperCase()}`;
  throw new AwsError('InvalidMessageContents', `Invalid characters found: ${point}. Valid are ${allowedCharacters}.`);
}

/** SQS API reference, `SendMessage`: the characters of XML 1.0. */
const allowedCharacters = '#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF';
const forbiddenCharacter = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
