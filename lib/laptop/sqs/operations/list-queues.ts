import type { ListQueuesRequest, ListQueuesResult } from '@aws-sdk/client-sqs';
import { type Context, queueUrl } from '../context.ts';
import { integer, readInput, type Shape, text } from '../input.ts';
import { takePage } from '../page.ts';

const shape: Shape<ListQueuesRequest> = { QueueNamePrefix: text, NextToken: text, MaxResults: integer };

export async function listQueues(context: Context, input: ListQueuesRequest): Promise<ListQueuesResult> {
  const { QueueNamePrefix = '', ...paging } = readInput(input, shape);
  return context.commit.run(() => {
    const names = context.queues.all().map((queue) => queue.name);
    const matching = names.filter((name) => name.startsWith(QueueNamePrefix));
    const { page, nextToken } = takePage(matching, paging);
    const urls = page.map((name) => queueUrl(context, name));
    return { QueueUrls: urls.length > 0 ? urls : undefined, NextToken: nextToken };
  });
}
