import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Case, casesOf } from '../case.ts';
import { sqsApi } from './pages.ts';

const sendBatch = (sqs: SQSClient, QueueUrl: string, Entries: SendMessageBatchRequestEntry[]) =>
  sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));

const entries = (count: number, body = 'x') =>
  Array.from({ length: count }, (_, index) => ({ Id: `e-${index}`, MessageBody: body }));

/** Batches and their partial failures. */
export const batches: Case[] = casesOf('sqs', [
  {
    name: 'ten messages go in one call, each answered under its entry id',
    fact: sqsApi('SendMessageBatch'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();

      const { Successful = [], Failed = [] } = await sendBatch(sqs, queue, entries(10));

      expect.equal(
        Successful.map(({ Id }) => Id).sort(),
        entries(10).map(({ Id }) => Id),
      );
      expect.equal(Failed, []);
      const ids = (await queues.receive(queue, 10)).map(({ MessageId }) => MessageId);
      expect.equal(ids.sort(), Successful.map(({ MessageId }) => MessageId).sort());
    },
  },
  {
    name: 'one bad entry of a batch fails alone, in an answer with status 200',
    fact: sqsApi('SendMessageBatch'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();

      const answer = await sendBatch(sqs, queue, [
        { Id: 'good', MessageBody: 'a' },
        { Id: 'bad', MessageBody: 'b\u0000' },
      ]);

      expect.equal(answer.$metadata.httpStatusCode, 200);
      expect.equal(
        answer.Successful?.map(({ Id }) => Id),
        ['good'],
      );
      expect.like(answer.Failed?.[0], { Id: 'bad', Code: 'InvalidMessageContents', SenderFault: true });
      expect.equal((await queues.receive(queue, 1))[0]?.Body, 'a');
    },
  },
  {
    name: 'each entry of a batch may have its own delay and attributes',
    fact: sqsApi('SendMessageBatch'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      const MessageAttributes = { flow: { DataType: 'String', StringValue: 'orders' } };

      await sendBatch(sqs, queue, [
        { Id: 'later', MessageBody: 'later', DelaySeconds: 900 },
        { Id: 'now', MessageBody: 'now', MessageAttributes },
      ]);

      expect.like((await queues.receive(queue, 1))[0], { Body: 'now', MessageAttributes });
      await queues.receiveNothing(queue);
    },
  },
  {
    name: 'a batch of eleven is refused whole',
    fact: sqsApi('SendMessageBatch'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();

      await expect.error(sendBatch(sqs, queue, entries(11)), 'TooManyEntriesInBatchRequest');
      await queues.receiveNothing(queue);
    },
  },
  {
    name: 'an empty batch is refused',
    fact: sqsApi('SendMessageBatch'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();

      await expect.error(sendBatch(sqs, queue, []), 'EmptyBatchRequest');
    },
  },
  {
    name: 'two entries with one id are refused',
    fact: sqsApi('SendMessageBatch'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      const twice = [...entries(1), ...entries(1)];

      await expect.error(sendBatch(sqs, queue, twice), 'BatchEntryIdsNotDistinct');
    },
  },
  {
    name: 'an entry id has 1 to 80 letters, digits, hyphens and underscores',
    fact: sqsApi('SendMessageBatchRequestEntry'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();

      await sendBatch(sqs, queue, [{ Id: 'a'.repeat(80), MessageBody: 'a' }]);

      for (const Id of ['a'.repeat(81), 'a:b']) {
        await expect.error(sendBatch(sqs, queue, [{ Id, MessageBody: 'a' }]), 'InvalidBatchEntryId');
      }
    },
  },
  {
    name: 'a batch of 1 MiB in all is taken',
    fact: sqsApi('SendMessageBatch'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();

      const { Successful } = await sendBatch(sqs, queue, entries(2, 'x'.repeat(524_288)));

      expect.equal(Successful?.length, 2);
    },
  },
  {
    name: 'a batch above 1 MiB in all is refused',
    fact: sqsApi('SendMessageBatch'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      const tooLong = sendBatch(sqs, queue, [...entries(2, 'x'.repeat(524_288)), { Id: 'one', MessageBody: 'x' }]);

      await expect.error(tooLong, 'BatchRequestTooLong');
    },
  },
  {
    name: 'a batch deletes ten messages',
    fact: sqsApi('DeleteMessageBatch'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      await sendBatch(sqs, queue, entries(10));
      const received = await queues.receive(queue, 10);
      const Entries = received.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));

      const { Successful } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue, Entries }));

      expect.equal(Successful?.length, 10);
      await expect.soon(async () => expect.equal(await queues.counts(queue), [0, 0, 0]));
    },
  },
  {
    name: 'a bad receipt handle in a batch of deletes fails alone',
    fact: sqsApi('DeleteMessageBatch'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create();
      await queues.send(queue, 'a');
      const [message] = await queues.receive(queue, 1);
      const Entries = [
        { Id: 'good', ReceiptHandle: message?.ReceiptHandle },
        { Id: 'bad', ReceiptHandle: 'garbage' },
      ];

      const answer = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue, Entries }));

      expect.equal(
        answer.Successful?.map(({ Id }) => Id),
        ['good'],
      );
      expect.like(answer.Failed?.[0], { Id: 'bad', Code: 'ReceiptHandleIsInvalid', SenderFault: true });
    },
  },
  {
    name: 'a batch changes visibility message by message, and a bad handle fails alone',
    fact: sqsApi('ChangeMessageVisibilityBatch'),
    async run({ sqs, queues, expect }) {
      const queue = await queues.create({ VisibilityTimeout: '600' });
      await queues.send(queue, 'a');
      const [message] = await queues.receive(queue, 1);
      const Entries = [
        { Id: 'good', ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 },
        { Id: 'bad', ReceiptHandle: 'garbage', VisibilityTimeout: 0 },
      ];

      const answer = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queue, Entries }));

      expect.equal(
        answer.Successful?.map(({ Id }) => Id),
        ['good'],
      );
      expect.equal(
        answer.Failed?.map(({ Id }) => Id),
        ['bad'],
      );
      await queues.receive(queue, 1);
    },
  },
  {
    name: 'batches of deletes and of visibility changes have ten entries at most',
    fact: sqsApi('DeleteMessageBatch'),
    async run({ sqs, queues, expect }) {
      const QueueUrl = await queues.create();
      const Entries = entries(11).map(({ Id }) => ({ Id, ReceiptHandle: 'x', VisibilityTimeout: 0 }));
      const deletes = Entries.map(({ Id, ReceiptHandle }) => ({ Id, ReceiptHandle }));

      const removing = sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: deletes }));
      await expect.error(removing, 'TooManyEntriesInBatchRequest');
      const changing = sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
      await expect.error(changing, 'TooManyEntriesInBatchRequest');
    },
  },
]);
