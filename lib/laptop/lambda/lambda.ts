import { isDeepStrictEqual } from 'node:util';
import type { FunctionDefinition } from '../assembly/functions.ts';
import type { Clock } from '../clock.ts';
import { AwsError, type Service } from '../service.ts';
import type { EventSourceMappings } from './event-source-mappings.ts';
import type { FunctionClocks } from './function-clocks.ts';
import { FunctionPool, type PoolOptions } from './function-pool.ts';
import type { RunningInvocation } from './function-process.ts';
import { lambdaService } from './lambda-service.ts';
import type { FunctionResult } from './result.ts';
import { maxPayloadBytes, startRuntimeApi } from './runtime-api.ts';

export type LambdaOptions = {
  functions: FunctionDefinition[];
  region: string;
  account: string;
  /** Value of `AWS_ENDPOINT_URL` in the functions; asked for at each start of a process. */
  endpointUrl: () => string;
  /** The credentials by which the front knows the role again. */
  accessKeyOf: (roleName: string) => { accessKeyId: string; secretAccessKey: string };
  /** Each line that a function writes, and the runner's own about it. */
  onLog: (functionName: string, line: string) => void;
  /** Its timers end idle processes and what runs too long: `withRealTimers` keeps a move of the time from doing so. */
  clock: Clock;
  /** The functions' clocks, ahead of real time as `clock` is. @default the functions see real time */
  functionClocks?: FunctionClocks;
  /** Called at each beginning of an invocation in a process. */
  onInvoke?: (functionName: string, invocation: RunningInvocation) => void;
  /** Called at the end of each invocation, whoever made it. */
  onInvoked?: (functionName: string, invocation: { beganMs: number; hasFailed: boolean }) => void;
  /** What the event source mapping operations act on; asked for at each call. @default no mappings */
  mappings?: () => EventSourceMappings;
  /** @default 60_000 */
  idleMs?: number;
  /** Most processes of one function. @default 10 */
  maxProcessesPerFunction?: number;
  /** @default this process's own Node */
  nodePath?: string;
  /** Further arguments for Node, before the bootstrap: `['--import', <url>]` preloads a file. @default none */
  nodeArguments?: string[];
};

export type Lambda = {
  /** `Invoke`, `GetFunction` and the event source mappings, over HTTP. */
  service: Service;
  /**
   * Invokes a function and waits for its end; an error of the function is a result.
   *
   * @param payload JSON, at most 6 MB.
   * @throws AwsError `ResourceNotFoundException` for an unknown function, `RequestTooLargeException` for the payload.
   */
  invoke(functionName: string, payload: Buffer | string, options?: { traceId?: string }): Promise<FunctionResult>;
  /** Replaces the functions; what runs finishes in the code it began with, the next invocation takes the new. */
  updateFunctions(functions: FunctionDefinition[]): void;
  /** The functions there are now. */
  functions(): FunctionDefinition[];
  /** Kills each process of the function that an invocation is in, as a crash would. */
  kill(functionName: string): void;
  /** Kills all processes. */
  close(): Promise<void>;
};

/**
 * Runs the real bundles in child processes behind a Lambda Runtime API, one pool a function.
 *
 * Processes start on first use and stop when idle; each serves one invocation at a time, as on Lambda.
 */
export async function createLambda(options: LambdaOptions): Promise<Lambda> {
  const runtimeApi = await startRuntimeApi();
  const poolOptions = { ...withDefaults(options), runtimeApi };
  let pools = new Map<string, FunctionPool>();
  const updateFunctions = (functions: FunctionDefinition[]) => {
    pools = replacePools(pools, functions, poolOptions);
  };
  const find = (name: string): FunctionPool => {
    const pool = pools.get(name);
    if (pool) return pool;
    const arn = `arn:aws:lambda:${options.region}:${options.account}:function:${name}`;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, { status: 404 });
  };
  const invoke: Lambda['invoke'] = async (name, payload, { traceId } = {}) => {
    const pool = find(name);
    const bytes = checkSize(typeof payload === 'string' ? Buffer.from(payload) : payload);
    const beganMs = options.clock.now();
    const result = await pool.invoke(bytes, traceId);
    options.onInvoked?.(name, { beganMs, hasFailed: result.kind === 'error' });
    return result;
  };
  const close = async () => {
    for (const pool of pools.values()) pool.close();
    await runtimeApi.close();
  };
  const { region, account, mappings } = options;
  const service = lambdaService({
    region,
    account,
    mappings,
    invoke,
    definitionOf: (name) => find(name).definition,
    close,
  });
  updateFunctions(options.functions);
  return {
    ...{ service, invoke, updateFunctions, close },
    functions: () => [...pools.values()].map(({ definition }) => definition),
    kill: (name) => find(name).killInvoked(),
  };
}

function withDefaults(options: LambdaOptions): Omit<PoolOptions, 'runtimeApi'> {
  return {
    ...options,
    idleMs: options.idleMs ?? 60_000,
    maxProcesses: options.maxProcessesPerFunction ?? 10,
    nodePath: options.nodePath ?? process.execPath,
    nodeArguments: options.nodeArguments ?? [],
  };
}

/** Pools whose definition did not change are kept, with their warm processes. */
function replacePools(pools: Map<string, FunctionPool>, functions: FunctionDefinition[], options: PoolOptions) {
  const next = functions.map((definition): [string, FunctionPool] => {
    const pool = pools.get(definition.name);
    const same = pool && isDeepStrictEqual(pool.definition, definition);
    return [definition.name, same ? pool : new FunctionPool(definition, options)];
  });
  const kept = new Set(next.map(([, pool]) => pool));
  for (const pool of pools.values()) if (!kept.has(pool)) pool.retire();
  return new Map(next);
}

function checkSize(payload: Buffer): Buffer {
  if (payload.length <= maxPayloadBytes) return payload;
  const message = `Request must be smaller than ${maxPayloadBytes} bytes for the InvokeFunction operation`;
  throw new AwsError('RequestTooLargeException', message, { status: 413 });
}
