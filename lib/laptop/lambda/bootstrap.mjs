/**
 * What runs inside the child process of a function: a small stand-in for Lambda's Node.js runtime.
 *
 * Loads `_HANDLER` from `LAMBDA_TASK_ROOT`, then for ever: takes the next invocation from the Runtime API, calls the
 * handler, posts its answer. Imports nothing of the hub, so that a function finds only what its bundle brings.
 *
 * The process ends with the runner: when file descriptor 3, a pipe that the runner holds open, closes, or when the
 * Runtime API's connection breaks; only a handler in an endless synchronous loop would not notice. Unlike on Lambda it
 * is not frozen between invocations. What comes through the pipe are readings of the clock, for `clock-preload.mjs`.
 */
import { existsSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER } = process.env;
const [address, token] = AWS_LAMBDA_RUNTIME_API.split('/');
const [host, port] = address.split(':');
const agent = new http.Agent({ keepAlive: true });

/** There with `clock-preload.mjs`; without it this process sees real time. */
const clock = globalThis[Symbol.for('syncline.clock')];

const runner = new net.Socket({ fd: 3 });
runner.on('close', () => process.exit(0)).on('error', () => process.exit(0));
runner.on('data', (chunk) => clock?.receive(chunk.toString())).unref();

function call(method, route, body = '') {
  return new Promise((resolve) => {
    const request = http.request(
      {
        agent,
        host,
        port,
        method,
        path: `/${token}/2018-06-01/runtime/${route}`,
        headers: { 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk)).on('error', () => process.exit(1));
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }));
      },
    );
    request.on('error', () => process.exit(1));
    request.end(body);
  });
}

const formatError = (error) =>
  error instanceof Error
    ? JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] })
    : JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] });

class RuntimeError extends Error {
  constructor(type, message) {
    super(message);
    this.name = `Runtime.${type}`;
  }
}

async function fatal(error, exitCode) {
  console.error(error);
  await call('POST', 'init/error', formatError(error));
  process.exit(exitCode);
}

async function load() {
  const [moduleName, exportName] = _HANDLER.split('.');
  const file = ['.mjs', '.js', '.cjs']
    .map((ending) => path.join(LAMBDA_TASK_ROOT, moduleName + ending))
    .find(existsSync);
  if (!file) throw new RuntimeError('ImportModuleError', `Error: Cannot find module '${moduleName}'`);
  const module = await import(pathToFileURL(file).href).catch((error) => {
    if (error instanceof SyntaxError) throw new RuntimeError('UserCodeSyntaxError', String(error));
    if (/MODULE_NOT_FOUND$/.test(error?.code)) throw new RuntimeError('ImportModuleError', String(error));
    throw error;
  });
  const handler = module[exportName] ?? module.default?.[exportName];
  if (typeof handler !== 'function')
    throw new RuntimeError('HandlerNotFound', `${_HANDLER} is undefined or not exported`);
  if (handler.length >= 3) {
    throw new RuntimeError(
      'CallbackHandlerDeprecated',
      `${_HANDLER} takes a callback, which Lambda no longer supports from Node.js 24 on. Make it an async function.`,
    );
  }
  return handler;
}

/**
 * Until the deadline, by the monotonic clock: what a move of the time or a skew adds to `Date` is none of the
 * invocation's time, which the runner measures as it really passes.
 */
function remainingTime(headers) {
  const offsetMs = clock?.set(headers['syncline-clock']) ?? 0;
  const realNow = clock ? clock.realNow() : Date.now();
  const endsAt = performance.now() + Number(headers['lambda-runtime-deadline-ms']) - offsetMs - realNow;
  // Whole milliseconds, as Lambda gives them.
  return () => Math.floor(endsAt - performance.now());
}

const contextOf = (headers) => ({
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
  memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  awsRequestId: headers['lambda-runtime-aws-request-id'],
  invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
  getRemainingTimeInMillis: remainingTime(headers),
});

function stringify(result) {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    throw new RuntimeError('JSONStringifyError', 'Unable to stringify response body');
  }
}

async function serve(handler) {
  for (;;) {
    const { headers, body } = await call('GET', 'invocation/next');
    const invocation = `invocation/${headers['lambda-runtime-aws-request-id']}`;
    process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
    try {
      await call('POST', `${invocation}/response`, stringify(await handler(JSON.parse(body), contextOf(headers))));
    } catch (error) {
      console.error('Invoke Error', error);
      await call('POST', `${invocation}/error`, formatError(error));
    }
  }
}

process.on('uncaughtException', (error) => fatal(error, 129));
process.on('unhandledRejection', (reason) => fatal(new RuntimeError('UnhandledPromiseRejection', String(reason)), 128));

const handler = await load().catch((error) => fatal(error, 1));
await serve(handler);
