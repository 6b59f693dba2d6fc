import type { EventSourceMappingDefinition } from '../assembly/event-source-mappings.ts';
import { maxPayloadBytes } from '../lambda/runtime-api.ts';
import type { PollerPorts, ReceivedMessage } from './ports.ts';

/** The most that one `ReceiveMessage` returns, and the longest that it waits. */
const maxReceive = 10;
const maxWaitSeconds = 20;

/**
 * The messages of the next batch.
 *
 * Without a batching window: what one long poll finds, up to the batch size. With one: what comes within the window from
 * the first message on, and less when the batch is full or its bodies reach Lambda's 6 MB before.
 *
 * @param signal Stops waiting; what has been received is returned all the same.
 * @returns Empty when the long poll found nothing.
 */
export async function gather(
  mapping: EventSourceMappingDefinition,
  ports: PollerPorts,
  signal: AbortSignal,
): Promise<ReceivedMessage[]> {
  const { queueName, batchSize, maximumBatchingWindowSeconds } = mapping;
  const messages = await ports.receive(queueName, Math.min(batchSize, maxReceive), maxWaitSeconds, signal);
  if (messages.length === 0 || maximumBatchingWindowSeconds === 0) return messages;
  const window = new AbortController();
  const cancel = ports.clock.after(maximumBatchingWindowSeconds * 1000, () => window.abort());
  const ended = AbortSignal.any([signal, window.signal]);
  try {
    while (!ended.aborted && messages.length < batchSize && bodyBytes(messages) < maxPayloadBytes) {
      const missing = Math.min(batchSize - messages.length, maxReceive);
      messages.push(...(await ports.receive(queueName, missing, maxWaitSeconds, ended)));
      // A queue that answers without waiting must not keep everything else from running.
      await new Promise(setImmediate);
    }
  } finally {
    cancel();
  }
  return messages;
}

function bodyBytes(messages: ReceivedMessage[]): number {
  return messages.reduce((sum, { Body = '' }) => sum + Buffer.byteLength(Body), 0);
}
