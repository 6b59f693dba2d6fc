import type { GetQueueUrlRequest, GetQueueUrlResult } from '@aws-sdk/client-sqs';
import { type Context, queueUrl } from '../context.ts';
import { queueDoesNotExist } from '../errors.ts';
import { readInput, required, type Shape, text } from '../input.ts';

const shape: Shape<GetQueueUrlRequest> = { QueueName: required(text), QueueOwnerAWSAccountId: text };

export async function getQueueUrl(context: Context, input: GetQueueUrlRequest): Promise<GetQueueUrlResult> {
  const { QueueName, QueueOwnerAWSAccountId = context.account } = readInput(input, shape);
  return context.commit.run(() => {
    const isOurs = QueueOwnerAWSAccountId === context.account;
    if (!isOurs || !context.queues.byName(QueueName)) throw queueDoesNotExist();
    return { QueueUrl: queueUrl(context, QueueName) };
  });
}
