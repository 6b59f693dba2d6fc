import type { FunctionDefinition } from '../../assembly/functions.ts';
import { AwsError, type AwsRequest } from '../../service.ts';
import type { EventSourceMappingStatus, EventSourceMappings } from '../event-source-mappings.ts';
import type { FunctionResult } from '../result.ts';

/** What the operations work on. */
export type LambdaContext = {
  region: string;
  account: string;
  mappings: (() => EventSourceMappings) | undefined;
  invoke(functionName: string, payload: Buffer, options?: { traceId?: string }): Promise<FunctionResult>;
  /** @throws AwsError `ResourceNotFoundException` */
  definitionOf(functionName: string): FunctionDefinition;
};

/** One API operation. `name` is the function or mapping in the path; a body that is no buffer is sent as JSON. */
export type LambdaOperation = (request: AwsRequest, name: string, context: LambdaContext) => Answer | Promise<Answer>;

type Answer = { status: number; headers?: Record<string, string>; body: Buffer | object };

/** The function's name out of what the API takes for one: a name, `<account>:function:<name>` or an ARN. */
export function parseFunctionName(given: string): string {
  const parts = given.split(':');
  const after = parts.indexOf('function');
  return (after < 0 ? parts[0] : parts[after + 1]) ?? given;
}

/** @throws AwsError `ResourceNotFoundException` */
export function findMapping(id: string, { mappings }: LambdaContext): EventSourceMappingStatus {
  const mapping = mappings?.()
    .list()
    .find((known) => known.id === id);
  if (mapping) return mapping;
  throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', { status: 404 });
}

/** A mapping in the form in which the API returns it. */
export function describeMapping(mapping: EventSourceMappingStatus, { region, account }: LambdaContext): object {
  return {
    UUID: mapping.id,
    EventSourceArn: `arn:aws:sqs:${region}:${account}:${mapping.queueName}`,
    EventSourceMappingArn: `arn:aws:lambda:${region}:${account}:event-source-mapping:${mapping.id}`,
    FunctionArn: `arn:aws:lambda:${region}:${account}:function:${mapping.functionName}`,
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: mapping.maximumBatchingWindowSeconds,
    FunctionResponseTypes: mapping.reportBatchItemFailures ? ['ReportBatchItemFailures'] : [],
    ...(mapping.maximumConcurrency && { ScalingConfig: { MaximumConcurrency: mapping.maximumConcurrency } }),
    State: mapping.state,
    StateTransitionReason: 'USER_INITIATED',
    LastModified: mapping.lastModifiedEpochMs / 1000,
    LastProcessingResult: mapping.lastProcessingResult,
  };
}
