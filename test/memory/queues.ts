import { randomUUID } from 'node:crypto';
import type { Message } from '../../functions/core/claim.ts';
import type { Clock, Queues } from '../../functions/core/ports.ts';

/** Queues in memory: what was sent, and the visibility each receipt handle was last given. */
export function memoryQueues(clock: Clock) {
  const sent: { flow: string; message: Message }[] = [];
  const visibility = new Map<string, number>();
  const failing = new Set<string>();
  const deadlines: number[] = [];
  const queues: Queues = {
    async send(flow, messages, deadline) {
      deadlines.push(deadline);
      if (failing.has(flow)) throw new Error(`queue ${flow} is not available`);
      for (const { body } of messages) sent.push({ flow, message: messageOf(body, clock.now()) });
    },
    async setVisibility(_flow, receiptHandle, seconds) {
      visibility.set(receiptHandle, seconds);
    },
  };
  return { queues, sent, visibility, failing, deadlines };
}

export function messageOf(body: string, sentAt: number): Message {
  const messageId = randomUUID();
  return { messageId, receiptHandle: `receipt-${messageId}`, body, receiveCount: 1, sentAt };
}

/** The same copy, received once more. */
export const receivedAgain = (message: Message, receiveCount = message.receiveCount + 1): Message => ({
  ...message,
  receiveCount,
});

/** What a redrive makes of it: a new id and time stamp, the same body, the receives from the start. */
export const redriven = (message: Message, sentAt: number): Message => ({
  ...messageOf(message.body, sentAt),
});
