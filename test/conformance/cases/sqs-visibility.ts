import { setTimeout as wait } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Case, casesOf } from '../case.ts';
import { sqsApi, sqsGuide } from './pages.ts';

const visibilityTimeout = sqsGuide('"Amazon SQS visibility timeout"');

const change = (sqs: SQSClient, QueueUrl: string, message: Message | undefined, VisibilityTimeout: number) =>
  sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout }));

const remove = (sqs: SQSClient, QueueUrl: string, message: Message | undefined) =>
  sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));

/** Visibility timeouts, receive counts, receipt handles. */
export const visibility: Case[] = casesOf('sqs', [
  {
    name: 'a received message is hidden from other receives',
    fact: visibilityTimeout,
    async run({ queues }) {
      const queue = await queues.create();
      await queues.send(queue, 'a');

      await queues.receive(queue, 1);

      await queues.receiveNothing(queue);
    },
  },
  {
    name: 'a message that is not deleted comes again after its visibility timeout',
    fact: visibilityTimeout,
    async run({ queues, expect }) {
      const queue = await queues.create({ VisibilityTimeout: '1' });
      const { MessageId } = await queues.send(queue, 'a');
      await queues.receive(queue, 1);

      const [again] = await queues.receive(queue, 1);

      expect.equal(again?.MessageId, MessageId);
    },
  },
  {
    name: 'the timeout of a receive counts before that of the queue',
    fact: sqsApi('ReceiveMessage'),
    async run({ queues }) {
      const queue = await queues.create({ VisibilityTimeout: '43200' });
      await queues.send(queue, 'a');

      await queues.receive(queue, 1, { VisibilityTimeout: 1 });

      await queues.receive(queue, 1);
    },
  },
  {
    name: 'each receive is counted in ApproximateReceiveCount',
    fact: sqsApi('ReceiveMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create({ VisibilityTimeout: '0' });
      await queues.send(queue, 'a');
      const counts: (string | undefined)[] = [];

      for (let round = 0; round < 4; round += 1) {
        counts.push((await queues.receive(queue, 1))[0]?.Attributes?.ApproximateReceiveCount);
      }

      expect.equal(counts, ['1', '2', '3', '4']);
    },
  },
  {
    name: 'a timeout changed to 0 shows the message at once',
    fact: visibilityTimeout,
    async run({ sqs, queues, expect }) {
      const queue = await queues.create({ VisibilityTimeout: '43200' });
      await queues.send(queue, 'a');
      const [message] = await queues.receive(queue, 1);

      await change(sqs, queue, message, 0);

      expect.equal((await queues.receive(queue, 1))[0]?.Attributes?.ApproximateReceiveCount, '2');
    },
  },
  {
    name: 'a changed timeout runs from the call, for this receive alone',
    fact: sqsApi('ChangeMessageVisibility'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create({ VisibilityTimeout: '600' });
      await queues.send(queue, 'a');
      const [message] = await queues.receive(queue, 1);

      await change(sqs, queue, message, 1);
      const [again] = await queues.receive(queue, 1);

      expect.equal(again?.MessageId, message?.MessageId);
      await wait(1100);
      await queues.receiveNothing(queue);
    },
  },
  {
    name: 'a timeout above 12 hours is refused',
    fact: sqsApi('ChangeMessageVisibility'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      await queues.send(queue, 'a');
      const [message] = await queues.receive(queue, 1);

      await expect.error(change(sqs, queue, message, 43_201), 'InvalidParameterValue');
      await expect.error(queues.receiveOnce(queue, { VisibilityTimeout: 43_201 }), 'InvalidParameterValue');
    },
  },
  {
    name: '12 hours are the most in all, counted from the receive',
    fact: visibilityTimeout,
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      await queues.send(queue, 'a');
      const [message] = await queues.receive(queue, 1);
      await wait(2000);

      await expect.error(change(sqs, queue, message, 43_200), 'InvalidParameterValue');
      await change(sqs, queue, message, 43_100);
    },
  },
  {
    name: 'the timeout of a message that is not in flight cannot be changed',
    fact: sqsApi('ChangeMessageVisibility'),
    unverified: 'which of the two errors: MessageNotInflight is documented, InvalidParameterValue is seen too',
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      await queues.send(queue, 'a');
      const [message] = await queues.receive(queue, 1);
      await change(sqs, queue, message, 0);

      await expect.error(change(sqs, queue, message, 10), 'MessageNotInflight', 'InvalidParameterValue');
    },
  },
  {
    name: 'the timeout of a deleted message cannot be changed',
    fact: sqsApi('ChangeMessageVisibility'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      await queues.send(queue, 'a');
      const [message] = await queues.receive(queue, 1);
      await remove(sqs, queue, message);

      const late = () => change(sqs, queue, message, 10);

      await expect.soon(() => expect.error(late(), 'InvalidParameterValue', 'MessageNotInflight'));
    },
  },
  {
    name: 'a deleted message does not come again',
    fact: sqsApi('DeleteMessage'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create({ VisibilityTimeout: '1' });
      await queues.send(queue, 'a');
      const [message] = await queues.receive(queue, 1);

      await remove(sqs, queue, message);
      await wait(1100);

      await queues.receiveNothing(queue);
      await expect.soon(async () => expect.equal(await queues.counts(queue), [0, 0, 0]));
    },
  },
  {
    name: 'a message may be deleted after its timeout with its latest handle',
    fact: sqsApi('DeleteMessage'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      await queues.send(queue, 'a');
      const [message] = await queues.receive(queue, 1);
      await change(sqs, queue, message, 0);

      await remove(sqs, queue, message);

      await expect.soon(async () => expect.equal(await queues.counts(queue), [0, 0, 0]));
    },
  },
  {
    name: 'deleting twice is no error',
    fact: sqsApi('DeleteMessage'),
    async run({ sqs, queues }) {
      const queue = await queues.create();
      await queues.send(queue, 'a');
      const [message] = await queues.receive(queue, 1);

      await remove(sqs, queue, message);
      await remove(sqs, queue, message);
    },
  },
  {
    name: 'each receive gives another receipt handle, and the latest deletes',
    fact: sqsGuide('"Amazon SQS queue and message identifiers"'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create({ VisibilityTimeout: '0' });
      await queues.send(queue, 'a');
      const [first] = await queues.receive(queue, 1);
      const [second] = await queues.receive(queue, 1);

      expect.that(first?.ReceiptHandle !== second?.ReceiptHandle, 'the handles differ');
      await remove(sqs, queue, second);
      await expect.soon(async () => expect.equal(await queues.counts(queue), [0, 0, 0]));
    },
  },
  {
    name: 'a delete with an old receipt handle answers no error, whether or not the message goes',
    fact: sqsApi('DeleteMessage'),
    async run({ sqs, queues }) {
      const queue = await queues.create({ VisibilityTimeout: '0' });
      await queues.send(queue, 'a');
      const [first] = await queues.receive(queue, 1);
      await queues.receive(queue, 1);

      await remove(sqs, queue, first);
    },
  },
  {
    name: 'a text that is no receipt handle is refused',
    fact: sqsApi('DeleteMessage'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      const message = { ReceiptHandle: 'garbage' };

      await expect.error(remove(sqs, queue, message), 'ReceiptHandleIsInvalid');
      await expect.error(change(sqs, queue, message, 1), 'ReceiptHandleIsInvalid');
    },
  },
  {
    name: 'messages are counted as visible, in flight and delayed',
    fact: sqsApi('GetQueueAttributes'),
    async run({ queues, expect }) {
      const queue = await queues.create();
      for (const body of ['1', '2', '3']) await queues.send(queue, body);
      await queues.send(queue, 'later', { DelaySeconds: 900 });

      await queues.receive(queue, 1, { VisibilityTimeout: 600 });

      await expect.soon(async () => expect.equal(await queues.counts(queue), [2, 1, 1]));
    },
  },
]);
