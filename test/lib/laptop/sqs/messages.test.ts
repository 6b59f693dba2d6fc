import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { account, sqsClient, startSqs } from './start.ts';

const administrator = { kind: 'administrator' } as const;

async function startWithQueue(attributes = {}) {
  const started = await startSqs();
  const QueueUrl = await started.createQueue('orders', attributes);
  const send = (input: Partial<SendMessageCommandInput> = {}) =>
    started.client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello', ...input }));
  const change = (handle: string | undefined, seconds: number) =>
    started.client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: handle, VisibilityTimeout: seconds }),
    );
  const counts = async () => {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
    const { Attributes } = await started.client.send(command);
    return {
      visible: Attributes?.ApproximateNumberOfMessages,
      inFlight: Attributes?.ApproximateNumberOfMessagesNotVisible,
      delayed: Attributes?.ApproximateNumberOfMessagesDelayed,
    };
  };
  return { ...started, QueueUrl, send, change, counts };
}

describe('sending and receiving', () => {
  it('hands over body, attributes and system attributes', async () => {
    const { url, QueueUrl, receive } = await startWithQueue();
    const worker = sqsClient(url, 'worker-role');
    const sent = await worker.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: 'grüße 🚚',
        MessageAttributes: {
          flow: { DataType: 'String', StringValue: 'orders' },
          size: { DataType: 'Number.int', StringValue: '12' },
          key: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 1, 255) },
        },
        MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-2-3' } },
      }),
    );

    const [message] = await receive(QueueUrl);

    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'grüße 🚚',
      MD5OfBody: sent.MD5OfMessageBody,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Attributes: {
        SenderId: 'worker-role',
        SentTimestamp: '1795132800000',
        ApproximateReceiveCount: '1',
        ApproximateFirstReceiveTimestamp: '1795132800000',
        AWSTraceHeader: 'Root=1-2-3',
      },
    });
    expect(message?.MessageAttributes?.flow).toEqual({ DataType: 'String', StringValue: 'orders' });
    expect(message?.MessageAttributes?.size).toEqual({ DataType: 'Number.int', StringValue: '12' });
    expect([...(message?.MessageAttributes?.key?.BinaryValue ?? [])]).toEqual([0, 1, 255]);
    worker.destroy();
  });

  it('computes the MD5 of attributes as AWS does', async () => {
    const { send } = await startWithQueue();

    const { MD5OfMessageAttributes } = await send({
      MessageAttributes: { timestamp: { DataType: 'Number', StringValue: '1493147359900' } },
    });

    expect(MD5OfMessageAttributes).toBe('235c5c510d26fb653d073faed50ae77c');
  });

  it('gives only the attributes that were asked for, under either name', async () => {
    const { client, QueueUrl, send } = await startWithQueue({ VisibilityTimeout: '0' });
    await send({
      MessageAttributes: {
        'a.one': { DataType: 'String', StringValue: '1' },
        'a.two': { DataType: 'String', StringValue: '2' },
        b: { DataType: 'String', StringValue: '3' },
      },
    });
    const receive = async (input: object) =>
      (await client.send(new ReceiveMessageCommand({ QueueUrl, ...input }))).Messages?.[0];

    const bare = await receive({});
    const old = await receive({ AttributeNames: ['SenderId'], MessageAttributeNames: ['a.*'] });

    expect(bare).not.toHaveProperty('Attributes');
    expect(bare).not.toHaveProperty('MessageAttributes');
    expect(old?.Attributes).toEqual({ SenderId: account });
    expect(Object.keys(old?.MessageAttributes ?? {})).toEqual(['a.one', 'a.two']);
    await expect(receive({ AttributeNames: ['Colour'] })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('hands over oldest first, at most as many as asked for', async () => {
    const { QueueUrl, send, receive } = await startWithQueue();
    for (const MessageBody of ['1', '2', '3']) await send({ MessageBody });

    const first = await receive(QueueUrl, { MaxNumberOfMessages: 2 });
    const second = await receive(QueueUrl, { MaxNumberOfMessages: 2 });

    expect(first.map((message) => message.Body)).toEqual(['1', '2']);
    expect(second.map((message) => message.Body)).toEqual(['3']);
    await expect(receive(QueueUrl, { MaxNumberOfMessages: 11 })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: 'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    });
  });

  it('holds a message back for the delay of the message, or else of the queue', async () => {
    const { QueueUrl, clock, counts, send, receive } = await startWithQueue({
      DelaySeconds: '60',
      VisibilityTimeout: '600',
    });
    await send({ MessageBody: 'queue' });
    await send({ MessageBody: 'message', DelaySeconds: 10 });
    await send({ MessageBody: 'none', DelaySeconds: 0 });

    expect(await counts()).toEqual({ visible: '1', inFlight: '0', delayed: '2' });
    const bodies = [];
    for (const ms of [0, 10_000, 50_000]) {
      await clock.advance(ms);
      bodies.push(...(await receive(QueueUrl)).map((message) => message.Body));
    }
    expect(bodies).toEqual(['none', 'message', 'queue']);
    await expect(send({ DelaySeconds: 901 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('ends a message with the retention period, wherever it is', async () => {
    const { QueueUrl, clock, counts, send, receive } = await startWithQueue({ MessageRetentionPeriod: '60' });
    await send({ MessageBody: 'in flight' });
    await receive(QueueUrl, { VisibilityTimeout: 600 });
    await send({ MessageBody: 'visible' });

    await clock.advance(59_999);
    expect(await counts()).toEqual({ visible: '1', inFlight: '1', delayed: '0' });
    await clock.advance(1);

    expect(await counts()).toEqual({ visible: '0', inFlight: '0', delayed: '0' });
    expect(await receive(QueueUrl)).toEqual([]);
  });

  it.each([
    ['a control character', 'a\u0001', '#x1'],
    ['U+FFFE', '\uFFFE', '#xFFFE'],
    ['NUL', '\0', '#x0'],
  ])('refuses a body with %s', async (_name, MessageBody, shown) => {
    const { send } = await startWithQueue();

    await expect(send({ MessageBody })).rejects.toMatchObject({
      name: 'InvalidMessageContents',
      message: expect.stringContaining(`${shown}.`),
    });
  });

  it('counts body and attributes against the maximum size', async () => {
    const { send } = await startWithQueue({ MaximumMessageSize: '1024' });
    const MessageAttributes = { a: { DataType: 'String', StringValue: 'b' } };

    await send({ MessageBody: 'é'.repeat(512) });
    await send({ MessageBody: 'x'.repeat(1016), MessageAttributes });
    await expect(send({ MessageBody: 'x'.repeat(1017), MessageAttributes })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: 'One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.',
    });
  });

  it('takes a message of 1 MiB and not one byte more', async () => {
    const { QueueUrl, send, receive } = await startWithQueue();

    await send({ MessageBody: 'x'.repeat(1_048_576) });

    await expect(send({ MessageBody: 'x'.repeat(1_048_577) })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    expect((await receive(QueueUrl))[0]?.Body).toHaveLength(1_048_576);
  });

  it.each([
    ['eleven attributes', Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`a${n}`, 'String:x']))],
    ['a number that is none', { a: 'Number:x' }],
    ['an unknown type', { a: 'Text:x' }],
    ['an empty value', { a: 'String:' }],
    ['a reserved name', { 'AWS.a': 'String:x' }],
    ['a name with two periods in a row', { 'a..b': 'String:x' }],
  ])('refuses %s', async (_name, given) => {
    const { send } = await startWithQueue();
    const entries = Object.entries(given).map(([name, value]) => {
      const [DataType, StringValue] = value.split(':');
      return [name, { DataType, StringValue }];
    });

    await expect(send({ MessageAttributes: Object.fromEntries(entries) })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });

  it('refuses what only FIFO and fair queues know', async () => {
    const { send } = await startWithQueue();

    await expect(send({ MessageGroupId: 'tenant' })).rejects.toMatchObject({
      name: 'NotEmulatedException',
      message: expect.stringContaining('MessageGroupId is not emulated'),
    });
  });
});

describe('visibility', () => {
  it('hides a received message until its timeout and counts its receives', async () => {
    const { QueueUrl, clock, counts, send, receive } = await startWithQueue({ VisibilityTimeout: '20' });
    await send();
    const [first] = await receive(QueueUrl);

    expect(await receive(QueueUrl)).toEqual([]);
    expect(await counts()).toEqual({ visible: '0', inFlight: '1', delayed: '0' });
    await clock.advance(20_000);
    expect(await counts()).toEqual({ visible: '1', inFlight: '0', delayed: '0' });
    const [second] = await receive(QueueUrl, { VisibilityTimeout: 5 });

    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    expect(second?.Attributes).toMatchObject({
      ApproximateReceiveCount: '2',
      ApproximateFirstReceiveTimestamp: '1795132800000',
    });
    await clock.advance(5000);
    expect(await receive(QueueUrl)).toHaveLength(1);
  });

  it('shows a message at once when its timeout is set to 0', async () => {
    const { QueueUrl, change, send, receive } = await startWithQueue();
    await send();
    const [message] = await receive(QueueUrl);

    await change(message?.ReceiptHandle, 0);

    expect((await receive(QueueUrl))[0]?.Attributes?.ApproximateReceiveCount).toBe('2');
  });

  it('extends a timeout to 12 hours from the receive, not beyond', async () => {
    const { QueueUrl, clock, change, send, receive } = await startWithQueue();
    await send();
    const [message] = await receive(QueueUrl);
    await clock.advance(10_000);

    await change(message?.ReceiptHandle, 43_190);

    await expect(change(message?.ReceiptHandle, 43_191)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('Total VisibilityTimeout for the message is beyond the limit [43200 seconds]'),
    });
    await expect(change(message?.ReceiptHandle, 43_201)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await clock.advance(43_189_999);
    expect(await receive(QueueUrl)).toEqual([]);
    await clock.advance(1);
    expect(await receive(QueueUrl)).toHaveLength(1);
  });

  it('refuses to change a message that is not in flight, or gone', async () => {
    const { client, QueueUrl, clock, change, send, receive } = await startWithQueue();
    await send();
    const [first] = await receive(QueueUrl);
    await clock.advance(30_000);

    await expect(change(first?.ReceiptHandle, 10)).rejects.toMatchObject({
      name: 'MessageNotInflight',
      Code: 'AWS.SimpleQueueService.MessageNotInflight',
    });
    const [second] = await receive(QueueUrl);
    await expect(change(first?.ReceiptHandle, 10)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second?.ReceiptHandle }));
    await expect(change(second?.ReceiptHandle, 10)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('Message does not exist or is not available for visibility timeout change.'),
    });
  });
});

describe('deleting', () => {
  it('deletes with the latest handle, also after the timeout', async () => {
    const { client, QueueUrl, clock, counts, send, receive } = await startWithQueue();
    await send();
    const [message] = await receive(QueueUrl);
    await clock.advance(30_000);

    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));

    expect(await counts()).toEqual({ visible: '0', inFlight: '0', delayed: '0' });
  });

  it('keeps a message that was received again when an old handle deletes it', async () => {
    const { client, QueueUrl, clock, counts, send, receive } = await startWithQueue();
    await send();
    const [old] = await receive(QueueUrl);
    await clock.advance(30_000);
    await receive(QueueUrl);

    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: old?.ReceiptHandle }));

    expect(await counts()).toEqual({ visible: '0', inFlight: '1', delayed: '0' });
  });

  it('refuses handles that it did not give for this queue', async () => {
    const { client, QueueUrl, createQueue, send, receive } = await startWithQueue();
    await send();
    const [message] = await receive(QueueUrl);
    const other = await createQueue('other');

    for (const ReceiptHandle of ['garbage', message?.ReceiptHandle]) {
      await expect(client.send(new DeleteMessageCommand({ QueueUrl: other, ReceiptHandle }))).rejects.toMatchObject({
        name: 'ReceiptHandleIsInvalid',
      });
    }
  });
});

describe('in process', () => {
  it('runs the same operations with the same answers', async () => {
    const { sqs, QueueUrl } = await startWithQueue();
    const MessageAttributes = { key: { DataType: 'Binary', BinaryValue: Uint8Array.of(1, 2) } };

    await sqs.operations.SendMessage({ QueueUrl, MessageBody: 'a', MessageAttributes }, administrator);
    const request = { QueueUrl, MessageAttributeNames: ['All'] };
    const { Messages } = await sqs.operations.ReceiveMessage(request, administrator);

    expect([...(Messages?.[0]?.MessageAttributes?.key?.BinaryValue ?? [])]).toEqual([1, 2]);
    const garbage = { QueueUrl, ReceiptHandle: 'x' };
    await expect(sqs.operations.DeleteMessage(garbage, administrator)).rejects.toMatchObject({
      code: 'ReceiptHandleIsInvalid',
    });
  });
});
