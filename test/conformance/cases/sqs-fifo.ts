import { DeleteMessageCommand } from '@aws-sdk/client-sqs';
import { type Case, casesOf } from '../case.ts';
import { sqsApi, sqsGuide } from './pages.ts';

const refusedBySyncline = 'the hub has no FIFO queues';
const exactlyOnce = sqsGuide('"Exactly-once processing in Amazon SQS"');
const ordering = sqsGuide('"FIFO queue delivery logic in Amazon SQS"');
const contentBased = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };

/** FIFO queues, and groups on standard queues. */
export const fifo: Case[] = casesOf('sqs', [
  {
    name: 'messages of one group are received in the order of their sends',
    fact: ordering,
    refusedBySyncline,
    async run({ unique, queues, expect }) {
      const queue = await queues.create(contentBased, `${unique('order')}.fifo`);
      for (const body of ['1', '2', '3']) await queues.send(queue, body, { MessageGroupId: 'group' });

      const bodies = (await queues.receive(queue, 3)).map(({ Body }) => Body);

      expect.equal(bodies, ['1', '2', '3']);
    },
  },
  {
    name: 'a group waits while one of its messages is in flight',
    fact: ordering,
    refusedBySyncline,
    async run({ sqs, unique, queues, expect }) {
      const queue = await queues.create(contentBased, `${unique('wait')}.fifo`);
      for (const body of ['1', '2']) await queues.send(queue, body, { MessageGroupId: 'group' });
      const [first] = await queues.receive(queue, 1);

      await queues.receiveNothing(queue);
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: first?.ReceiptHandle }));

      expect.equal((await queues.receive(queue, 1))[0]?.Body, '2');
    },
  },
  {
    name: 'a message with the same deduplication id is taken once, also after its deletion',
    fact: exactlyOnce,
    refusedBySyncline,
    async run({ sqs, unique, queues, expect }) {
      const queue = await queues.create({ FifoQueue: 'true' }, `${unique('once')}.fifo`);
      const input = { MessageGroupId: 'group', MessageDeduplicationId: 'same' };
      const first = await queues.send(queue, 'a', input);
      const [message] = await queues.receive(queue, 1);
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle }));

      const second = await queues.send(queue, 'a', input);

      expect.equal(second.MessageId, first.MessageId);
      await queues.receiveNothing(queue);
    },
  },
  {
    name: 'a FIFO message needs a group and a deduplication id',
    fact: sqsApi('SendMessage'),
    refusedBySyncline,
    async run({ unique, queues, expect }) {
      const queue = await queues.create({ FifoQueue: 'true' }, `${unique('needs')}.fifo`);

      await expect.error(queues.send(queue, 'a'), 'MissingParameter', 'InvalidParameterValue');
      await expect.error(queues.send(queue, 'a', { MessageGroupId: 'group' }), 'InvalidParameterValue');
    },
  },
  {
    name: 'a FIFO message has no delay of its own',
    fact: sqsApi('SendMessage'),
    refusedBySyncline,
    async run({ unique, queues, expect }) {
      const queue = await queues.create(contentBased, `${unique('delay')}.fifo`);
      const delayed = queues.send(queue, 'a', { MessageGroupId: 'group', DelaySeconds: 2 });

      await expect.error(delayed, 'InvalidParameterValue');
    },
  },
  {
    name: 'the name of a FIFO queue ends in .fifo',
    fact: sqsApi('CreateQueue'),
    refusedBySyncline,
    async run({ unique, queues, expect }) {
      await expect.error(queues.create(contentBased, unique('plain')), 'InvalidParameterValue');
    },
  },
  {
    name: 'the dead-letter queue of a FIFO queue is a FIFO queue',
    fact: sqsGuide('"Using dead-letter queues in Amazon SQS"'),
    refusedBySyncline,
    async run({ unique, queues, expect }) {
      const RedrivePolicy = await queues.redriveTo(await queues.create(), 3);

      const call = queues.create({ ...contentBased, RedrivePolicy }, `${unique('mixed')}.fifo`);

      await expect.error(call, 'InvalidParameterValue');
    },
  },
  {
    name: 'a standard queue takes a message group, for fair queues',
    fact: sqsGuide('"Amazon SQS fair queues"'),
    refusedBySyncline: 'the hub has a queue for each flow, and no tenants',
    async run({ queues, expect }) {
      const queue = await queues.create();

      await queues.send(queue, 'a', { MessageGroupId: 'tenant' });

      expect.equal((await queues.receive(queue, 1))[0]?.Attributes?.MessageGroupId, 'tenant');
    },
  },
]);
