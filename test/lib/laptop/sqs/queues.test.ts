import {
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { account, arn, startSqs } from './start.ts';

describe('queues', () => {
  it('creates a queue with the defaults of AWS', async () => {
    const { client, createQueue, url } = await startSqs();

    const QueueUrl = await createQueue('orders');

    expect(QueueUrl).toBe(`${url}/${account}/orders`);
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(Attributes).toEqual({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      CreatedTimestamp: '1795132800',
      DelaySeconds: '0',
      LastModifiedTimestamp: '1795132800',
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      QueueArn: arn('orders'),
      ReceiveMessageWaitTimeSeconds: '0',
      SqsManagedSseEnabled: 'true',
      VisibilityTimeout: '30',
    });
  });

  it('gives back an existing queue when the attributes are equal and refuses when they differ', async () => {
    const { createQueue } = await startSqs();
    const first = await createQueue('orders', { VisibilityTimeout: '60' });

    expect(await createQueue('orders', { VisibilityTimeout: '60', DelaySeconds: '0' })).toBe(first);
    expect(await createQueue('orders')).toBe(first);
    await expect(createQueue('orders', { VisibilityTimeout: '61' })).rejects.toMatchObject({
      name: 'QueueNameExists',
      message: 'A queue already exists with the same name and a different value for attribute VisibilityTimeout',
    });
  });

  it.each([
    ['VisibilityTimeout', '43201'],
    ['VisibilityTimeout', '-1'],
    ['DelaySeconds', '901'],
    ['MessageRetentionPeriod', '59'],
    ['MaximumMessageSize', '1048577'],
    ['ReceiveMessageWaitTimeSeconds', '21'],
    ['DelaySeconds', 'soon'],
    ['RedrivePolicy', 'none'],
  ])('refuses %s = %s', async (name, value) => {
    const { createQueue } = await startSqs();

    await expect(createQueue('orders', { [name]: value })).rejects.toMatchObject({ name: 'InvalidAttributeValue' });
  });

  it('refuses FIFO queues by name', async () => {
    const { createQueue } = await startSqs();

    await expect(createQueue('orders.fifo')).rejects.toMatchObject({
      name: 'NotEmulatedException',
      message: expect.stringContaining('the FIFO queue orders.fifo is not emulated'),
    });
    await expect(createQueue('orders', { FifoQueue: 'true' })).rejects.toMatchObject({ name: 'NotEmulatedException' });
  });

  it('refuses unknown attributes, bad names and operations that are not emulated', async () => {
    const { client, createQueue } = await startSqs();
    const QueueUrl = await createQueue('orders');

    await expect(createQueue('other', { QueueArn: 'x' })).rejects.toMatchObject({ name: 'InvalidAttributeName' });
    await expect(createQueue('a b')).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(client.send(new ListQueueTagsCommand({ QueueUrl }))).rejects.toMatchObject({
      name: 'NotEmulatedException',
    });
  });

  it('finds a queue by the last segment of its URL, whatever the port was', async () => {
    const { client, createQueue, sqs } = await startSqs();
    await createQueue('orders');

    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
    const sent = await sqs.operations.SendMessage(
      { QueueUrl: 'http://127.0.0.1:1/000000000000/orders', MessageBody: 'a' },
      { kind: 'administrator' },
    );

    expect(QueueUrl).toMatch(/\/orders$/);
    expect(sent.MessageId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('says that a queue does not exist in the words of both protocols', async () => {
    const { client, url } = await startSqs();

    const response = client.send(new SendMessageCommand({ QueueUrl: `${url}/${account}/none`, MessageBody: 'a' }));

    await expect(response).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      message: 'The specified queue does not exist.',
      Code: 'AWS.SimpleQueueService.NonExistentQueue',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(client.send(new GetQueueUrlCommand({ QueueName: 'none' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });

  it('lists queues by prefix and in pages', async () => {
    const { client, createQueue } = await startSqs();
    for (const name of ['b-2', 'a-1', 'b-1', 'b-3']) await createQueue(name);

    const all = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'b-' }));
    const first = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'b-', MaxResults: 2 }));
    const second = await client.send(
      new ListQueuesCommand({ QueueNamePrefix: 'b-', MaxResults: 2, NextToken: first.NextToken }),
    );

    const names = (urls: string[] | undefined) => urls?.map((url) => url.split('/').at(-1));
    expect(names(all.QueueUrls)).toEqual(['b-1', 'b-2', 'b-3']);
    expect(names(first.QueueUrls)).toEqual(['b-1', 'b-2']);
    expect(names(second.QueueUrls)).toEqual(['b-3']);
    expect(second.NextToken).toBeUndefined();
  });

  it('changes and removes attributes', async () => {
    const { client, clock, createPair } = await startSqs();
    const { queue: QueueUrl, deadLetters } = await createPair('orders', 3);
    await clock.advance(5000);

    await client.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '7', RedrivePolicy: '' } }),
    );

    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(Attributes).toMatchObject({ VisibilityTimeout: '7', LastModifiedTimestamp: '1795132805' });
    expect(Attributes).not.toHaveProperty('RedrivePolicy');
    const sources = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: deadLetters }));
    expect(sources.queueUrls).toEqual([]);
  });

  it('lists the source queues of a dead-letter queue', async () => {
    const { client, createPair } = await startSqs();
    const { queue, deadLetters } = await createPair('orders', 3);

    const { queueUrls } = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: deadLetters }));

    expect(queueUrls).toEqual([queue]);
  });

  it('purges a queue and deletes it with its messages', async () => {
    const { client, createQueue, receive } = await startSqs();
    const QueueUrl = await createQueue('orders');
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));

    await client.send(new PurgeQueueCommand({ QueueUrl }));
    expect(await receive(QueueUrl)).toEqual([]);

    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'b' }));
    await client.send(new DeleteQueueCommand({ QueueUrl }));
    await expect(receive(QueueUrl)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await createQueue('orders');
    expect(await receive(QueueUrl)).toEqual([]);
  });
});
