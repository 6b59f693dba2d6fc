import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { QUEUE } from '../core/names.ts';
import type { Queues } from '../core/ports.ts';

/** A call that hangs must leave time for another one before the vendor gives up on us. */
const CONNECT_TIMEOUT_MS = 300;
const REQUEST_TIMEOUT_MS = 1_000;
const RETRY_PAUSE_MS = 100;

/** Queue URLs only name queues; where calls go is the SDK's own configuration (region, `AWS_ENDPOINT_URL`). */
const useQueueUrlAsEndpoint = false;

export const sqsClient = () => new SQSClient({ useQueueUrlAsEndpoint });

/** An SQS client for ingest: it gives up soon, so that the caller can try again within the vendor's deadline. */
export const quickSqsClient = () =>
  new SQSClient({
    useQueueUrlAsEndpoint,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });

/**
 * The flows' queues over SQS.
 *
 * @param options.queueUrl A flow's queue by its name.
 */
export function sqsQueues(options: {
  client: SQSClient;
  queueUrl: (flow: string) => string;
  now: () => number;
}): Queues {
  const { client, queueUrl, now } = options;
  return {
    async send(flow, messages, deadline) {
      const entries = messages.map(({ body }, index) => ({ Id: String(index), MessageBody: body }));
      await Promise.all(batches(entries).map((batch) => sendBatch(client, queueUrl(flow), batch, deadline, now)));
    },
    async setVisibility(flow, receiptHandle, seconds) {
      const input = { QueueUrl: queueUrl(flow), ReceiptHandle: receiptHandle, VisibilityTimeout: seconds };
      await client.send(new ChangeMessageVisibilityCommand(input));
    },
  };
}

/** A 200 may hold refused entries: those alone are sent again, until the deadline. */
async function sendBatch(
  client: SQSClient,
  QueueUrl: string,
  batch: SendMessageBatchRequestEntry[],
  deadline: number,
  now: () => number,
): Promise<void> {
  let pending = batch;
  let lastError: unknown;
  while (pending.length > 0) {
    const remainingMs = deadline - now();
    if (remainingMs <= 0)
      throw new Error(`SQS did not accept ${pending.length} messages in time`, { cause: lastError });
    try {
      const abortSignal = AbortSignal.timeout(Math.ceil(remainingMs));
      const answer = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries: pending }), { abortSignal });
      const accepted = new Set(answer.Successful?.map(({ Id }) => Id));
      const refused = answer.Failed?.find(({ SenderFault }) => SenderFault);
      if (refused) throw new Error(`SQS refuses the message: ${refused.Code} ${refused.Message ?? ''}`);
      pending = pending.filter(({ Id }) => !accepted.has(Id));
    } catch (error) {
      if (!isWorthRepeating(error)) throw error;
      lastError = error;
    }
    if (pending.length > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_PAUSE_MS, remainingMs)));
  }
}

/** What the service itself calls a sender's fault stays one. */
function isWorthRepeating(error: unknown): boolean {
  const { name, $fault, $metadata } = error as Error & { $fault?: string; $metadata?: { httpStatusCode?: number } };
  if ($metadata?.httpStatusCode === 429 || $fault === 'server' || /throttl|overlimit/i.test(name)) return true;
  return $fault === undefined && error instanceof Error && !error.message.startsWith('SQS refuses');
}

/** SQS takes at most 10 entries and 1 MiB a batch. */
function batches(entries: SendMessageBatchRequestEntry[]): SendMessageBatchRequestEntry[][] {
  const result: SendMessageBatchRequestEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.MessageBody ?? '');
    const last = result.at(-1);
    if (last && last.length < QUEUE.batchEntries && bytes + size <= QUEUE.batchBytes) {
      last.push(entry);
      bytes += size;
    } else {
      result.push([entry]);
      bytes = size;
    }
  }
  return result;
}
