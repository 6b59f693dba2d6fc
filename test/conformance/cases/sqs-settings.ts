import { CreateQueueCommand, GetQueueUrlCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { type Case, casesOf } from '../case.ts';
import { sqsApi } from './pages.ts';

/** Queues, their names and their settings. */
export const settings: Case[] = casesOf('sqs', [
  {
    name: "a queue's settings have AWS's defaults",
    fact: sqsApi('CreateQueue'),
    async run({ queues, expect }) {
      const attributes = await queues.attributesOf(await queues.create());

      expect.like(attributes, {
        ...{ DelaySeconds: '0', MaximumMessageSize: '1048576', MessageRetentionPeriod: '345600' },
        ...{ ReceiveMessageWaitTimeSeconds: '0', SqsManagedSseEnabled: 'true', VisibilityTimeout: '30' },
      });
    },
  },
  {
    name: 'settings can be changed',
    fact: sqsApi('SetQueueAttributes'),
    async run({ sqs, queues, expect }) {
      const QueueUrl = await queues.create();

      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '7' } }));

      await expect.soon(async () => expect.like(await queues.attributesOf(QueueUrl), { VisibilityTimeout: '7' }));
    },
  },
  {
    name: 'settings outside their bounds are refused',
    fact: sqsApi('CreateQueue'),
    async run({ queues, expect }) {
      for (const attributes of [
        { VisibilityTimeout: '43201' },
        { DelaySeconds: '901' },
        { MessageRetentionPeriod: '59' },
        { MessageRetentionPeriod: '1209601' },
        { ReceiveMessageWaitTimeSeconds: '21' },
        { MaximumMessageSize: '1023' },
        { MaximumMessageSize: '1048577' },
      ]) {
        await expect.error(queues.create(attributes), 'InvalidAttributeValue', 'InvalidParameterValue');
      }
    },
  },
  {
    name: 'creating a queue again with the same settings answers the same queue',
    fact: sqsApi('CreateQueue'),
    async run({ sqs, unique, queues, expect }) {
      const name = unique('again');
      const url = await queues.create({ DelaySeconds: '3' }, name);

      const again = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { DelaySeconds: '3' } }));

      expect.equal(again.QueueUrl, url);
    },
  },
  {
    name: 'creating a queue again with other settings is refused',
    fact: sqsApi('CreateQueue'),
    async run({ unique, queues, expect }) {
      const name = unique('again');
      await queues.create({ DelaySeconds: '3' }, name);

      await expect.error(queues.create({ DelaySeconds: '4' }, name), 'QueueNameExists', 'QueueAlreadyExists');
    },
  },
  {
    name: 'a queue that does not exist is QueueDoesNotExist, for the SDK and in the older protocol',
    fact: sqsApi('GetQueueUrl'),
    async run({ sqs, unique, expect }) {
      const call = sqs.send(new GetQueueUrlCommand({ QueueName: unique('none') }));

      const error = await expect.error(call, 'QueueDoesNotExist');

      expect.equal(error.name, 'QueueDoesNotExist');
      expect.equal(error.Code, 'AWS.SimpleQueueService.NonExistentQueue');
    },
  },
  {
    name: 'the URL of a queue is found by its name',
    fact: sqsApi('GetQueueUrl'),
    async run({ sqs, unique, queues, expect }) {
      const QueueName = unique('found');
      const url = await queues.create({}, QueueName);

      expect.equal((await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl, url);
    },
  },
  {
    name: 'a queue name has 1 to 80 letters, digits, hyphens and underscores',
    fact: sqsApi('CreateQueue'),
    async run({ unique, queues, expect }) {
      await queues.create({}, unique('name').padEnd(80, 'x'));

      await expect.error(queues.create({}, unique('name').padEnd(81, 'x')), 'InvalidParameterValue');
      await expect.error(queues.create({}, `${unique('name')}!`), 'InvalidParameterValue');
    },
  },
  {
    name: 'an unknown setting is InvalidAttributeName',
    fact: sqsApi('SetQueueAttributes'),
    async run({ sqs, queues, expect }) {
      const QueueUrl = await queues.create();
      const Attributes = { Colour: 'red' } as Record<string, string>;

      await expect.error(sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes })), 'InvalidAttributeName');
    },
  },
]);
