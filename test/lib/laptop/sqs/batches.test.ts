import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { startSqs } from './start.ts';

async function startWithQueue() {
  const started = await startSqs();
  const QueueUrl = await started.createQueue('orders');
  const sendBatch = (Entries: SendMessageBatchRequestEntry[]) =>
    started.client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  return { ...started, QueueUrl, sendBatch };
}

const entries = (count: number, MessageBody = 'x') =>
  Array.from({ length: count }, (_, index) => ({ Id: `e${index}`, MessageBody }));

describe('batches', () => {
  it('sends ten messages in one call', async () => {
    const { QueueUrl, sendBatch, receive } = await startWithQueue();

    const { Successful, Failed } = await sendBatch(entries(10));

    expect(Successful?.map((entry) => entry.Id)).toEqual(entries(10).map((entry) => entry.Id));
    expect(Failed).toBeUndefined();
    expect(await receive(QueueUrl)).toHaveLength(10);
  });

  it('fails single entries and keeps the others', async () => {
    const { QueueUrl, sendBatch, receive } = await startWithQueue();

    const { Successful, Failed } = await sendBatch([
      { Id: 'good', MessageBody: 'good' },
      { Id: 'characters', MessageBody: '\u0001' },
      { Id: 'delay', MessageBody: 'late', DelaySeconds: 901 },
      { Id: 'attribute', MessageBody: 'a', MessageAttributes: { n: { DataType: 'Number', StringValue: 'x' } } },
    ]);

    expect(Successful?.map((entry) => entry.Id)).toEqual(['good']);
    expect(Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault])).toEqual([
      ['characters', 'InvalidMessageContents', true],
      ['delay', 'InvalidParameterValue', true],
      ['attribute', 'InvalidParameterValue', true],
    ]);
    expect((await receive(QueueUrl)).map((message) => message.Body)).toEqual(['good']);
  });

  it.each([
    ['EmptyBatchRequest', []],
    ['TooManyEntriesInBatchRequest', entries(11)],
    ['BatchEntryIdsNotDistinct', [...entries(1), ...entries(1)]],
    ['InvalidBatchEntryId', [{ Id: 'a b', MessageBody: 'x' }]],
    ['InvalidBatchEntryId', [{ Id: 'x'.repeat(81), MessageBody: 'x' }]],
    ['BatchRequestTooLong', entries(2, 'x'.repeat(524_289))],
  ])('refuses the whole batch with %s', async (name, batch) => {
    const { QueueUrl, sendBatch, receive } = await startWithQueue();

    await expect(sendBatch(batch)).rejects.toMatchObject({ name, Code: `AWS.SimpleQueueService.${name}` });

    expect(await receive(QueueUrl)).toEqual([]);
  });

  it('takes 1 MiB in one batch', async () => {
    const { sendBatch } = await startWithQueue();

    expect((await sendBatch(entries(2, 'x'.repeat(524_288)))).Successful).toHaveLength(2);
  });

  it('deletes and changes visibility entry by entry', async () => {
    const { client, QueueUrl, sendBatch, receive } = await startWithQueue();
    await sendBatch(entries(3));
    const [first, second, third] = (await receive(QueueUrl)).map((message) => message.ReceiptHandle);

    const deleted = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'first', ReceiptHandle: first },
          { Id: 'bad', ReceiptHandle: 'garbage' },
        ],
      }),
    );
    const changed = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'gone', ReceiptHandle: first, VisibilityTimeout: 0 },
          { Id: 'second', ReceiptHandle: second, VisibilityTimeout: 0 },
          { Id: 'long', ReceiptHandle: third, VisibilityTimeout: 43_201 },
        ],
      }),
    );

    expect(deleted.Successful).toEqual([{ Id: 'first' }]);
    expect(deleted.Failed).toMatchObject([{ Id: 'bad', Code: 'ReceiptHandleIsInvalid' }]);
    expect(changed.Successful).toEqual([{ Id: 'second' }]);
    expect(changed.Failed?.map((entry) => entry.Id)).toEqual(['gone', 'long']);
    expect(await receive(QueueUrl)).toHaveLength(1);
  });
});
