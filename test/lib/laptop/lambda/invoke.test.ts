import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { fakeClock } from '../fake-clock.ts';
import { defineFunction, isRunning, startLambda } from './setup.ts';

const echo = `export const handler = async (event, context) => ({ event, requestId: context.awsRequestId,
  arn: context.invokedFunctionArn, trace: process.env._X_AMZN_TRACE_ID })`;
const pid = 'export const handler = async () => process.pid';

/** Says by a file that it runs, and runs until there is a file `go`. */
const waits = `import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
export const handler = async ({ name }) => {
  writeFileSync('runs-' + name, '');
  while (!existsSync('go')) await setTimeout(2);
  return process.pid; }`;

describe('an invocation', () => {
  test('gives the handler the event and the context, and returns what it returns', async () => {
    const { invoke } = await startLambda([defineFunction(echo)]);

    const result = await invoke({ order: 'Zoë' });

    expect(result.kind).toBe('ok');
    expect(result.payload).toEqual({
      event: { order: 'Zoë' },
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      arn: 'arn:aws:lambda:eu-central-1:000000000000:function:shop',
      trace: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
    });
  });

  test('returns null for a handler that returns nothing', async () => {
    const { invoke } = await startLambda([defineFunction('export const handler = async () => {}')]);

    expect((await invoke({})).payload).toBeNull();
  });

  test('runs in the trace of its caller', async () => {
    const lambda = await startLambda([
      defineFunction('export const handler = async () => process.env._X_AMZN_TRACE_ID'),
    ]);

    const { payload } = await lambda.lambda.invoke('shop', '{}', {
      traceId: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    });

    expect(payload.toString('utf8')).toBe('"Root=1-5759e988-bd862e3fe1be46a994272793"');
  });

  test('has one clean environment: the template, what Lambda sets, and nothing of the runner', async () => {
    process.env.OF_THE_RUNNER = 'yes';
    const source =
      'export const handler = async () => ({ ...process.env, cwd: process.cwd(), heap: process.execArgv })';
    const definition = defineFunction(source, { environment: { TABLE: 'ledger', AWS_REGION: 'overridden' } });
    const { invoke } = await startLambda([definition]);

    const { payload } = await invoke({});

    expect(payload).toEqual({
      PATH: expect.stringContaining('/usr/bin'),
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      TABLE: 'ledger',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'shop',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/shop',
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(/^2026\/11\/20\/\[\$LATEST\][0-9a-f]{32}$/),
      AWS_LAMBDA_RUNTIME_API: expect.stringMatching(/^127\.0\.0\.1:\d+\/[0-9a-f]{32}$/),
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      AWS_ACCESS_KEY_ID: 'key-of-shop-role',
      AWS_SECRET_ACCESS_KEY: 'secret',
      LAMBDA_TASK_ROOT: definition.assetFolder,
      _HANDLER: 'index.handler',
      _X_AMZN_TRACE_ID: expect.any(String),
      cwd: definition.assetFolder,
      heap: ['--max-old-space-size=230'],
    });
  });

  test('passes every line that the function writes to the log', async () => {
    const source = 'export const handler = async () => { console.log("one\\ntwo"); console.error("three"); }';
    const { invoke, lines } = await startLambda([defineFunction(source)]);

    await invoke({});

    await vi.waitFor(() => expect(lines.toSorted()).toEqual(['one', 'three', 'two']));
  });

  test('is refused for an unknown function and for a payload above 6 MB', async () => {
    const { invoke } = await startLambda([defineFunction(echo)]);

    await expect(invoke({}, 'other')).rejects.toThrow(
      'Function not found: arn:aws:lambda:eu-central-1:000000000000:function:other',
    );
    await expect(invoke('x'.repeat(6 * 1024 * 1024))).rejects.toThrow(
      'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
    );
  });
});

describe('the pool of a function', () => {
  test('serves one invocation after the other in one process', async () => {
    const { invoke } = await startLambda([defineFunction(pid)]);

    const first = await invoke({});
    const second = await invoke({});

    expect(second.payload).toBe(first.payload);
  });

  test('grows with concurrent invocations, up to its limit, and queues beyond', async () => {
    const definition = defineFunction(waits);
    const { invoke } = await startLambda([definition], { maxProcessesPerFunction: 2 });
    const runs = () => readdirSync(definition.assetFolder).filter((file) => file.startsWith('runs-'));

    const invocations = ['a', 'b', 'c'].map((name) => invoke({ name }));
    await vi.waitFor(() => expect(runs()).toEqual(['runs-a', 'runs-b']));
    writeFileSync(join(definition.assetFolder, 'go'), '');

    const pids = (await Promise.all(invocations)).map(({ payload }) => payload);
    expect(pids[0]).not.toBe(pids[1]);
    expect(pids.slice(0, 2)).toContain(pids[2]);
  });

  test('stops a process that was idle for a minute and starts another on the next invocation', async () => {
    const clock = fakeClock();
    const { invoke } = await startLambda([defineFunction(pid)], { clock });
    const first = await invoke({});
    await vi.waitFor(() => expect(clock.pending()).toBe(1));

    await clock.advance(59_999);
    const stillWarm = isRunning(first.payload);
    await clock.advance(1);

    expect(stillWarm).toBe(true);
    await vi.waitFor(() => expect(isRunning(first.payload)).toBe(false));
    expect((await invoke({})).payload).not.toBe(first.payload);
  });

  test('takes new code for the next invocation and keeps what did not change', async () => {
    const [changed, same] = [defineFunction(pid), defineFunction(pid, { name: 'same' })];
    const { invoke, updateFunctions } = await startLambda([changed, same]);
    const before = [await invoke({}), await invoke({}, 'same')];

    updateFunctions([defineFunction('export const handler = async () => "new"'), structuredClone(same)]);

    expect((await invoke({})).payload).toBe('new');
    expect((await invoke({}, 'same')).payload).toBe(before[1]?.payload);
    await vi.waitFor(() => expect(isRunning(before[0]?.payload)).toBe(false));
  });

  test('ends its processes and fails what waits when it closes', async () => {
    const definition = defineFunction(
      'export const handler = () => new Promise((resolve) => setTimeout(resolve, 60_000))',
    );
    const { invoke, close } = await startLambda([definition], { maxProcessesPerFunction: 1 });
    const running = [invoke({}), invoke({})];

    await close();

    const results = await Promise.all(running);
    expect(results.map((result) => result.kind === 'error' && result.errorType)).toEqual([
      'Runtime.ExitError',
      'Runtime.ExitError',
    ]);
  });
});
