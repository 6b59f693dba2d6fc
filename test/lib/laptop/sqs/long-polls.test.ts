import {
  ChangeMessageVisibilityCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { GroupCommit } from '../../../../lib/laptop/sqs/group-commit.ts';
import { createLongPolls } from '../../../../lib/laptop/sqs/long-polls.ts';
import { fakeClock } from '../fake-clock.ts';
import { startSqs, until } from './start.ts';

async function startWithQueue(attributes = {}) {
  const started = await startSqs();
  const { client, clock } = started;
  const QueueUrl = await started.createQueue('orders', attributes);
  /** Resolves when the poll waits in the emulator; `answer` gives the bodies it ends with. */
  async function poll(input: { WaitTimeSeconds?: number; MaxNumberOfMessages?: number } = { WaitTimeSeconds: 20 }) {
    const before = clock.pending();
    const response = client.send(new ReceiveMessageCommand({ QueueUrl, ...input }));
    await until(() => clock.pending() > before);
    return { answer: response.then(({ Messages }) => Messages?.map((message) => message.Body)) };
  }
  const send = (MessageBody: string, DelaySeconds = 0) =>
    client.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
  return { ...started, QueueUrl, poll, send };
}

describe('long polling', () => {
  it('answers as soon as a message is sent', async () => {
    const { clock, poll, send } = await startWithQueue();
    const { answer } = await poll();

    await send('hello');

    expect(await answer).toEqual(['hello']);
    expect(clock.pending()).toBe(0);
  });

  it('serves the polls in their order', async () => {
    const { client, QueueUrl, poll } = await startWithQueue();
    const first = await poll();
    const second = await poll({ WaitTimeSeconds: 20, MaxNumberOfMessages: 10 });

    const Entries = ['a', 'b', 'c'].map((MessageBody) => ({ Id: MessageBody, MessageBody }));
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));

    expect(await first.answer).toEqual(['a']);
    expect(await second.answer).toEqual(['b', 'c']);
  });

  it('looks again for a message that becomes visible while it looks', async () => {
    const visibleAt = 1_000;
    let now = visibleAt - 1;
    const timers = fakeClock();
    const polls = createLongPolls({
      clock: { now: () => now, after: timers.after },
      commit: () => ({ run: async (work) => await work() }) as GroupCommit,
      nextVisibleAt: (_, after) => (visibleAt > after ? visibleAt : null),
    });
    const attempt = () => {
      const found = now >= visibleAt;
      now = visibleAt;
      return found ? { Messages: [{ Body: 'hello' }] } : undefined;
    };
    const answer = polls.wait({ queueId: 1, waitMs: 20_000, attempt });

    polls.serve();
    await timers.advance(1);
    polls.serve();
    await timers.advance(20_000);

    expect(await answer).toEqual({ Messages: [{ Body: 'hello' }] });
  });

  it('answers when a delay or a visibility timeout ends', async () => {
    const { clock, poll, send } = await startWithQueue({ VisibilityTimeout: '7' });
    await send('hello', 5);
    const delayed = await poll();
    await clock.advance(5000);
    expect(await delayed.answer).toEqual(['hello']);

    const hidden = await poll();
    await clock.advance(7000);

    expect(await hidden.answer).toEqual(['hello']);
  });

  it('answers when a message is shown by ChangeMessageVisibility', async () => {
    const { client, QueueUrl, poll, receive, send } = await startWithQueue();
    await send('hello');
    const [message] = await receive(QueueUrl);
    const { answer } = await poll();

    const change = { QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 };
    await client.send(new ChangeMessageVisibilityCommand(change));

    expect(await answer).toEqual(['hello']);
  });

  it('ends empty after the wait of the request, or else of the queue', async () => {
    const { clock, poll } = await startWithQueue({ ReceiveMessageWaitTimeSeconds: '3' });
    const requested = await poll({ WaitTimeSeconds: 1 });
    const preset = await poll({});
    const ended: string[] = [];
    requested.answer.then(() => ended.push('requested'));
    preset.answer.then(() => ended.push('preset'));

    await clock.advance(1000);
    expect(await requested.answer).toBeUndefined();
    expect(ended).toEqual(['requested']);
    await clock.advance(2000);

    expect(await preset.answer).toBeUndefined();
  });

  it('fails when the queue is deleted meanwhile', async () => {
    const { client, QueueUrl, poll } = await startWithQueue();
    const { answer } = await poll();

    await Promise.all([
      expect(answer).rejects.toMatchObject({ name: 'QueueDoesNotExist' }),
      client.send(new DeleteQueueCommand({ QueueUrl })),
    ]);
  });

  it('ends empty for a poller in the process that stops, which then receives nothing', async () => {
    const { clock, sqs, QueueUrl, receive, send } = await startWithQueue();
    const stop = new AbortController();
    const request = { QueueUrl, WaitTimeSeconds: 20 };
    const answer = sqs.operations.ReceiveMessage(request, { kind: 'administrator' }, stop.signal);
    await until(() => clock.pending() > 0);

    stop.abort();
    await send('hello');

    expect(await answer).toEqual({});
    expect((await receive(QueueUrl))[0]?.Attributes?.ApproximateReceiveCount).toBe('1');
  });

  it('ends empty when the emulator closes', async () => {
    const { clock, sqs, QueueUrl } = await startWithQueue();
    const answer = sqs.operations.ReceiveMessage({ QueueUrl, WaitTimeSeconds: 20 }, { kind: 'administrator' });
    await until(() => clock.pending() > 0);

    await sqs.close();

    expect(await answer).toEqual({});
  });
});
