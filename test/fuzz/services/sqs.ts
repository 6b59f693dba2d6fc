import type { Random } from '../random.ts';
import { jsonProtocolService } from './json-protocol.ts';

const QUEUES = ['fuzz-a', 'fuzz-b', 'fuzz-dlq'];
const arn = (name: string) => `arn:aws:sqs:eu-central-1:000000000000:${name}`;
const url = (random: Random) => `http://127.0.0.1/000000000000/${random.pick(QUEUES)}`;
const attributes = (random: Random) => ({
  number: { DataType: 'Number', StringValue: '1.5' },
  [random.pick(['text', '__proto__', 'a.b', 'constructor'])]: { DataType: 'String.x', StringValue: 'é' },
  bytes: { DataType: 'Binary', BinaryValue: 'AAEC' },
});
const queueAttributes = (random: Random) => ({
  VisibilityTimeout: '1',
  ReceiveMessageWaitTimeSeconds: random.pick(['0', '1']),
  MaximumMessageSize: '1048576',
  ...(random.percent(50) && {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn('fuzz-dlq'), maxReceiveCount: 2 }),
  }),
  ...(random.percent(20) && { RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'allowAll' }) }),
});
const handle = (random: Random) =>
  random.pick([
    'AQEB',
    '',
    Buffer.from('{"queueId":1,"messageId":1}').toString('base64'),
    random.bytes(40).toString('base64'),
  ]);

export const sqs = jsonProtocolService({
  name: 'sqs',
  targetPrefix: 'AmazonSQS',
  version: '1.0',
  samples: {
    CreateQueue: (random) => ({ QueueName: random.pick(QUEUES), Attributes: queueAttributes(random) }),
    DeleteQueue: (random) => ({ QueueUrl: `x/${random.pick(['none', 'none', 'none', 'fuzz-b'])}` }),
    GetQueueUrl: (random) => ({ QueueName: random.pick(QUEUES), QueueOwnerAWSAccountId: '000000000000' }),
    ListQueues: () => ({ QueueNamePrefix: 'f', MaxResults: 1, NextToken: 'YWZ0ZXIvZnV6eg==' }),
    GetQueueAttributes: (random) => ({ QueueUrl: url(random), AttributeNames: ['All', 'QueueArn'] }),
    SetQueueAttributes: (random) => ({ QueueUrl: url(random), Attributes: queueAttributes(random) }),
    PurgeQueue: (random) => ({ QueueUrl: url(random) }),
    SendMessage: (random) => ({
      ...{ QueueUrl: url(random), MessageBody: random.pick(['{"a":1}', 'é', 'x'.repeat(2_000)]), DelaySeconds: 0 },
      MessageAttributes: attributes(random),
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-2-3' } },
    }),
    SendMessageBatch: (random) => ({
      QueueUrl: url(random),
      Entries: [
        { Id: 'a', MessageBody: 'one', MessageAttributes: attributes(random) },
        { Id: 'b', MessageBody: 'two', DelaySeconds: 1 },
      ],
    }),
    ReceiveMessage: (random) => ({
      ...{ QueueUrl: url(random), MaxNumberOfMessages: 10, VisibilityTimeout: random.pick([0, 1, 43_200]) },
      ...{ WaitTimeSeconds: random.pick([0, 0, 1, 20]), MessageSystemAttributeNames: ['All'] },
      ...{ MessageAttributeNames: ['All', 'a.*', '__proto__'], AttributeNames: ['SentTimestamp'] },
    }),
    DeleteMessage: (random) => ({ QueueUrl: url(random), ReceiptHandle: handle(random) }),
    DeleteMessageBatch: (random) => ({
      QueueUrl: url(random),
      Entries: [
        { Id: 'a', ReceiptHandle: handle(random) },
        { Id: 'b', ReceiptHandle: handle(random) },
      ],
    }),
    ChangeMessageVisibility: (random) => ({
      ...{ QueueUrl: url(random), ReceiptHandle: handle(random), VisibilityTimeout: 5 },
    }),
    ChangeMessageVisibilityBatch: (random) => ({
      QueueUrl: url(random),
      Entries: [{ Id: 'a', ReceiptHandle: handle(random), VisibilityTimeout: 0 }],
    }),
    ListDeadLetterSourceQueues: (random) => ({ QueueUrl: url(random), MaxResults: 10 }),
    StartMessageMoveTask: (random) => ({
      ...{ SourceArn: arn('fuzz-dlq'), MaxNumberOfMessagesPerSecond: 500 },
      ...(random.percent(50) && { DestinationArn: arn(random.pick(QUEUES)) }),
    }),
    ListMessageMoveTasks: () => ({ SourceArn: arn('fuzz-dlq'), MaxResults: 10 }),
    CancelMessageMoveTask: () => ({ TaskHandle: Buffer.from('{"taskId":"x","sourceArn":"y"}').toString('base64') }),
  },
  complaint({ headers }, error) {
    const queryError = headers['x-amzn-query-error'];
    if (error === undefined || /^[\w.]+;Sender$/.test(queryError ?? '')) return undefined;
    return `x-amzn-query-error is ${queryError}`;
  },
});
