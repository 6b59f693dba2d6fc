import { queueArn } from './arn.ts';
import { arnOf, type Context, queueByArn } from './context.ts';
import { invalidValue } from './errors.ts';
import type { MessageRow } from './messages.ts';
import type { Queue } from './queues.ts';
import { redriveAllowPolicy, redrivePolicy } from './redrive-policy.ts';

/**
 * Refuses a redrive policy whose dead-letter queue does not exist or does not accept this source. Checked when the
 * policy is set, so a later change of the dead-letter queue does not stop moves.
 */
export function requireRedriveAllowed(context: Context, sourceName: string, attributes: Record<string, string>): void {
  const policy = redrivePolicy({ attributes });
  if (!policy) return;
  const invalid = (reason: string) => invalidValue(attributes.RedrivePolicy, 'RedrivePolicy', reason);
  const target = queueByArn(context, policy.deadLetterTargetArn);
  if (!target) throw invalid('Dead letter target does not exist.');
  const { redrivePermission, sourceQueueArns } = redriveAllowPolicy(target);
  const isListed = sourceQueueArns?.includes(queueArn(context, sourceName));
  if (redrivePermission === 'denyAll' || (redrivePermission === 'byQueue' && !isListed)) {
    throw invalid(`The RedriveAllowPolicy of ${target.name} does not allow ${sourceName} as a source queue.`);
  }
}

/** The queues that name this one as their dead-letter queue. */
export const sourcesOf = (context: Context, deadLetterQueue: Queue): Queue[] =>
  context.queues.all().filter((queue) => redrivePolicy(queue)?.deadLetterTargetArn === arnOf(context, deadLetterQueue));

/**
 * The visible messages a receive may have, oldest first. Those that have used up their receives go to the dead-letter
 * queue instead; when it is gone they stay (SQS developer guide, "Using dead-letter queues").
 */
export function visibleMessages(context: Context, queue: Queue, limit: number): MessageRow[] {
  const policy = redrivePolicy(queue);
  const target = policy && queueByArn(context, policy.deadLetterTargetArn);
  for (;;) {
    const messages = context.messages.visible(queue.id, context.clock.now(), limit);
    if (!target) return messages;
    const spent = messages.filter((message) => receivesHere(message) >= policy.maxReceiveCount);
    if (spent.length === 0) return messages;
    for (const message of spent) bury(context, queue, target, message);
  }
}

function bury(context: Context, queue: Queue, target: Queue, message: MessageRow): void {
  context.messages.bury(message.id, target.id, arnOf(context, queue), context.clock.now());
  context.longPolls.wake(target.id);
}

const receivesHere = (message: MessageRow) => message.receive_count - message.receives_elsewhere;
