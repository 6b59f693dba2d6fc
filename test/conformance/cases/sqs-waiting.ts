import { setTimeout as wait } from 'node:timers/promises';
import { ChangeMessageVisibilityCommand, DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { type Case, casesOf } from '../case.ts';
import { sqsApi, sqsGuide } from './pages.ts';

const polling = sqsGuide('"Amazon SQS short and long polling"');
const delayQueues = sqsGuide('"Amazon SQS delay queues"');
const timers = sqsGuide('"Amazon SQS message timers"');

async function measure(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** Long polls, delays, retention. */
export const waiting: Case[] = casesOf('sqs', [
  {
    name: 'a long poll answers when a message is sent, not at the end of its time',
    fact: polling,
    async run({ queues, expect }) {
      const queue = await queues.create();
      const poll = queues.receive(queue, 1, { WaitTimeSeconds: 20 });
      await wait(200);
      await queues.send(queue, 'a');

      const tookMs = await measure(() => poll);

      expect.that(tookMs < 10_000, `it answered after ${Math.round(tookMs)} ms`);
    },
  },
  {
    name: 'a long poll answers when a message in flight is shown',
    fact: polling,
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      await queues.send(queue, 'a');
      const [message] = await queues.receive(queue, 1, { VisibilityTimeout: 600 });
      const poll = queues.receive(queue, 1, { WaitTimeSeconds: 20 });
      await wait(200);
      const { ReceiptHandle } = message!;
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: queue, ReceiptHandle, VisibilityTimeout: 0 }));

      const tookMs = await measure(() => poll);

      expect.that(tookMs < 10_000, `it answered after ${Math.round(tookMs)} ms`);
    },
  },
  {
    name: 'a long poll of an empty queue ends empty after its time',
    fact: polling,
    async run({ queues, expect }) {
      const queue = await queues.create();

      const tookMs = await measure(async () => {
        expect.equal(await queues.receiveOnce(queue, { WaitTimeSeconds: 1 }), []);
      });

      expect.that(tookMs >= 900, `it ended after ${Math.round(tookMs)} ms`);
    },
  },
  {
    name: 'a queue may make every receive a long poll',
    fact: polling,
    async run({ queues, expect }) {
      const queue = await queues.create({ ReceiveMessageWaitTimeSeconds: '1' });

      const tookMs = await measure(() => queues.receiveOnce(queue));

      expect.that(tookMs >= 900, `it ended after ${Math.round(tookMs)} ms`);
    },
  },
  {
    name: 'the wait of a receive counts before that of the queue',
    fact: polling,
    async run({ queues, expect }) {
      const queue = await queues.create({ ReceiveMessageWaitTimeSeconds: '20' });

      const tookMs = await measure(() => queues.receiveOnce(queue, { WaitTimeSeconds: 0 }));

      expect.that(tookMs < 5000, `it ended after ${Math.round(tookMs)} ms`);
    },
  },
  {
    name: 'a wait above 20 seconds is refused',
    fact: sqsApi('ReceiveMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();

      await expect.error(queues.receiveOnce(queue, { WaitTimeSeconds: 21 }), 'InvalidParameterValue');
    },
  },
  {
    name: 'two long polls of one queue get one message each',
    fact: polling,
    async run({ queues, expect }) {
      const queue = await queues.create();
      const polls = [1, 2].map(() => queues.receive(queue, 1, { WaitTimeSeconds: 20 }));
      await wait(200);
      await queues.send(queue, 'a');
      await queues.send(queue, 'b');

      const bodies = (await Promise.all(polls)).flat().map(({ Body }) => Body);

      expect.equal(bodies.sort(), ['a', 'b']);
    },
  },
  {
    name: 'a message with a delay is hidden until the delay is over',
    fact: timers,
    async run({ queues, expect }) {
      const queue = await queues.create();
      await queues.send(queue, 'later', { DelaySeconds: 2 });

      await queues.receiveNothing(queue);

      expect.equal((await queues.receive(queue, 1, { WaitTimeSeconds: 5 }))[0]?.Body, 'later');
    },
  },
  {
    name: 'the delay of a queue holds for messages without their own',
    fact: delayQueues,
    async run({ queues, expect }) {
      const queue = await queues.create({ DelaySeconds: '900' });
      await queues.send(queue, 'delayed');

      await queues.send(queue, 'now', { DelaySeconds: 0 });

      expect.equal((await queues.receive(queue, 1))[0]?.Body, 'now');
      await queues.receiveNothing(queue);
    },
  },
  {
    name: 'a delay above 15 minutes is refused',
    fact: sqsApi('SendMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();

      await expect.error(queues.send(queue, 'a', { DelaySeconds: 901 }), 'InvalidParameterValue');
    },
  },
  {
    name: 'a message ends with the retention period of its queue',
    fact: sqsApi('SetQueueAttributes'),
    slow: true,
    async run({ queues, expect }) {
      const queue = await queues.create({ MessageRetentionPeriod: '60' });
      await queues.send(queue, 'a');
      await queues.receive(queue, 1, { VisibilityTimeout: 0 });

      await wait(75_000);

      await expect.soon(async () => expect.equal(await queues.counts(queue), [0, 0, 0]));
    },
  },
  {
    name: 'retention goes on while a message is in flight',
    fact: sqsGuide('"Amazon SQS visibility timeout"'),
    slow: true,
    unverified: 'how long after its period a message in flight is gone',
    async run({ queues, expect }) {
      const queue = await queues.create({ MessageRetentionPeriod: '60' });
      await queues.send(queue, 'a');
      await queues.receive(queue, 1, { VisibilityTimeout: 90 });

      await wait(100_000);

      await queues.receiveNothing(queue);
      await expect.soon(async () => expect.equal(await queues.counts(queue), [0, 0, 0]));
    },
  },
  {
    name: 'the messages of a deleted queue are gone, and so is the queue',
    fact: sqsApi('DeleteQueue'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      await queues.send(queue, 'a');

      await sqs.send(new DeleteQueueCommand({ QueueUrl: queue }));

      await expect.soon(() => expect.error(queues.send(queue, 'b'), 'QueueDoesNotExist', 'NonExistentQueue'));
    },
  },
]);
