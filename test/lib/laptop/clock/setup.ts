import { CreateQueueCommand, type QueueAttributeName, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../../../lib/laptop/clock.ts';
import { type Layer, startFront } from '../../../../lib/laptop/front.ts';
import { createSqs } from '../../../../lib/laptop/sqs/index.ts';
import { temporaryFile } from '../sqs/start.ts';

const region = 'eu-central-1';

/** The SQS emulator on a clock that the test has, behind a front with these layers. */
export async function startSqsOn(clock: Clock, layers: Layer[] = []) {
  let url = '';
  const sqs = createSqs({ file: temporaryFile(), account: '000000000000', region, queueUrlBase: () => url, clock });
  const roleOfKey = (key: string) => (key === 'admin' ? undefined : key);
  const front = await startFront({ services: [sqs.service], port: 0, layers, roleOfKey });
  url = front.url;
  const credentials = { accessKeyId: 'admin', secretAccessKey: 'secret' };
  const client = new SQSClient({ endpoint: url, region, credentials });
  onTestFinished(async () => {
    client.destroy();
    await front.close();
  });
  return {
    ...{ sqs, url, client },
    async createQueue(QueueName: string, Attributes: Partial<Record<QueueAttributeName, string>> = {}) {
      return (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
    },
    async receive(QueueUrl: string) {
      const all = { MessageSystemAttributeNames: ['All' as const], MaxNumberOfMessages: 10 };
      return (await client.send(new ReceiveMessageCommand({ QueueUrl, ...all }))).Messages ?? [];
    },
  };
}
