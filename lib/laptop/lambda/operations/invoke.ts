import { AwsError, notEmulated } from '../../service.ts';
import { type LambdaOperation, parseFunctionName } from './operation.ts';

/**
 * `Invoke`, synchronous only. An error of the function is a 200 with `X-Amz-Function-Error`; a call without a payload
 * gives the function an empty object.
 */
export const invokeFunction: LambdaOperation = async ({ headers, body, query }, name, { invoke }) => {
  const kind = headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (kind !== 'RequestResponse') throw notEmulated('lambda', `Invoke with InvocationType ${kind}`);
  if (headers['x-amz-log-type'] === 'Tail') throw notEmulated('lambda', 'Invoke with LogType Tail');
  if (headers['x-amz-client-context']) throw notEmulated('lambda', 'Invoke with ClientContext');
  if ((query.get('Qualifier') ?? '$LATEST') !== '$LATEST') throw notEmulated('lambda', 'Invoke with Qualifier');
  const payload = body.length === 0 ? Buffer.from('{}') : checkJson(body);
  const traceId = headers['x-amzn-trace-id'];
  const result = await invoke(parseFunctionName(name), payload, traceId ? { traceId } : {});
  return {
    status: 200,
    headers: {
      'x-amz-executed-version': '$LATEST',
      ...(result.kind === 'error' && { 'x-amz-function-error': 'Unhandled' }),
    },
    body: result.payload,
  };
};

function checkJson(body: Buffer): Buffer {
  try {
    JSON.parse(body.toString('utf8'));
    return body;
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    throw new AwsError('InvalidRequestContentException', message);
  }
}
