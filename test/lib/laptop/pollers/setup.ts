import { onTestFinished } from 'vitest';
import type { EventSourceMappingDefinition } from '../../../../lib/laptop/assembly/event-source-mappings.ts';
import type { FunctionResult } from '../../../../lib/laptop/lambda/result.ts';
import { createPollers, type PollersOptions } from '../../../../lib/laptop/pollers/pollers.ts';
import type { ReceivedMessage } from '../../../../lib/laptop/pollers/ports.ts';
import type { SqsRecord } from '../../../../lib/laptop/pollers/records.ts';
import { fakeClock } from '../fake-clock.ts';

export const mapping: EventSourceMappingDefinition = {
  id: 'c6c8a5c4-0000-4000-8000-000000000001',
  queueName: 'orders',
  functionName: 'deliver',
  batchSize: 10,
  maximumBatchingWindowSeconds: 0,
  maximumConcurrency: 2,
  enabled: true,
  reportBatchItemFailures: true,
};

/** A queue whose messages are received once; long polls end with a message or their signal. */
export function createTestQueue() {
  const visible: ReceivedMessage[] = [];
  const deleted: string[][] = [];
  const receives: number[] = [];
  let wake = () => {};
  return {
    deleted,
    /** `maxMessages` of each receive. */
    receives,
    send(...messages: (string | ReceivedMessage)[]) {
      visible.push(...messages.map((message) => (typeof message === 'string' ? message1(message) : message)));
      wake();
    },
    async receive(_queueName: string, maxMessages: number, _waitSeconds: number, signal: AbortSignal) {
      receives.push(maxMessages);
      while (visible.length === 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve());
        });
      }
      return signal.aborted ? [] : visible.splice(0, maxMessages);
    },
    async delete(_queueName: string, receiptHandles: string[]) {
      deleted.push(receiptHandles);
    },
  };
}

const message1 = (id: string): ReceivedMessage => ({
  MessageId: id,
  ReceiptHandle: `handle-${id}`,
  Body: `body-${id}`,
});

/** Ids of the records of an invocation. */
export const idsOf = (payload: Buffer) => recordsOf(payload).map(({ messageId }) => messageId);

export const recordsOf = (payload: Buffer) =>
  (JSON.parse(payload.toString('utf8')) as { Records: SqsRecord[] }).Records;

export const ok = (answer: unknown): FunctionResult => ({ kind: 'ok', payload: Buffer.from(JSON.stringify(answer)) });

/** Started pollers over one test queue and mapping, stopped after the test. */
export function startPollers(
  invoke: PollersOptions['invoke'],
  changes: Partial<EventSourceMappingDefinition> = {},
  options: Partial<PollersOptions> = {},
) {
  const queue = createTestQueue();
  const clock = fakeClock();
  const lines: string[] = [];
  const pollers = createPollers({
    mappings: [{ ...mapping, ...changes }],
    queues: queue,
    invoke,
    clock,
    region: 'eu-central-1',
    account: '000000000000',
    onLog: (_mapping, line) => lines.push(line),
    ...options,
  });
  pollers.start();
  onTestFinished(() => pollers.stop());
  return { pollers, queue, clock, lines };
}

/** An invoke whose calls end when the test says so. */
export function createHeldInvoke() {
  const held: { ids: string[]; end: (result?: FunctionResult) => void }[] = [];
  const invoke = (_functionName: string, payload: Buffer) =>
    new Promise<FunctionResult>((resolve) => {
      held.push({ ids: idsOf(payload), end: (result = ok(null)) => resolve(result) });
    });
  return { held, invoke };
}
