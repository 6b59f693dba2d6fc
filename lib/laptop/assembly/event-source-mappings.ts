import type { Resource, Resources } from './resources.ts';

export type EventSourceMappingDefinition = {
  /** A UUID, the same at every reading of the same stack and logical id. */
  id: string;
  queueName: string;
  functionName: string;
  batchSize: number;
  maximumBatchingWindowSeconds: number;
  /** From 2 to 1,000; absent: not limited by the mapping. */
  maximumConcurrency?: number;
  enabled: boolean;
  reportBatchItemFailures: boolean;
};

/** Filters are not among them: they delete what does not match. */
const properties = [
  'BatchSize',
  'Enabled',
  'EventSourceArn',
  'FunctionName',
  'FunctionResponseTypes',
  'MaximumBatchingWindowInSeconds',
  'MetricsConfig',
  'ScalingConfig',
  'Tags',
];

export function readEventSourceMappings(resources: Resources): EventSourceMappingDefinition[] {
  return resources.all('AWS::Lambda::EventSourceMapping').map(readEventSourceMapping);
}

/** Lambda's defaults: batches of 10, no window, enabled. */
function readEventSourceMapping(resource: Resource): EventSourceMappingDefinition {
  resource.allow(properties);
  const scaling = (resource.get('ScalingConfig') ?? {}) as { MaximumConcurrency?: number | string };
  const responseTypes = (resource.get('FunctionResponseTypes') ?? []) as string[];
  return {
    id: resource.name,
    queueName: readQueueName(resource),
    functionName: resource.text('FunctionName').split(':').at(-1) ?? '',
    batchSize: resource.number('BatchSize', 10),
    maximumBatchingWindowSeconds: resource.number('MaximumBatchingWindowInSeconds', 0),
    ...(scaling.MaximumConcurrency !== undefined && { maximumConcurrency: Number(scaling.MaximumConcurrency) }),
    enabled: String(resource.get('Enabled') ?? true) === 'true',
    reportBatchItemFailures: responseTypes.includes('ReportBatchItemFailures'),
  };
}

function readQueueName(resource: Resource): string {
  const arn = resource.text('EventSourceArn');
  if (!arn.startsWith('arn:aws:sqs:')) throw resource.notEmulated(`an event source mapping of ${arn}`);
  return arn.split(':').at(-1) ?? '';
}
