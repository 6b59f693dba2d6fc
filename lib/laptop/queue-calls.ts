import type { Sqs } from './sqs/index.ts';

/** The pollers' calls of SQS, in process: the same code as over HTTP. */
export function queueCalls({ operations }: Sqs, urlOf: (queueName: string) => string) {
  const caller = { kind: 'administrator' as const };
  return {
    async receive(queueName: string, MaxNumberOfMessages: number, WaitTimeSeconds: number, signal: AbortSignal) {
      const input = { QueueUrl: urlOf(queueName), MaxNumberOfMessages, WaitTimeSeconds };
      const answer = await operations.ReceiveMessage(
        { ...input, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] },
        caller,
        signal,
      );
      return answer.Messages ?? [];
    },
    delete(queueName: string, receiptHandles: string[]) {
      const Entries = receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      return operations.DeleteMessageBatch({ QueueUrl: urlOf(queueName), Entries }, caller);
    },
  };
}
