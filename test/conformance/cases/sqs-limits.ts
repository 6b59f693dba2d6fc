import { type Case, casesOf } from '../case.ts';
import { sqsApi, sqsGuide } from './pages.ts';

const messageQuotas = sqsGuide('"Amazon SQS message quotas"');

/** Sizes and characters of messages. */
export const limits: Case[] = casesOf('sqs', [
  {
    name: 'a message of 1 MiB is taken',
    fact: messageQuotas,
    async run({ queues, expect }) {
      const queue = await queues.create();

      await queues.send(queue, 'x'.repeat(1_048_576));

      expect.equal((await queues.receive(queue, 1))[0]?.Body?.length, 1_048_576);
    },
  },
  {
    name: 'a message one byte above 1 MiB is refused',
    fact: messageQuotas,
    async run({ queues, expect }) {
      const queue = await queues.create();

      await expect.error(queues.send(queue, 'x'.repeat(1_048_577)), 'InvalidParameterValue');
    },
  },
  {
    name: 'a queue may take smaller messages only, counted in bytes of UTF-8',
    fact: sqsApi('SetQueueAttributes'),
    async run({ queues, expect }) {
      const queue = await queues.create({ MaximumMessageSize: '1024' });

      await queues.send(queue, 'é'.repeat(512));

      await expect.error(queues.send(queue, 'é'.repeat(513)), 'InvalidParameterValue');
    },
  },
  {
    name: 'an empty body is refused',
    fact: sqsApi('SendMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();

      await expect.error(queues.send(queue, ''), 'MissingParameter', 'InvalidParameterValue');
    },
  },
  {
    name: 'characters that XML 1.0 does not allow are refused',
    fact: sqsApi('SendMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();

      for (const body of ['a\u0000', 'a\u0001', 'a\u001f', '\ufffe', '\uffff']) {
        await expect.error(queues.send(queue, body), 'InvalidMessageContents');
      }
    },
  },
  {
    name: 'every other character is taken',
    fact: sqsApi('SendMessage'),
    async run({ queues, expect }) {
      const queue = await queues.create();
      const body = '\t\n\r ~\u007f\u0085\ud7ff\ue000\ufffd\u{10000}\u{10ffff}';

      await queues.send(queue, body);

      expect.equal((await queues.receive(queue, 1))[0]?.Body, body);
    },
  },
]);
