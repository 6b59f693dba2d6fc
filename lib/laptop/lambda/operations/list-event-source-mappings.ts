import { describeMapping, type LambdaOperation, parseFunctionName } from './operation.ts';

/** `ListEventSourceMappings`: all on one page, filtered by queue and function where the call names them. */
export const listEventSourceMappings: LambdaOperation = ({ query }, _name, context) => {
  const queueName = query.get('EventSourceArn')?.split(':').at(-1);
  const functionName = parseFunctionName(query.get('FunctionName') ?? '');
  const mappings = (context.mappings?.().list() ?? [])
    .filter((mapping) => !queueName || mapping.queueName === queueName)
    .filter((mapping) => !functionName || mapping.functionName === functionName);
  return { status: 200, body: { EventSourceMappings: mappings.map((mapping) => describeMapping(mapping, context)) } };
};
