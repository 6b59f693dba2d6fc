import { ListDeadLetterSourceQueuesCommand } from '@aws-sdk/client-sqs';
import { type Case, casesOf } from '../case.ts';
import { sqsApi, sqsGuide } from './pages.ts';

const deadLetterQueues = sqsGuide('"Using dead-letter queues in Amazon SQS"');

/** Dead-letter queues and who may use them. */
export const deadLetters: Case[] = casesOf('sqs', [
  {
    name: 'a message that was received 3 times moves to the dead-letter queue at the fourth receive',
    fact: deadLetterQueues,
    async run({ queues, expect }) {
      const { queue, deadLetters } = await queues.createPair(3, { VisibilityTimeout: '0' });
      await queues.send(queue, 'poison');

      for (let round = 0; round < 3; round += 1) await queues.receive(queue, 1);
      await queues.receiveNothing(deadLetters);
      await queues.receiveNothing(queue);

      expect.equal((await queues.receive(deadLetters, 1))[0]?.Body, 'poison');
    },
  },
  {
    name: 'SQS moves a message to the dead-letter queue under its own id',
    fact: deadLetterQueues,
    unverified: 'the pages do not say so; it is what others have recorded',
    async run({ queues, expect }) {
      const { queue, deadLetters } = await queues.createPair(1, { VisibilityTimeout: '0' });
      const { MessageId } = await queues.send(queue, 'poison');

      await queues.bury(queue, deadLetters, 1);

      expect.equal((await queues.receive(deadLetters, 1))[0]?.MessageId, MessageId);
    },
  },
  {
    name: 'a dead letter keeps the time of its first send',
    fact: deadLetterQueues,
    async run({ queues, expect }) {
      const { queue, deadLetters } = await queues.createPair(1, { VisibilityTimeout: '0' });
      await queues.send(queue, 'poison');
      const [alive] = await queues.receive(queue, 1);

      await queues.bury(queue, deadLetters, 1);

      const [dead] = await queues.receive(deadLetters, 1);
      expect.equal(dead?.Attributes?.SentTimestamp, alive?.Attributes?.SentTimestamp);
    },
  },
  {
    name: 'a dead letter tells the queue that it came from',
    fact: sqsApi('ReceiveMessage'),
    async run({ queues, expect }) {
      const { queue, deadLetters } = await queues.createBuried(['poison']);

      const [dead] = await queues.receive(deadLetters, 1);

      expect.equal(dead?.Attributes?.DeadLetterQueueSourceArn, await queues.arnOf(queue));
    },
  },
  {
    name: 'a dead letter goes on counting its receives',
    fact: sqsApi('ReceiveMessage'),
    async run({ queues, expect }) {
      const { deadLetters } = await queues.createBuried(['poison']);

      const [dead] = await queues.receive(deadLetters, 1);

      const count = Number(dead?.Attributes?.ApproximateReceiveCount);
      expect.that(count >= 2, `ApproximateReceiveCount is ${count}`);
    },
  },
  {
    name: 'a dead letter keeps its attributes',
    fact: deadLetterQueues,
    async run({ queues, expect }) {
      const { queue, deadLetters } = await queues.createPair(1, { VisibilityTimeout: '0' });
      const MessageAttributes = { flow: { DataType: 'String', StringValue: 'orders' } };
      await queues.send(queue, 'poison', { MessageAttributes });

      await queues.bury(queue, deadLetters, 1);

      expect.equal((await queues.receive(deadLetters, 1))[0]?.MessageAttributes, MessageAttributes);
    },
  },
  {
    name: 'a message that is deleted in time never reaches the dead-letter queue',
    fact: deadLetterQueues,
    async run({ queues, expect }) {
      const { queue, deadLetters } = await queues.createPair(1);
      await queues.send(queue, 'a');

      await queues.receive(queue, 1);

      await queues.receiveNothing(queue);
      expect.equal(await queues.counts(deadLetters), [0, 0, 0]);
    },
  },
  {
    name: 'several queues may share a dead-letter queue, each its own origin',
    fact: deadLetterQueues,
    async run({ queues, expect }) {
      const { queue: one, deadLetters } = await queues.createPair(1, { VisibilityTimeout: '0' });
      const RedrivePolicy = await queues.redriveTo(deadLetters, 1);
      const other = await queues.create({ RedrivePolicy, VisibilityTimeout: '0' });
      await queues.send(one, 'one');
      await queues.send(other, 'other');

      await queues.bury(one, deadLetters, 1);
      await queues.bury(other, deadLetters, 2);

      const dead = await queues.receive(deadLetters, 2);
      const origins = dead.map(({ Body, Attributes }) => [Body, Attributes?.DeadLetterQueueSourceArn]);
      expect.equal(origins.sort(), [
        ['one', await queues.arnOf(one)],
        ['other', await queues.arnOf(other)],
      ]);
    },
  },
  {
    name: 'a redrive policy comes back with the count as a number',
    fact: sqsApi('SetQueueAttributes'),
    async run({ queues, expect }) {
      const { queue, deadLetters } = await queues.createPair(7);

      const { RedrivePolicy = '{}' } = await queues.attributesOf(queue, 'RedrivePolicy');

      expect.equal(JSON.parse(RedrivePolicy), {
        deadLetterTargetArn: await queues.arnOf(deadLetters),
        maxReceiveCount: 7,
      });
    },
  },
  {
    name: 'a redrive policy to a queue that does not exist is refused',
    fact: deadLetterQueues,
    async run({ queues, expect }) {
      const deadLetterTargetArn = `${await queues.arnOf(await queues.create())}-not`;
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 });

      await expect.error(queues.create({ RedrivePolicy }), 'InvalidParameterValue');
    },
  },
  {
    name: 'a count of receives outside 1 to 1,000 is refused',
    fact: sqsGuide('"Configure a dead-letter queue using the Amazon SQS console"'),
    async run({ queues, expect }) {
      const deadLetters = await queues.create();

      for (const count of [0, 1001]) {
        const RedrivePolicy = await queues.redriveTo(deadLetters, count);
        await expect.error(queues.create({ RedrivePolicy }), 'InvalidParameterValue');
      }
    },
  },
  {
    name: 'a dead-letter queue with denyAll takes no source queue',
    fact: sqsApi('SetQueueAttributes'),
    async run({ queues, expect }) {
      const deadLetters = await queues.create({ RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
      const RedrivePolicy = await queues.redriveTo(deadLetters, 3);

      await expect.error(queues.create({ RedrivePolicy }), 'InvalidParameterValue');
    },
  },
  {
    name: 'a dead-letter queue with byQueue takes the queues it names and no other',
    fact: sqsApi('SetQueueAttributes'),
    async run({ unique, queues, expect }) {
      const name = unique('named');
      const sourceQueueArns = [(await queues.arnOf(await queues.create())).replace(/[^:]*$/, name)];
      const RedriveAllowPolicy = JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns });
      const RedrivePolicy = await queues.redriveTo(await queues.create({ RedriveAllowPolicy }), 3);

      await queues.create({ RedrivePolicy }, name);

      await expect.error(queues.create({ RedrivePolicy }), 'InvalidParameterValue');
    },
  },
  {
    name: 'byQueue names ten queues at most',
    fact: sqsApi('SetQueueAttributes'),
    async run({ queues, expect }) {
      const arn = await queues.arnOf(await queues.create());
      const sourceQueueArns = Array.from({ length: 11 }, (_, index) => `${arn}-${index}`);
      const RedriveAllowPolicy = JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns });

      await expect.error(queues.create({ RedriveAllowPolicy }), 'InvalidParameterValue', 'InvalidAttributeValue');
    },
  },
  {
    name: 'ListDeadLetterSourceQueues answers the queues that name it, and no other',
    fact: sqsApi('ListDeadLetterSourceQueues'),
    async run({ sqs, queues, expect }) {
      const { queue, deadLetters } = await queues.createPair(3);
      const other = await queues.create({ RedrivePolicy: await queues.redriveTo(deadLetters, 5) });
      const sources = async (QueueUrl: string) => {
        const { queueUrls = [] } = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }));
        return queueUrls.toSorted();
      };

      await expect.soon(async () => expect.equal(await sources(deadLetters), [queue, other].sort()));
      expect.equal(await sources(queue), []);
    },
  },
]);
