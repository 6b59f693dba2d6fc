import { randomUUID } from 'node:crypto';
import { logBug } from '../log-bug.ts';
import { AwsError, type AwsRequest, type AwsResponse, notEmulated, type Service } from '../service.ts';
import { getEventSourceMapping } from './operations/get-event-source-mapping.ts';
import { getFunction } from './operations/get-function.ts';
import { invokeFunction } from './operations/invoke.ts';
import { listEventSourceMappings } from './operations/list-event-source-mappings.ts';
import type { LambdaContext, LambdaOperation } from './operations/operation.ts';
import { updateEventSourceMapping } from './operations/update-event-source-mapping.ts';

/** Method and path of each operation; the first group is the function or the mapping it names. */
const operations: [string, RegExp, LambdaOperation][] = [
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, invokeFunction],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)$/, getFunction],
  ['GET', /^\/2015-03-31\/event-source-mappings\/?$/, listEventSourceMappings],
  ['GET', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, getEventSourceMapping],
  ['PUT', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, updateEventSourceMapping],
];

/** Lambda's REST API, as far as the hub and its operators call it; any other call is refused by name. */
export function lambdaService({ close, ...context }: LambdaContext & { close: () => Promise<void> }): Service {
  return {
    name: 'lambda',
    close,
    async handle(request: AwsRequest): Promise<AwsResponse> {
      try {
        return await answer(request, context);
      } catch (error) {
        return fail(error, request);
      }
    },
  };
}

async function answer(request: AwsRequest, context: LambdaContext): Promise<AwsResponse> {
  for (const [method, path, operation] of operations) {
    const match = request.method === method && request.path.match(path);
    if (!match) continue;
    const { status, headers, body } = await operation(request, decodeName(match[1] ?? ''), context);
    const common = { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID() };
    return { status, headers: { ...common, ...headers }, body: Buffer.isBuffer(body) ? body : JSON.stringify(body) };
  }
  throw notEmulated('lambda', `${request.method} ${request.path}`);
}

function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new AwsError('ValidationException', `1 validation error detected: the name '${encoded}' cannot be decoded.`);
  }
}

function fail(error: unknown, { method, path }: AwsRequest): AwsResponse {
  if (!(error instanceof AwsError)) logBug('lambda', `${method} ${path}`, error);
  const known =
    error instanceof AwsError
      ? error
      : new AwsError('ServiceException', 'The emulated service failed; its log says why.', { status: 500 });
  const body = { Type: known.status < 500 ? 'User' : 'Service', Message: known.message, message: known.message };
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': known.code };
  return { status: known.status, headers, body: JSON.stringify({ ...body, ...known.fields }) };
}
