import {
  CancelMessageMoveTaskCommand,
  DeleteQueueCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
  type StartMessageMoveTaskCommandInput,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { arn, startSqs, until } from './start.ts';

const SourceArn = arn('orders-dlq');

/** A queue whose messages `0`, `1`, … were moved to its dead-letter queue a day after they were sent. */
async function startWithDeadLetters(count: number) {
  const started = await startSqs();
  const { client, clock, receive } = started;
  const { queue, deadLetters } = await started.createPair('orders', 1);
  for (let index = 0; index < count; index += 1) {
    await client.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: String(index) }));
  }
  await clock.advance(86_400_000);
  for (let index = 0; index < count; index += 10) await receive(queue, { VisibilityTimeout: 60 });
  await clock.advance(60_000);
  await receive(queue);
  return { ...started, ...controls(started), queue, deadLetters };
}

function controls({ client }: Pick<Awaited<ReturnType<typeof startSqs>>, 'client'>) {
  return {
    start: (input: Partial<StartMessageMoveTaskCommandInput> = {}) =>
      client.send(new StartMessageMoveTaskCommand({ SourceArn, ...input })),
    tasks: async (MaxResults = 10) =>
      (await client.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults }))).Results ?? [],
  };
}

describe('move tasks', () => {
  it('moves dead letters back to where they came from, as new messages', async () => {
    const { clock, queue, deadLetters, start, tasks, receive } = await startWithDeadLetters(1);
    const [dead] = await receive(deadLetters, { VisibilityTimeout: 0 });

    await start();
    await clock.advance(0);

    const [task] = await tasks();
    expect(task).toEqual({
      Status: 'COMPLETED',
      SourceArn,
      ApproximateNumberOfMessagesMoved: 1,
      ApproximateNumberOfMessagesToMove: 1,
      StartedTimestamp: 1795219260000,
    });
    const [redriven] = await receive(queue);
    expect(redriven).toMatchObject({
      Body: '0',
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1795219260000' },
    });
    expect(redriven?.MessageId).not.toBe(dead?.MessageId);
    expect(redriven?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
    expect(await receive(deadLetters)).toEqual([]);
  });

  it('starts the retention again', async () => {
    const { clock, queue, start, receive } = await startWithDeadLetters(1);

    await start();
    await clock.advance(345_599_999);
    expect(await receive(queue, { VisibilityTimeout: 0 })).toHaveLength(1);
    await clock.advance(1);

    expect(await receive(queue)).toEqual([]);
  });

  it('moves to the destination it is given, also what has no origin', async () => {
    const { client, clock, createQueue, deadLetters, start, receive } = await startWithDeadLetters(1);
    const other = await createQueue('other');
    await client.send(new SendMessageCommand({ QueueUrl: deadLetters, MessageBody: 'sent' }));

    await start({ DestinationArn: arn('other') });
    await clock.advance(0);

    expect((await receive(other)).map((message) => message.Body)).toEqual(['0', 'sent']);
  });

  it('wakes a long poll on the destination', async () => {
    const { client, clock, queue, start } = await startWithDeadLetters(1);
    const poll = client.send(new ReceiveMessageCommand({ QueueUrl: queue, WaitTimeSeconds: 20 }));
    await until(() => clock.pending() > 0);

    await start();
    await clock.advance(0);

    expect((await poll).Messages).toHaveLength(1);
  });

  it('fails at a message that was sent to the dead-letter queue and has no origin', async () => {
    const { client, clock, deadLetters, start, tasks, receive } = await startWithDeadLetters(1);
    await client.send(new SendMessageCommand({ QueueUrl: deadLetters, MessageBody: 'sent' }));

    await start();
    await clock.advance(0);

    expect((await tasks())[0]).toMatchObject({
      Status: 'FAILED',
      FailureReason: 'CouldNotDetermineMessageSource',
      ApproximateNumberOfMessagesMoved: 1,
    });
    expect((await receive(deadLetters)).map((message) => message.Body)).toEqual(['sent']);
  });

  it('fails when the origin is gone and leaves the messages', async () => {
    const { client, clock, queue, deadLetters, createQueue, start, tasks, receive } = await startWithDeadLetters(1);
    await client.send(new DeleteQueueCommand({ QueueUrl: queue }));
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: SourceArn, maxReceiveCount: 1 });
    await createQueue('other', { RedrivePolicy });

    await start();
    await clock.advance(0);

    expect((await tasks())[0]).toMatchObject({
      Status: 'FAILED',
      FailureReason: 'AWS.SimpleQueueService.NonExistentQueue',
    });
    expect(await receive(deadLetters)).toHaveLength(1);
  });

  it('keeps to its rate, runs alone and stops when cancelled', async () => {
    const { client, clock, start, tasks } = await startWithDeadLetters(12);
    const { TaskHandle } = await start({ MaxNumberOfMessagesPerSecond: 5 });
    await clock.advance(999);
    expect((await tasks())[0]).toMatchObject({ Status: 'RUNNING', TaskHandle, ApproximateNumberOfMessagesMoved: 5 });
    await clock.advance(1);

    await expect(start()).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('There is already a task running.'),
    });
    const cancelled = await client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
    await clock.advance(10_000);

    expect(cancelled.ApproximateNumberOfMessagesMoved).toBe(10);
    expect((await tasks())[0]).toMatchObject({ Status: 'CANCELLED', ApproximateNumberOfMessagesMoved: 10 });
    await expect(client.send(new CancelMessageMoveTaskCommand({ TaskHandle }))).rejects.toMatchObject({
      name: 'UnsupportedOperation',
    });
    await start();
    await clock.advance(0);
    expect((await tasks()).map((task) => task.Status)).toEqual(['COMPLETED', 'CANCELLED']);
    expect(await tasks(1)).toHaveLength(1);
  });

  it('moves more than one step of messages', async () => {
    const { clock, queue, start, tasks, receive } = await startWithDeadLetters(230);

    await start();
    await clock.advance(0);

    expect((await tasks())[0]).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 230 });
    expect(await receive(queue)).toHaveLength(10);
  });

  it('goes on after a restart', async () => {
    const first = await startWithDeadLetters(12);
    await first.start({ MaxNumberOfMessagesPerSecond: 5 });
    await first.clock.advance(0);
    await first.front.close();

    const second = await startSqs({ file: first.file, clock: first.clock });
    await second.clock.advance(2000);

    const [task] = await controls(second).tasks();
    expect(task).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 12 });
  });

  it('refuses what AWS refuses', async () => {
    const { client, createQueue, start } = await startWithDeadLetters(0);
    await createQueue('plain');
    const handle = Buffer.from(JSON.stringify({ taskId: 'x', sourceArn: SourceArn })).toString('base64');

    for (const [input, name, message] of [
      [{ SourceArn: arn('plain') }, 'InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.'],
      [{ SourceArn: arn('none') }, 'ResourceNotFoundException', 'SourceArn'],
      [{ SourceArn: 'orders' }, 'InvalidParameterValue', 'SourceArn'],
      [{ DestinationArn: arn('none') }, 'ResourceNotFoundException', 'DestinationArn'],
      [{ MaxNumberOfMessagesPerSecond: 501 }, 'InvalidParameterValue', 'MaxNumberOfMessagesPerSecond'],
    ] as const) {
      await expect(start(input)).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
    }
    await expect(client.send(new CancelMessageMoveTaskCommand({ TaskHandle: handle }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(client.send(new CancelMessageMoveTaskCommand({ TaskHandle: 'x' }))).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });
});
