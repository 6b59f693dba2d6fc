import { createHash } from 'node:crypto';
import { ListQueuesCommand, PurgeQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { type Case, casesOf } from '../case.ts';
import { sqsApi } from './pages.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** Sending and receiving. */
export const messages: Case[] = casesOf('sqs', [
  {
    name: 'a body comes back as it was sent, beyond ASCII too',
    fact: sqsApi('SendMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();

      await queues.send(queue, 'grüße 🚚\t\r\n');

      expect.equal((await queues.receive(queue, 1))[0]?.Body, 'grüße 🚚\t\r\n');
    },
  },
  {
    name: 'sender and receiver are told the MD5 of the body',
    fact: sqsApi('SendMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();

      const sent = await queues.send(queue, 'grüße');

      expect.equal(sent.MD5OfMessageBody, md5('grüße'));
      expect.equal((await queues.receive(queue, 1))[0]?.MD5OfBody, md5('grüße'));
    },
  },
  {
    name: 'a message is received under the id that its sender was told',
    fact: sqsApi('SendMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();

      const { MessageId } = await queues.send(queue, 'a');

      expect.equal((await queues.receive(queue, 1))[0]?.MessageId, MessageId);
    },
  },
  {
    name: 'a receive from an empty queue answers no messages, without an error',
    fact: sqsApi('ReceiveMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();

      expect.equal(await queues.receiveOnce(queue), []);
    },
  },
  {
    name: 'a receive answers one message unless it asks for more',
    fact: sqsApi('ReceiveMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();
      for (const body of ['1', '2', '3']) await queues.send(queue, body);

      expect.equal((await queues.receiveOnce(queue, { WaitTimeSeconds: 2 })).length, 1);
    },
  },
  {
    name: 'every message of a queue is received, ten at most in one receive',
    fact: sqsApi('ReceiveMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();
      const sent = Array.from({ length: 23 }, (_, index) => String(index));
      await Promise.all(sent.map((body) => queues.send(queue, body)));

      const received = await queues.receive(queue, 23);

      expect.equal(received.map(({ Body }) => Body).sort(), sent.sort());
    },
  },
  {
    name: 'a receive for more than ten messages is refused',
    fact: sqsApi('ReceiveMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();

      await expect.error(queues.receiveOnce(queue, { MaxNumberOfMessages: 11 }), 'InvalidParameterValue');
      await expect.error(queues.receiveOnce(queue, { MaxNumberOfMessages: 0 }), 'InvalidParameterValue');
    },
  },
  {
    name: 'system attributes tell sender, times and receives, and only to who asks',
    fact: sqsApi('ReceiveMessage'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create({ VisibilityTimeout: '0' });
      const before = Date.now();
      await queues.send(queue, 'a');

      const [all] = await queues.receive(queue, 1);
      const bare = await expect.soon(async () => {
        const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue }));
        return Messages![0]!;
      });

      expect.that((all?.Attributes?.SenderId ?? '') !== '', 'SenderId is given');
      expect.equal(all?.Attributes?.ApproximateReceiveCount, '1');
      const sentAt = Number(all?.Attributes?.SentTimestamp);
      expect.that(Math.abs(sentAt - before) < 120_000, 'SentTimestamp is the time of the send in milliseconds');
      const firstAt = Number(all?.Attributes?.ApproximateFirstReceiveTimestamp);
      expect.that(firstAt >= sentAt, 'the first receive is after the send');
      expect.equal(bare.Attributes, undefined);
    },
  },
  {
    name: 'a receive may ask for single system attributes',
    fact: sqsApi('ReceiveMessage'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      await queues.send(queue, 'a');
      const command = new ReceiveMessageCommand({
        ...{ QueueUrl: queue, WaitTimeSeconds: 5, MessageSystemAttributeNames: ['SentTimestamp'] },
      });

      const [message] = (await sqs.send(command)).Messages ?? [];

      expect.equal(Object.keys(message?.Attributes ?? {}), ['SentTimestamp']);
    },
  },
  {
    name: 'a trace header travels with the message as a system attribute',
    fact: sqsApi('SendMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();
      const trace = 'Root=1-67891233-abcdef012345678912345678';

      await queues.send(queue, 'a', {
        MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: trace } },
      });

      expect.equal((await queues.receive(queue, 1))[0]?.Attributes?.AWSTraceHeader, trace);
    },
  },
  {
    name: 'a purge empties the queue',
    fact: sqsApi('PurgeQueue'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      await queues.send(queue, 'a');

      await sqs.send(new PurgeQueueCommand({ QueueUrl: queue }));

      await expect.soon(async () => expect.equal(await queues.counts(queue), [0, 0, 0]));
    },
  },
  {
    name: 'a second purge within a minute is refused',
    fact: sqsApi('PurgeQueue'),
    differsInSyncline: 'a purge is done at once, so another may follow',
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      await sqs.send(new PurgeQueueCommand({ QueueUrl: queue }));

      await expect.error(sqs.send(new PurgeQueueCommand({ QueueUrl: queue })), 'PurgeQueueInProgress');
    },
  },
  {
    name: 'queues are listed by the beginning of their names',
    fact: sqsApi('ListQueues'),
    async run({ sqs, unique, queues, expect }) {
      const QueueNamePrefix = unique('list');
      const made = [await queues.create({}, `${QueueNamePrefix}-a`), await queues.create({}, `${QueueNamePrefix}-b`)];

      await expect.soon(async () => {
        const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix }));
        expect.equal(QueueUrls.toSorted(), made);
      });
    },
  },
  {
    name: 'a list of queues comes in pages when MaxResults is given',
    fact: sqsApi('ListQueues'),
    async run({ sqs, unique, queues, expect }) {
      const QueueNamePrefix = unique('pages');
      for (const end of ['a', 'b', 'c']) await queues.create({}, `${QueueNamePrefix}-${end}`);

      await expect.soon(async () => {
        const first = await sqs.send(new ListQueuesCommand({ QueueNamePrefix, MaxResults: 2 }));
        const { NextToken } = first;
        const second = await sqs.send(new ListQueuesCommand({ QueueNamePrefix, MaxResults: 2, NextToken }));
        expect.equal([first.QueueUrls?.length, second.QueueUrls?.length], [2, 1]);
        expect.equal(second.NextToken, undefined);
      });
    },
  },
]);
