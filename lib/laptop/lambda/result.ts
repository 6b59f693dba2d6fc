/** How an invocation ended. The payload of an error is JSON: `errorType`, `errorMessage`, perhaps `trace`. */
export type FunctionResult = { kind: 'ok'; payload: Buffer } | { kind: 'error'; errorType: string; payload: Buffer };

/** An error that the runner itself reports. */
export function failure(errorType: string, errorMessage: string): FunctionResult {
  return { kind: 'error', errorType, payload: Buffer.from(JSON.stringify({ errorType, errorMessage })) };
}

/** An error that the function process posted. */
export function postedFailure(payload: Buffer): FunctionResult {
  const { errorType } = JSON.parse(payload.toString('utf8')) as { errorType?: string };
  return { kind: 'error', errorType: errorType ?? 'Error', payload };
}

export const timedOut = (requestId: string, timeoutSeconds: number) =>
  failure(
    'Sandbox.Timedout',
    `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
  );

export const responseTooLarge = (limitBytes: number) =>
  failure(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${limitBytes} bytes).`,
  );

/** The process ended without an answer. */
export function exited(requestId: string, code: number | null, signal: string | null): FunctionResult {
  const how = signal ? `signal: ${signal === 'SIGKILL' ? 'killed' : signal}` : `exit status ${code}`;
  const message = code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: ${how}`;
  return failure('Runtime.ExitError', `RequestId: ${requestId} Error: ${message}`);
}
