/**
 * Sends a second to the laptop's SQS, which is in a process of its own and writes each commit to disk.
 */
import { CreateQueueCommand, SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { report } from './report.ts';
import { startServices } from './services-process.ts';

const MESSAGES = 3_000;
const ENTRIES = 10;
const CONCURRENCY = 32;
const ROUNDS = 3;
const BODY = 'x'.repeat(1_024);

export async function benchSqs(): Promise<void> {
  const services = await startServices();
  try {
    const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
    const sqs = new SQSClient({ endpoint: services.url, region: 'eu-central-1', credentials });
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'bench' }));
    const single = () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: BODY }));
    const Entries = Array.from({ length: ENTRIES }, (_, index) => ({ Id: String(index), MessageBody: BODY }));
    const batch = () => sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const singles: number[] = [];
    const batches: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      singles.push(await perSecond(MESSAGES, 1, single));
      batches.push(await perSecond(2 * MESSAGES, ENTRIES, batch));
    }
    report({ name: 'SQS, single sends a second', values: singles, unit: '/s', min: 1_000 });
    report({ name: 'SQS, batched sends a second', values: batches, unit: '/s', min: 4_000 });
  } finally {
    services.stop();
  }
}

async function perSecond(messages: number, perCall: number, call: () => Promise<unknown>): Promise<number> {
  let left = messages / perCall;
  const worker = async () => {
    while (left-- > 0) await call();
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return (messages / (performance.now() - startedAt)) * 1_000;
}
