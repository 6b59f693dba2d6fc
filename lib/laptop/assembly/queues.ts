import type { Resource, Resources } from './resources.ts';

export type QueueDefinition = {
  name: string;
  /** As `CreateQueue` expects them: all values text, policies JSON. */
  attributes: Record<string, string>;
};

/** Properties that CreateQueue knows as attributes of the same name. */
const attributes = [
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'MaximumMessageSize',
  'ReceiveMessageWaitTimeSeconds',
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
];

export function readQueues(resources: Resources): QueueDefinition[] {
  const queues = resources.all('AWS::SQS::Queue').map(readQueue);
  return queues.sort((a, b) => Number('RedrivePolicy' in a.attributes) - Number('RedrivePolicy' in b.attributes));
}

function readQueue(resource: Resource): QueueDefinition {
  resource.allow([...attributes, 'QueueName', 'Tags']);
  const given = attributes
    .map((attribute) => [attribute, resource.get(attribute)] as const)
    // CreateQueue takes FifoQueue only when it is true.
    .filter(([attribute, value]) => value !== undefined && !(attribute === 'FifoQueue' && String(value) === 'false'));
  return { name: resource.name, attributes: Object.fromEntries(given.map(([name, value]) => [name, textOf(value)])) };
}

const textOf = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
