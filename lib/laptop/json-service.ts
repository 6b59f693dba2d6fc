import { AwsError, type AwsRequest, type AwsResponse, notEmulated, type Principal, type Service } from './service.ts';

/** One API operation: input and output are the JSON bodies of the AWS API; each states its own. Throws `AwsError`. */
export type Operation = (input: never, caller: Principal) => Promise<object> | object;

/**
 * A service that speaks one of the `application/x-amz-json` protocols: the operation in `X-Amz-Target`, JSON in and out.
 *
 * @param errorHeaders Headers the service adds to an error (SQS: `x-amzn-query-error`).
 */
export function jsonService(options: {
  name: string;
  jsonVersion: '1.0' | '1.1';
  operations: Record<string, Operation>;
  errorHeaders?: (error: AwsError) => Record<string, string>;
  close?: () => Promise<void>;
}): Service {
  const contentType = { 'content-type': `application/x-amz-json-${options.jsonVersion}` };
  const fail = (error: AwsError): AwsResponse => ({
    status: error.status,
    headers: { ...contentType, ...options.errorHeaders?.(error) },
    body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message, ...error.fields }),
  });
  return {
    name: options.name,
    close: options.close ?? (async () => {}),
    async handle(request: AwsRequest): Promise<AwsResponse> {
      try {
        const operation = Object.hasOwn(options.operations, request.operation) && options.operations[request.operation];
        if (!operation) throw notEmulated(options.name, request.operation || 'a request without X-Amz-Target');
        const output = await operation(parse(request.body) as never, request.principal);
        return { status: 200, headers: contentType, body: JSON.stringify(output) };
      } catch (error) {
        if (error instanceof AwsError) return fail(error);
        process.stderr.write(
          `[syncline] [laptop] [${options.name}] ${request.operation}: ${(error as Error)?.stack}\n`,
        );
        return fail(new AwsError('InternalFailure', 'The emulated service failed; its log says why.', { status: 500 }));
      }
    },
  };
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const input: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Record<string, unknown>;
  } catch {}
  throw new AwsError('SerializationException', 'The request body is not a JSON object.');
}
