import { describe, expect, it } from 'vitest';
import { startSqs } from './start.ts';

/** Bodies the SDK would never write. */
describe('malformed input', () => {
  it.each([
    ['SendMessage', { MessageBody: 'a' }, 'MissingParameter', 'The request must contain the parameter QueueUrl.'],
    ['SendMessage', { QueueUrl: 'orders', MessageBody: 1 }, 'SerializationException', 'MessageBody must be a string.'],
    [
      'SendMessage',
      { QueueUrl: 'orders', MessageBody: '' },
      'MissingParameter',
      'The request must contain the parameter MessageBody.',
    ],
    ['SendMessage', { QueueUrl: 'orders', MessageBody: '\ud800' }, 'InvalidMessageContents', '#xD800'],
    [
      'SendMessage',
      { QueueUrl: 'orders', MessageBody: 'a', DelaySeconds: '5' },
      'SerializationException',
      'DelaySeconds must be an integer.',
    ],
    [
      'SendMessage',
      { QueueUrl: 'orders', MessageBody: 'a', MessageAttributes: { a: {} } },
      'MissingParameter',
      'MessageAttributes.a.DataType',
    ],
    [
      'SendMessage',
      { QueueUrl: 'orders', MessageBody: 'a', MessageAttributes: [] },
      'SerializationException',
      'MessageAttributes must be an object.',
    ],
    [
      'SendMessage',
      { QueueUrl: 'orders', MessageBody: 'a', MessageAttributes: { a: { DataType: 'Binary', BinaryValue: '{}' } } },
      'SerializationException',
      'BinaryValue must be base64.',
    ],
    ['SendMessageBatch', { QueueUrl: 'orders', Entries: {} }, 'SerializationException', 'Entries must be a list.'],
    ['SendMessageBatch', { QueueUrl: 'orders', Entries: [null] }, 'MissingParameter', 'Entries.1'],
    [
      'SendMessageBatch',
      { QueueUrl: 'orders', Entries: [{ Id: 1 }] },
      'SerializationException',
      'Entries.1.Id must be a string.',
    ],
    [
      'ReceiveMessage',
      { QueueUrl: 'orders', MaxNumberOfMessages: 1.5 },
      'SerializationException',
      'MaxNumberOfMessages',
    ],
    [
      'ReceiveMessage',
      { QueueUrl: 'orders', AttributeNames: 'All' },
      'SerializationException',
      'AttributeNames must be a list.',
    ],
    [
      'DeleteMessage',
      { QueueUrl: ['orders'], ReceiptHandle: 'x' },
      'SerializationException',
      'QueueUrl must be a string.',
    ],
    ['ChangeMessageVisibility', { QueueUrl: 'orders', ReceiptHandle: 'x' }, 'MissingParameter', 'VisibilityTimeout'],
    [
      'CreateQueue',
      { QueueName: 'x', Attributes: { DelaySeconds: 5 } },
      'SerializationException',
      'Attributes.DelaySeconds must be a string.',
    ],
    ['SetQueueAttributes', { QueueUrl: 'orders' }, 'MissingParameter', 'Attributes'],
    ['ListQueues', { NextToken: 'x' }, 'InvalidParameterValue', 'next token'],
    ['StartMessageMoveTask', { SourceArn: 5 }, 'SerializationException', 'SourceArn must be a string.'],
  ])('%s %j is answered with %s', async (operation, input, type, message) => {
    const { url, createQueue } = await startSqs();
    await createQueue('orders');

    const response = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=admin/20261120/eu-central-1/sqs/aws4_request',
        'x-amz-target': `AmazonSQS.${operation}`,
      },
      body: JSON.stringify(input),
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: type, message: expect.stringContaining(message) });
  });

  it('takes null as not given', async () => {
    const { sqs, createQueue } = await startSqs();
    const QueueUrl = await createQueue('orders');
    const input = { QueueUrl, MessageBody: 'a', DelaySeconds: null, MessageAttributes: null };

    const sent = await sqs.operations.SendMessage(JSON.parse(JSON.stringify(input)), { kind: 'administrator' });

    expect(sent.MessageId).toBeDefined();
  });
});
