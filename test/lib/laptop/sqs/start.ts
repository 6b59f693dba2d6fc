import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateQueueCommand, type QueueAttributeName, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import { startFront } from '../../../../lib/laptop/front.ts';
import { createSqs } from '../../../../lib/laptop/sqs/index.ts';
import { type FakeClock, fakeClock } from '../fake-clock.ts';

export const account = '111122223333';
export const region = 'eu-central-1';
export const arn = (name: string) => `arn:aws:sqs:${region}:${account}:${name}`;

export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-sqs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'sqs.sqlite');
}

export const sqsClient = (endpoint: string, accessKeyId = 'admin') =>
  new SQSClient({ endpoint, region, maxAttempts: 1, credentials: { accessKeyId, secretAccessKey: 'secret' } });

/** The emulator behind a real front, with the real SDK and a clock that stands still. */
export async function startSqs({
  file = temporaryFile(),
  clock = fakeClock(),
}: {
  file?: string;
  clock?: FakeClock;
} = {}) {
  let url = '';
  const sqs = createSqs({ file, account, region, queueUrlBase: () => url, clock });
  const roleOfKey = (key: string) => (key === 'admin' ? undefined : key);
  const front = await startFront({ services: [sqs.service], port: 0, roleOfKey });
  url = front.url;
  const client = sqsClient(url);
  onTestFinished(async () => {
    client.destroy();
    await front.close();
  });

  /** @returns The queue's URL. */
  async function createQueue(name: string, attributes: Partial<Record<QueueAttributeName, string>> = {}) {
    return (await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }))).QueueUrl!;
  }
  /** A queue and its dead-letter queue, `<name>-dlq`. */
  async function createPair(
    name: string,
    maxReceiveCount: number,
    attributes: Partial<Record<QueueAttributeName, string>> = {},
  ) {
    const deadLetters = await createQueue(`${name}-dlq`);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn(`${name}-dlq`), maxReceiveCount });
    return { queue: await createQueue(name, { RedrivePolicy, ...attributes }), deadLetters };
  }
  /** Up to ten messages, with everything AWS tells about them. */
  async function receive(queueUrl: string, options: { VisibilityTimeout?: number; MaxNumberOfMessages?: number } = {}) {
    const everything = { MessageSystemAttributeNames: ['All' as const], MessageAttributeNames: ['All'] };
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      ...everything,
      ...options,
    });
    return (await client.send(command)).Messages ?? [];
  }
  return { url, sqs, front, client, clock, file, createQueue, createPair, receive };
}

/** Waits for something that happens over the network, without a fixed sleep. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('The awaited condition did not come true.');
}
