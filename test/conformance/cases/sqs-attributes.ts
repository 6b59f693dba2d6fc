import { type MessageAttributeValue, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { type Case, casesOf } from '../case.ts';
import { sqsApi, sqsGuide } from './pages.ts';

const messageQuotas = sqsGuide('"Amazon SQS message quotas"');
const metadata = sqsGuide('"Amazon SQS message metadata"');
const text = (StringValue: string): MessageAttributeValue => ({ DataType: 'String', StringValue });

/** Attributes of messages. */
export const attributes: Case[] = casesOf('sqs', [
  {
    name: 'attributes of all three types come back, with their labels',
    fact: metadata,
    async run({ queues, expect }) {
      const queue = await queues.create();
      const MessageAttributes = {
        'a.text': text('grüße'),
        'a-number': { DataType: 'Number.int', StringValue: '12' },
        a_binary: { DataType: 'Binary.gif', BinaryValue: Uint8Array.of(0, 1, 255) },
      };

      await queues.send(queue, 'a', { MessageAttributes });

      const [message] = await queues.receive(queue, 1);
      const { a_binary: binary, ...others } = message?.MessageAttributes ?? {};
      const { a_binary: _sent, ...sent } = MessageAttributes;
      expect.equal(others, sent);
      expect.equal([binary?.DataType, [...(binary?.BinaryValue ?? [])]], ['Binary.gif', [0, 1, 255]]);
    },
  },
  {
    name: 'sender and receiver are told the same MD5 of the attributes',
    fact: sqsGuide('"Calculating the MD5 message digest for message attributes"'),
    async run({ queues, expect }) {
      const queue = await queues.create();
      const MessageAttributes = { timestamp: { DataType: 'Number', StringValue: '1493147359900' } };

      const sent = await queues.send(queue, 'a', { MessageAttributes });

      expect.equal(sent.MD5OfMessageAttributes, '235c5c510d26fb653d073faed50ae77c');
      const [message] = await queues.receive(queue, 1);
      expect.equal(message?.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
    },
  },
  {
    name: 'a receive gets the attributes it asks for, by name or by prefix',
    fact: sqsApi('ReceiveMessage'),
    async run({ sqs, queues, expect }) {
      const QueueUrl = await queues.create({ VisibilityTimeout: '0' });
      await queues.send(QueueUrl, 'a', { MessageAttributes: { 'a.x': text('1'), 'a.y': text('2'), b: text('3') } });
      const names = (...MessageAttributeNames: string[]) =>
        expect.soon(async () => {
          const command = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2, MessageAttributeNames });
          const { Messages } = await sqs.send(command);
          return Object.keys(Messages![0]!.MessageAttributes ?? {}).sort();
        });

      expect.equal(await names('a.*'), ['a.x', 'a.y']);
      expect.equal(await names('b', 'none'), ['b']);
      expect.equal(await names('.*'), ['a.x', 'a.y', 'b']);
      expect.equal(await names(), []);
    },
  },
  {
    name: 'a message has ten attributes at most',
    fact: messageQuotas,
    async run({ queues, expect }) {
      const queue = await queues.create();
      const attributes = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, text('x')]));

      await queues.send(queue, 'a', { MessageAttributes: attributes(10) });

      const tooMany = queues.send(queue, 'a', { MessageAttributes: attributes(11) });
      await expect.error(tooMany, 'InvalidParameterValue');
    },
  },
  {
    name: 'attribute names that begin with AWS. or Amazon. are refused',
    fact: metadata,
    async run({ queues, expect }) {
      const queue = await queues.create();

      for (const name of ['AWS.a', 'Amazon.a', 'aws.a']) {
        await expect.error(
          queues.send(queue, 'a', { MessageAttributes: { [name]: text('x') } }),
          'InvalidParameterValue',
        );
      }
    },
  },
  {
    name: 'an attribute without a value, or of an unknown type, is refused',
    fact: metadata,
    async run({ queues, expect }) {
      const queue = await queues.create();

      for (const a of [text(''), { DataType: 'Text', StringValue: 'x' }, { DataType: 'Number', StringValue: 'x' }]) {
        await expect.error(queues.send(queue, 'a', { MessageAttributes: { a } }), 'InvalidParameterValue');
      }
    },
  },
  {
    name: 'names, types and values of attributes count towards the size',
    fact: metadata,
    async run({ queues, expect }) {
      const queue = await queues.create({ MaximumMessageSize: '1024' });
      const MessageAttributes = { a: text('b') };

      await queues.send(queue, 'x'.repeat(1016), { MessageAttributes });

      const tooLong = queues.send(queue, 'x'.repeat(1017), { MessageAttributes });
      await expect.error(tooLong, 'InvalidParameterValue');
    },
  },
]);
