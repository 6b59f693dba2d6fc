import { AwsError } from '../service.ts';
import type { Context } from './context.ts';
import type { MessageRow } from './messages.ts';
import type { Queue } from './queues.ts';

/** One receive of one message: the message's row and the number of the receive. */
type Receipt = { queueName: string; id: number; receiveCount: number };

export const writeHandle = (queue: Queue, message: MessageRow) =>
  Buffer.from(`syncline/${queue.name}/${message.id}/${message.receive_count}`).toString('base64');

/** What a receipt handle says of its message now. */
export type Receival =
  | { kind: 'latest'; message: MessageRow }
  /** Received again since: another consumer holds the newer handle. */
  | { kind: 'outdated' }
  /** Deleted, expired or moved to another queue. */
  | { kind: 'gone' };

/**
 * Finds the message of a receipt handle.
 *
 * @throws AwsError `ReceiptHandleIsInvalid` for a text that is no handle of this queue.
 */
export function findReceival(context: Context, queue: Queue, handle: string): Receival {
  const receipt = readHandle(handle);
  if (receipt?.queueName !== queue.name) {
    throw new AwsError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
      {
        status: 404,
      },
    );
  }
  const message = context.messages.byId(receipt.id);
  if (!message || message.queue_id !== queue.id) return { kind: 'gone' };
  return message.receive_count === receipt.receiveCount ? { kind: 'latest', message } : { kind: 'outdated' };
}

function readHandle(handle: string): Receipt | undefined {
  const match = Buffer.from(handle, 'base64')
    .toString()
    .match(/^syncline\/([\w-]+)\/(\d{1,15})\/(\d{1,15})$/);
  return match ? { queueName: match[1]!, id: Number(match[2]), receiveCount: Number(match[3]) } : undefined;
}
