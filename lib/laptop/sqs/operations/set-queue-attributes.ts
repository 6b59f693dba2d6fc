import type { SetQueueAttributesRequest } from '@aws-sdk/client-sqs';
import { type Context, requireQueue } from '../context.ts';
import { requireRedriveAllowed } from '../dead-letters.ts';
import { mapOf, readInput, required, type Shape, text } from '../input.ts';
import { readAttributes, withoutRemoved } from '../queue-attributes.ts';

const shape: Shape<SetQueueAttributesRequest> = { QueueUrl: required(text), Attributes: required(mapOf(text)) };

/** Takes effect at once; on AWS within a minute, and within 15 for a new retention period. */
export async function setQueueAttributes(context: Context, input: SetQueueAttributesRequest): Promise<object> {
  const { QueueUrl, Attributes } = readInput(input, shape);
  const attributes = readAttributes(Attributes);
  return context.commit.run(() => {
    const queue = requireQueue(context, QueueUrl);
    requireRedriveAllowed(context, queue.name, attributes);
    context.queues.update(queue.id, withoutRemoved({ ...queue.attributes, ...attributes }), context.clock.now());
    return {};
  });
}
