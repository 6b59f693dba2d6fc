import type { ListDeadLetterSourceQueuesRequest, ListDeadLetterSourceQueuesResult } from '@aws-sdk/client-sqs';
import { type Context, queueUrl, requireQueue } from '../context.ts';
import { sourcesOf } from '../dead-letters.ts';
import { integer, readInput, required, type Shape, text } from '../input.ts';
import { takePage } from '../page.ts';

const shape: Shape<ListDeadLetterSourceQueuesRequest> = {
  QueueUrl: required(text),
  NextToken: text,
  MaxResults: integer,
};

export async function listDeadLetterSourceQueues(
  context: Context,
  input: ListDeadLetterSourceQueuesRequest,
): Promise<ListDeadLetterSourceQueuesResult> {
  const { QueueUrl, ...paging } = readInput(input, shape);
  return context.commit.run(() => {
    const names = sourcesOf(context, requireQueue(context, QueueUrl)).map((queue) => queue.name);
    const { page, nextToken } = takePage(names, paging);
    return { queueUrls: page.map((name) => queueUrl(context, name)), NextToken: nextToken };
  });
}
