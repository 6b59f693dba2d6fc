import {
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { arn, startSqs } from './start.ts';

const day = 86_400_000;

describe('dead-letter queues', () => {
  it('moves a message after its last receive, with its id, its age and its origin', async () => {
    const { client, clock, createPair, receive } = await startSqs();
    const { queue, deadLetters } = await createPair('orders', 2);
    const { MessageId } = await client.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: 'poison' }));
    await receive(queue, { VisibilityTimeout: 0 });
    await clock.advance(1000);
    await receive(queue, { VisibilityTimeout: 0 });

    expect(await receive(deadLetters)).toEqual([]);
    expect(await receive(queue)).toEqual([]);
    const [dead] = await receive(deadLetters);

    expect(dead).toMatchObject({
      MessageId,
      Body: 'poison',
      Attributes: {
        ApproximateReceiveCount: '3',
        SentTimestamp: '1795132800000',
        ApproximateFirstReceiveTimestamp: '1795132800000',
        DeadLetterQueueSourceArn: arn('orders'),
      },
    });
  });

  it('fills a receive with the messages behind the dead ones', async () => {
    const { client, createPair, receive } = await startSqs();
    const { queue } = await createPair('orders', 1);
    for (const MessageBody of ['1', '2', '3'])
      await client.send(new SendMessageCommand({ QueueUrl: queue, MessageBody }));
    await receive(queue, { VisibilityTimeout: 0, MaxNumberOfMessages: 1 });
    await receive(queue, { VisibilityTimeout: 0, MaxNumberOfMessages: 1 });

    const bodies = (await receive(queue)).map((message) => message.Body);

    expect(bodies).toEqual(['3']);
  });

  it('keeps the clock of the retention running on the move', async () => {
    const { client, clock, createPair, receive } = await startSqs();
    const { queue, deadLetters } = await createPair('orders', 1);
    await client.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: 'poison' }));
    await clock.advance(3 * day);
    await receive(queue, { VisibilityTimeout: 0 });
    await receive(queue);

    await clock.advance(day - 1);
    expect(await receive(deadLetters, { VisibilityTimeout: 0 })).toHaveLength(1);
    await clock.advance(1);

    expect(await receive(deadLetters)).toEqual([]);
  });

  it('leaves the message where it is when the dead-letter queue is gone', async () => {
    const { client, createPair, receive } = await startSqs();
    const { queue, deadLetters } = await createPair('orders', 1);
    await client.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: 'poison' }));
    await receive(queue, { VisibilityTimeout: 0 });
    await client.send(new DeleteQueueCommand({ QueueUrl: deadLetters }));

    const [message] = await receive(queue);

    expect(message?.Attributes?.ApproximateReceiveCount).toBe('2');
  });

  it('counts the receives of each queue in a chain of dead-letter queues for itself', async () => {
    const { client, createPair, receive } = await startSqs();
    const { queue, deadLetters } = await createPair('orders', 1);
    const last = await createPair('last', 1);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn('last-dlq'), maxReceiveCount: 1 });
    await client.send(new SetQueueAttributesCommand({ QueueUrl: deadLetters, Attributes: { RedrivePolicy } }));
    await client.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: 'poison' }));
    await receive(queue, { VisibilityTimeout: 0 });
    await receive(queue);

    expect(await receive(deadLetters, { VisibilityTimeout: 0 })).toHaveLength(1);
    expect(await receive(deadLetters)).toEqual([]);

    const [message] = await receive(last.deadLetters);
    expect(message?.Attributes?.DeadLetterQueueSourceArn).toBe(arn('orders-dlq'));
  });
});

describe('redrive policies', () => {
  const policy = (name: string, maxReceiveCount: unknown = 3) =>
    JSON.stringify({ deadLetterTargetArn: arn(name), maxReceiveCount });

  it('gives the policy back with a number, however it was written', async () => {
    const { client, createQueue } = await startSqs();
    await createQueue('dlq');
    const QueueUrl = await createQueue('orders', { RedrivePolicy: policy('dlq', '3') });

    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] });

    expect((await client.send(command)).Attributes).toEqual({ RedrivePolicy: policy('dlq', 3) });
  });

  it.each([
    [policy('none'), 'Dead letter target does not exist.'],
    [policy('dlq', 0), 'Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.'],
    [policy('dlq', 1001), 'Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.'],
    ['{"maxReceiveCount":3}', 'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.'],
  ])('refuses %s', async (RedrivePolicy, reason) => {
    const { createQueue } = await startSqs();
    await createQueue('dlq');

    await expect(createQueue('orders', { RedrivePolicy })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: `Value ${RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
    });
  });

  it('lets the dead-letter queue choose its sources', async () => {
    const { client, createQueue } = await startSqs();
    const dlq = await createQueue('dlq', {
      RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: [arn('orders')] }),
    });

    await createQueue('orders', { RedrivePolicy: policy('dlq') });
    const QueueUrl = await createQueue('stranger');
    const refusal = { name: 'InvalidParameterValue', message: expect.stringContaining('does not allow stranger') };
    const set = (url: string, Attributes: Record<string, string>) =>
      client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    await expect(set(QueueUrl, { RedrivePolicy: policy('dlq') })).rejects.toMatchObject(refusal);
    await set(dlq, { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
    await expect(set(QueueUrl, { RedrivePolicy: policy('dlq') })).rejects.toMatchObject(refusal);
    await set(dlq, { RedriveAllowPolicy: '{"redrivePermission":"allowAll"}' });
    await set(QueueUrl, { RedrivePolicy: policy('dlq') });
  });

  it.each([
    '{"redrivePermission":"some"}',
    '{"redrivePermission":"byQueue"}',
    '{"redrivePermission":"denyAll","sourceQueueArns":["x"]}',
  ])('refuses the allow policy %s', async (RedriveAllowPolicy) => {
    const { createQueue } = await startSqs();

    await expect(createQueue('dlq', { RedriveAllowPolicy })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });
});
