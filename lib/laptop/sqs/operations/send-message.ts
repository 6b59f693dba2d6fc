import type { SendMessageRequest, SendMessageResult } from '@aws-sdk/client-sqs';
import type { Principal } from '../../service.ts';
import { type Context, requireQueue } from '../context.ts';
import { integer, readInput, refused, required, type Shape, text } from '../input.ts';
import { attributesShape } from '../message-attributes.ts';
import { send } from '../message-content.ts';

const shape: Shape<SendMessageRequest> = {
  QueueUrl: required(text),
  MessageBody: required(text),
  DelaySeconds: integer,
  MessageAttributes: attributesShape,
  MessageSystemAttributes: attributesShape,
  MessageDeduplicationId: refused,
  MessageGroupId: refused,
};

export async function sendMessage(
  context: Context,
  input: SendMessageRequest,
  caller: Principal,
): Promise<SendMessageResult> {
  const message = readInput(input, shape);
  return context.commit.run(() => send(context, requireQueue(context, message.QueueUrl), message, caller));
}
