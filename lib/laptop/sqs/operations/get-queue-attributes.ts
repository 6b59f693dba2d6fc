import type { GetQueueAttributesRequest, GetQueueAttributesResult } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service.ts';
import { arnOf, type Context, dropExpired, requireQueue } from '../context.ts';
import { listOf, readInput, required, type Shape, text } from '../input.ts';
import { allSettings, settableNames } from '../queue-attributes.ts';
import type { Queue } from '../queues.ts';

const shape: Shape<GetQueueAttributesRequest> = { QueueUrl: required(text), AttributeNames: listOf(text) };

const countNames = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
];
const knownNames = [...settableNames, ...countNames, 'QueueArn', 'CreatedTimestamp', 'LastModifiedTimestamp', 'All'];

/** The counts are exact here; on AWS they lag by up to a minute. */
export async function getQueueAttributes(
  context: Context,
  input: GetQueueAttributesRequest,
): Promise<GetQueueAttributesResult> {
  const { QueueUrl, AttributeNames: names = [] } = readInput(input, shape);
  return context.commit.run(() => {
    const queue = requireQueue(context, QueueUrl);
    const unknown = names.find((name) => !knownNames.includes(name));
    if (unknown !== undefined) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
    const isWanted = (name: string) => names.includes('All') || (names as string[]).includes(name);
    const counts = countNames.some(isWanted) ? countMessages(context, queue) : {};
    const all = Object.entries({ ...describe(context, queue), ...counts });
    const wanted = all.filter(([name]) => isWanted(name));
    return wanted.length > 0 ? { Attributes: Object.fromEntries(wanted) } : {};
  });
}

const describe = (context: Context, queue: Queue) => ({
  ...allSettings(queue),
  QueueArn: arnOf(context, queue),
  CreatedTimestamp: toSeconds(queue.createdAt),
  LastModifiedTimestamp: toSeconds(queue.modifiedAt),
});

function countMessages(context: Context, queue: Queue): Record<string, string> {
  dropExpired(context, queue);
  const { visible, inFlight, delayed } = context.messages.count(queue.id, context.clock.now());
  return {
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
}

const toSeconds = (epochMs: number) => String(Math.floor(epochMs / 1000));
