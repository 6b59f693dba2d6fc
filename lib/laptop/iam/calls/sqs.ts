/**
 * The rights that calls of SQS need.
 *
 * @see Service Authorization Reference, "Actions, resources, and condition keys for Amazon SQS"; the batch operations have
 * no action of their own.
 */
import { jsonMapping, type Need, type Place } from './need.ts';

const queueArn = ({ region, account }: Place, name: string) => `arn:aws:sqs:${region}:${account}:${name}`;

/** As the emulator does: only the last part of a queue URL counts. */
const byUrl =
  (action: string) =>
  ({ QueueUrl = '' }: { QueueUrl?: string }, place: Place): Need[] => [
    { action: `sqs:${action}`, resource: queueArn(place, QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1)) },
  ];
const byName =
  (action: string) =>
  ({ QueueName = '' }: { QueueName?: string }, place: Place): Need[] => [
    { action: `sqs:${action}`, resource: queueArn(place, QueueName) },
  ];

const onQueue = (resource: string, ...actions: string[]): Need[] =>
  actions.map((action) => ({ action: `sqs:${action}`, resource }));

export const sqs = jsonMapping({
  ChangeMessageVisibility: byUrl('ChangeMessageVisibility'),
  ChangeMessageVisibilityBatch: byUrl('ChangeMessageVisibility'),
  CreateQueue: byName('CreateQueue'),
  DeleteMessage: byUrl('DeleteMessage'),
  DeleteMessageBatch: byUrl('DeleteMessage'),
  DeleteQueue: byUrl('DeleteQueue'),
  GetQueueAttributes: byUrl('GetQueueAttributes'),
  GetQueueUrl: byName('GetQueueUrl'),
  ListDeadLetterSourceQueues: byUrl('ListDeadLetterSourceQueues'),
  ListQueues: () => [{ action: 'sqs:ListQueues', resource: '*' }],
  PurgeQueue: byUrl('PurgeQueue'),
  ReceiveMessage: byUrl('ReceiveMessage'),
  SendMessage: byUrl('SendMessage'),
  SendMessageBatch: byUrl('SendMessage'),
  SetQueueAttributes: byUrl('SetQueueAttributes'),

  /** SQS moves with the caller's rights; those to the queues that the messages came from are not checked here. */
  StartMessageMoveTask: ({ SourceArn = '', DestinationArn }: { SourceArn?: string; DestinationArn?: string }) => [
    ...onQueue(SourceArn, 'StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'),
    ...(DestinationArn ? onQueue(DestinationArn, 'SendMessage') : []),
  ],
  ListMessageMoveTasks: ({ SourceArn = '' }: { SourceArn?: string }) => onQueue(SourceArn, 'ListMessageMoveTasks'),
  CancelMessageMoveTask: ({ TaskHandle = '' }: { TaskHandle?: string }) =>
    onQueue(sourceOf(TaskHandle), 'CancelMessageMoveTask'),
});

/** A task handle is base64 of JSON that names the queue. */
function sourceOf(taskHandle: string): string {
  const { sourceArn } = JSON.parse(Buffer.from(taskHandle, 'base64').toString()) as { sourceArn?: string };
  return sourceArn ?? '';
}
