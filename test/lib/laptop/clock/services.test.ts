import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { createMovableClock } from '../../../../lib/laptop/movable-clock.ts';
import { startSqsOn } from './setup.ts';

const day = 86_400_000;

test('the 14 days that a queue keeps a message pass in a moment', async () => {
  const clock = createMovableClock();
  const { client, createQueue, receive } = await startSqsOn(clock);
  const QueueUrl = await createQueue('orders', { MessageRetentionPeriod: '1209600' });
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'order 7' }));

  clock.advance(14 * day - 60_000);
  const before = await receive(QueueUrl);
  clock.advance(60_000);
  const after = await receive(QueueUrl);

  expect(before.map(({ Body }) => Body)).toEqual(['order 7']);
  expect(after).toEqual([]);
});

test('a day of retries passes as fast as they are received', async () => {
  const clock = createMovableClock();
  const { client, createQueue, receive } = await startSqsOn(clock);
  const QueueUrl = await createQueue('orders', { VisibilityTimeout: '3600' });
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'order 7' }));

  const counts: (string | undefined)[] = [];
  for (let hour = 0; hour < 24; hour += 1) {
    const [message] = await receive(QueueUrl);
    counts.push(message?.Attributes?.ApproximateReceiveCount);
    clock.advance(3_600_000);
  }

  expect(counts).toEqual(Array.from({ length: 24 }, (_, index) => String(index + 1)));
});

test('a long poll that waits is served by the move that makes a message visible', async () => {
  const clock = createMovableClock();
  const { client, createQueue, sqs } = await startSqsOn(clock);
  const QueueUrl = await createQueue('orders');
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 10 }));
  const waits = sqs.operations.ReceiveMessage({ QueueUrl, WaitTimeSeconds: 20 }, { kind: 'administrator' });
  await client.send(new ReceiveMessageCommand({ QueueUrl }));

  clock.advance(10_000);

  expect((await waits).Messages?.map(({ Body }) => Body)).toEqual(['later']);
});
