import { ListQueueTagsCommand } from '@aws-sdk/client-sqs';
import { isRefusal } from './expect.ts';
import { UsageError } from './options.ts';
import { createClients, destroyClients, type Target } from './target.ts';

/**
 * Calls the target once, for something that every AWS answers and Syncline's services refuse by name.
 *
 * @returns The target; `isOurs` when a running hub answers.
 * @throws UsageError when nothing answers, or the call cannot be signed.
 */
export async function probe(target: Target): Promise<Target> {
  const clients = createClients({ ...target, attempts: 1 });
  const QueueUrl = `${target.endpoint ?? `https://sqs.${target.region}.amazonaws.com`}/000000000000/none`;
  try {
    await clients.sqs.send(new ListQueueTagsCommand({ QueueUrl }));
    return target;
  } catch (error) {
    const { $metadata, message, name } = error as Error & { $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode !== undefined) return { ...target, isOurs: isRefusal(error) };
    throw new UsageError(`${target.endpoint ?? 'AWS'} cannot be called: ${message || name}`);
  } finally {
    destroyClients(clients);
  }
}
