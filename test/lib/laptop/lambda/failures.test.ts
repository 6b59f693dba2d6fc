import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { fakeClock } from '../fake-clock.ts';
import { defineFunction, isRunning, startLambda } from './setup.ts';

const invokeOnce = async (source: string, handler = 'index.handler') => {
  const { invoke } = await startLambda([defineFunction(source, { handler })]);
  return invoke({});
};

describe('a function that fails', () => {
  test('answers with the type, message and trace of what it threw, and serves on', async () => {
    const source = `export const handler = async ({ fail }) => {
      if (fail) throw new TypeError('no such order');
      return process.pid; }`;
    const { invoke } = await startLambda([defineFunction(source)]);
    const before = await invoke({});

    const result = await invoke({ fail: true });

    expect(result).toMatchObject({
      kind: 'error',
      errorType: 'TypeError',
      payload: { errorType: 'TypeError', errorMessage: 'no such order' },
    });
    expect(result.payload.trace[0]).toBe('TypeError: no such order');
    expect((await invoke({})).payload).toBe(before.payload);
  });

  test('is killed at its timeout, and the next invocation finds a new process', async () => {
    const clock = fakeClock();
    const source = `export const handler = async ({ hang }) => {
      if (hang) for (console.log('hangs');;);
      return process.pid; }`;
    const { invoke, lines } = await startLambda([defineFunction(source, { timeoutSeconds: 3 })], { clock });
    const before = await invoke({});

    const running = invoke({ hang: true });
    await vi.waitFor(() => expect(lines).toContain('hangs'));
    await clock.advance(3000);

    expect(await running).toMatchObject({
      kind: 'error',
      errorType: 'Sandbox.Timedout',
      payload: {
        errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 3.00 seconds$/),
      },
    });
    await vi.waitFor(() => expect(isRunning(before.payload)).toBe(false));
    expect((await invoke({})).kind).toBe('ok');
  });

  test.each([
    ['process.exit(1)', 'Runtime exited with error: exit status 1'],
    ['process.exit(0)', 'Runtime exited without providing a reason'],
    ['process.kill(process.pid, "SIGKILL"); await new Promise(() => {})', 'Runtime exited with error: signal: killed'],
    ['await new Promise(() => {})', 'Runtime exited with error: exit status 13'],
  ])('that ends its process with %s is told so', async (statement, reason) => {
    const result = await invokeOnce(`export const handler = async () => { ${statement} }`);

    expect(result).toMatchObject({ kind: 'error', errorType: 'Runtime.ExitError' });
    expect(result.payload.errorMessage).toMatch(new RegExp(`^RequestId: [0-9a-f-]{36} Error: ${reason}$`));
  });

  test('that leaves a promise rejected ends with that rejection', async () => {
    const source =
      'export const handler = () => { Promise.reject(new Error("lost")); return new Promise((r) => setTimeout(r, 60_000)) }';

    const result = await invokeOnce(source);

    expect(result).toMatchObject({ kind: 'error', errorType: 'Runtime.UnhandledPromiseRejection' });
    expect(result.payload.errorMessage).toBe('Error: lost');
  });

  test('that returns more than 6 MB fails, and serves on', async () => {
    const source = 'export const handler = async ({ size }) => "x".repeat(size)';
    const { invoke } = await startLambda([defineFunction(source)]);

    const [tooLarge, fits] = [await invoke({ size: 6 * 1024 * 1024 }), await invoke({ size: 6 * 1024 * 1024 - 2 })];

    expect(tooLarge).toMatchObject({ kind: 'error', errorType: 'Function.ResponseSizeTooLarge' });
    expect(fits.payload).toHaveLength(6 * 1024 * 1024 - 2);
  });
});

describe('a function that cannot start', () => {
  test.each([
    ['import "missing-package"', 'index.handler', 'Runtime.ImportModuleError'],
    ['export const handler = ;', 'index.handler', 'Runtime.UserCodeSyntaxError'],
    ['export const other = 1', 'index.handler', 'Runtime.HandlerNotFound'],
    ['export const handler = 1', 'index.handler', 'Runtime.HandlerNotFound'],
    ['export const handler = async () => 1', 'main.handler', 'Runtime.ImportModuleError'],
    [
      'export const handler = (event, context, callback) => callback()',
      'index.handler',
      'Runtime.CallbackHandlerDeprecated',
    ],
    ['throw new RangeError("setting missing")', 'index.handler', 'RangeError'],
    ['process.exit(3)', 'index.handler', 'Runtime.ExitError'],
  ])('%s (%s) fails with %s', async (source, handler, errorType) => {
    const result = await invokeOnce(source, handler);

    expect(result).toMatchObject({ kind: 'error', errorType, payload: { errorType } });
  });

  test('fails each of its invocations and starts anew for the next', async () => {
    const { invoke } = await startLambda([defineFunction('throw new Error("no")')]);

    const results = await Promise.all([invoke({}), invoke({}), invoke({})]);

    expect(results.map(({ payload }) => payload.errorMessage)).toEqual(['no', 'no', 'no']);
  });

  test('fails when its folder is gone', async () => {
    const { invoke, lines } = await startLambda([defineFunction('', { assetFolder: '/nowhere' })]);

    expect(await invoke({})).toMatchObject({ kind: 'error', errorType: 'Runtime.ExitError' });
    expect(lines[0]).toMatch(/^\[syncline\] \[laptop\] .* in \/nowhere: /);
  });
});

test('the processes of a runner that is killed with SIGKILL end by themselves', async () => {
  const definition = defineFunction(`export const handler = async ({ stay }) => {
    if (stay) { console.log('stays'); await new Promise((r) => setTimeout(r, 60_000)); }
    return process.pid; }`);
  const runner = spawn(
    process.execPath,
    [fileURLToPath(new URL('./runner.ts', import.meta.url)), JSON.stringify(definition)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [idle, busy] = await readPids(runner);

  runner.kill('SIGKILL');

  await vi.waitFor(() => expect([isRunning(idle!), isRunning(busy!)]).toEqual([false, false]), { timeout: 5000 });
});

async function readPids(runner: ChildProcess): Promise<number[]> {
  const [line] = await once(runner.stdout!, 'data');
  return JSON.parse(String(line)) as number[];
}
