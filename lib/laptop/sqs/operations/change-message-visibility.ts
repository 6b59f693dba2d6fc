import type { ChangeMessageVisibilityRequest } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service.ts';
import { type Context, requireQueue } from '../context.ts';
import { invalidValue } from '../errors.ts';
import { integer, readInput, required, type Shape, text, within } from '../input.ts';
import type { MessageRow } from '../messages.ts';
import type { Queue } from '../queues.ts';
import { findReceival } from '../receipt-handle.ts';

const shape: Shape<ChangeMessageVisibilityRequest> = {
  QueueUrl: required(text),
  ReceiptHandle: required(text),
  VisibilityTimeout: required(integer),
};

const maxVisibilitySeconds = 43_200;

export async function changeMessageVisibility(
  context: Context,
  input: ChangeMessageVisibilityRequest,
): Promise<object> {
  const { QueueUrl, ...change } = readInput(input, shape);
  return context.commit.run(() => changeOne(context, requireQueue(context, QueueUrl), change));
}

/**
 * Hides a message in flight for so long from now; 0 shows it at once.
 *
 * @throws AwsError `MessageNotInflight` when its visibility timeout has ended or another receive holds it,
 * `InvalidParameterValue` when it is gone or would be hidden for longer than 12 hours.
 */
export function changeOne(
  context: Context,
  queue: Queue,
  change: { ReceiptHandle: string; VisibilityTimeout: number },
): object {
  const seconds = within(change.VisibilityTimeout, 'VisibilityTimeout', 0, maxVisibilitySeconds, 0);
  const message = requireInFlight(context, queue, change.ReceiptHandle);
  const visibleAt = context.clock.now() + seconds * 1000;
  requireBelowCeiling(message, visibleAt, seconds);
  context.messages.setVisibleAt(message.id, visibleAt);
  context.longPolls.wake(queue.id);
  return {};
}

function requireInFlight(context: Context, queue: Queue, handle: string): MessageRow {
  const receival = findReceival(context, queue, handle);
  if (receival.kind === 'gone') {
    const reason = 'Message does not exist or is not available for visibility timeout change.';
    throw invalidValue(handle, 'ReceiptHandle', reason);
  }
  if (receival.kind === 'outdated' || receival.message.visible_at <= context.clock.now()) {
    throw new AwsError('MessageNotInflight', 'The specified message is not in flight.');
  }
  return receival.message;
}

/** SQS developer guide, "Visibility timeout": 12 hours from the receive, however often it is changed. */
function requireBelowCeiling(message: MessageRow, visibleAt: number, seconds: number): void {
  if (visibleAt - (message.received_at ?? 0) <= maxVisibilitySeconds * 1000) return;
  const reason = `Total VisibilityTimeout for the message is beyond the limit [${maxVisibilitySeconds} seconds]`;
  throw invalidValue(seconds, 'VisibilityTimeout', reason);
}
