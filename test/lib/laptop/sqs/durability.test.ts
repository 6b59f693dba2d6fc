import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sqsClient, startSqs, temporaryFile } from './start.ts';

async function startProcess(file: string) {
  const child = spawn(process.execPath, [new URL('emulator-process.ts', import.meta.url).pathname, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const client = sqsClient(String(line).trim());
  return { child, client };
}

type Client = ReturnType<typeof sqsClient>;

/** What was acknowledged; `taken` is what a delete was asked for, acknowledged or not. */
type Journal = Record<'sent' | 'taken' | 'deleted', Set<string>>;

/** Sends and deletes until the emulator dies. */
async function work(client: Client, QueueUrl: string, name: string, { sent, taken, deleted }: Journal) {
  for (let index = 0; ; index += 1) {
    const bodies = [`${name}-${index}-a`, `${name}-${index}-b`];
    const Entries = bodies.map((MessageBody, entry) => ({ Id: String(entry), MessageBody }));
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    for (const body of bodies) sent.add(body);
    const single = `${name}-${index}-c`;
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: single }));
    sent.add(single);
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 1 }));
    for (const message of Messages ?? []) {
      taken.add(message.Body!);
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      deleted.add(message.Body!);
    }
  }
}

describe('durability', () => {
  it('loses nothing it acknowledged when it is killed under load', async () => {
    const file = temporaryFile();
    const first = await startProcess(file);
    const { QueueUrl } = await first.client.send(new CreateQueueCommand({ QueueName: 'orders' }));
    const journal: Journal = { sent: new Set(), taken: new Set(), deleted: new Set() };
    const workers = Array.from({ length: 8 }, (_, worker) =>
      work(first.client, QueueUrl!, `w${worker}`, journal).catch((error: Error) => error.name),
    );
    while (journal.sent.size < 900) await new Promise((resolve) => setTimeout(resolve, 5));

    first.child.kill('SIGKILL');
    await Promise.all(workers);

    const { receive, clock, createQueue } = await startSqs({ file });
    const stored = new Set<string>();
    const reopened = await createQueue('orders');
    await clock.advance(Date.now() + 2000 - clock.now()); // past the visibility timeout of the real clock
    for (let batch = await receive(reopened); batch.length > 0; batch = await receive(reopened)) {
      for (const message of batch) stored.add(message.Body!);
    }
    expect([...journal.sent].filter((body) => !stored.has(body) && !journal.taken.has(body))).toEqual([]);
    expect([...journal.deleted].filter((body) => stored.has(body))).toEqual([]);
    expect(journal.deleted.size).toBeGreaterThan(100);
  });

  it('keeps deletes, visibility, receipt handles and receive counts across a restart', async () => {
    const first = await startSqs();
    const QueueUrl = await first.createQueue('orders', { VisibilityTimeout: '100' });
    for (const MessageBody of ['deleted', 'hidden', 'visible']) {
      await first.client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }
    const [deleted, hidden] = await first.receive(QueueUrl, { MaxNumberOfMessages: 2 });
    await first.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: deleted?.ReceiptHandle }));
    await first.front.close();

    const second = await startSqs({ file: first.file, clock: first.clock });
    const url = await second.createQueue('orders');
    expect((await second.receive(url)).map((message) => message.Body)).toEqual(['visible']);
    const change = { QueueUrl: url, ReceiptHandle: hidden?.ReceiptHandle, VisibilityTimeout: 0 };
    await second.client.send(new ChangeMessageVisibilityCommand(change));

    const [again] = await second.receive(url);
    expect(again).toMatchObject({ Body: 'hidden', Attributes: { ApproximateReceiveCount: '2' } });
  });
});
