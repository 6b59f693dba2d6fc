import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { FunctionDefinition } from '../assembly/functions.ts';

/** Where functions run, as they see it. */
export type Surroundings = {
  region: string;
  account: string;
  /** Value of `AWS_ENDPOINT_URL`. */
  endpointUrl: string;
  accessKey: { accessKeyId: string; secretAccessKey: string };
  nodePath: string;
  runtimeApiAddress: string;
  /** Milliseconds since the epoch. */
  now: number;
};

/**
 * The environment of a function process: what Lambda sets, the template's variables, and nothing of the runner's own.
 * As on Lambda, the template cannot override the reserved variables.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function functionEnvironment(definition: FunctionDefinition, at: Surroundings): Record<string, string> {
  return {
    PATH: `${dirname(at.nodePath)}:/usr/local/bin:/usr/bin:/bin`,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    ...definition.environment,
    AWS_REGION: at.region,
    AWS_DEFAULT_REGION: at.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${definition.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName(at.now),
    AWS_LAMBDA_RUNTIME_API: at.runtimeApiAddress,
    AWS_ENDPOINT_URL: at.endpointUrl,
    AWS_ACCESS_KEY_ID: at.accessKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: at.accessKey.secretAccessKey,
    LAMBDA_TASK_ROOT: definition.assetFolder,
    _HANDLER: definition.handler,
  };
}

/** As Lambda names them, one a process: `2026/11/20/[$LATEST]<32 hex digits>`. */
function logStreamName(now: number): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
}

/** Below this a bundle with an SDK client in it spends its time in the garbage collector. */
const minHeapMb = 128;

/** Lambda's memory holds the whole process; a tenth of it is left to what is not heap. */
export function heapLimitMb(memoryMb: number): number {
  return Math.max(minHeapMb, Math.floor(memoryMb * 0.9));
}
