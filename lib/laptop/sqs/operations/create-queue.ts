import type { CreateQueueRequest, CreateQueueResult } from '@aws-sdk/client-sqs';
import { AwsError, notEmulated } from '../../service.ts';
import { type Context, queueUrl } from '../context.ts';
import { requireRedriveAllowed } from '../dead-letters.ts';
import { invalidParameter } from '../errors.ts';
import { mapOf, readInput, refused, required, type Shape, text } from '../input.ts';
import { allSettings, readAttributes, withoutRemoved } from '../queue-attributes.ts';

const shape: Shape<CreateQueueRequest> = { QueueName: required(text), Attributes: mapOf(text), tags: refused };

/** SQS API reference, `CreateQueue`: an existing queue is given back when the given attributes equal its own. */
export async function createQueue(context: Context, input: CreateQueueRequest): Promise<CreateQueueResult> {
  const { QueueName: name, Attributes } = readInput(input, shape);
  requireName(name);
  const attributes = readAttributes(Attributes);
  return context.commit.run(() => {
    const existing = context.queues.byName(name);
    if (existing) requireSame(allSettings(existing), attributes);
    else {
      requireRedriveAllowed(context, name, attributes);
      context.queues.insert(name, withoutRemoved(attributes), context.clock.now());
    }
    return { QueueUrl: queueUrl(context, name) };
  });
}

function requireName(name: string): void {
  if (name.endsWith('.fifo')) throw notEmulated('sqs', `the FIFO queue ${name}`);
  if (/^[A-Za-z0-9_-]{1,80}$/.test(name)) return;
  throw invalidParameter('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
}

function requireSame(existing: Record<string, string>, given: Record<string, string>): void {
  for (const [name, value] of Object.entries(given)) {
    if ((existing[name] ?? '') === value) continue;
    const message = `A queue already exists with the same name and a different value for attribute ${name}`;
    throw new AwsError('QueueNameExists', message);
  }
}
