import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FunctionDefinition } from '../../../../lib/laptop/assembly/functions.ts';
import { createLambda, type LambdaOptions } from '../../../../lib/laptop/lambda/lambda.ts';
import { fakeClock } from '../fake-clock.ts';

/** A function whose bundle is `source`; removed after the test. */
export function defineFunction(source: string, changes: Partial<FunctionDefinition> = {}): FunctionDefinition {
  const assetFolder = mkdtempSync(join(tmpdir(), 'syncline-function-'));
  onTestFinished(() => rmSync(assetFolder, { recursive: true, force: true }));
  writeFileSync(join(assetFolder, 'index.mjs'), source);
  return {
    name: 'shop',
    assetFolder,
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    timeoutSeconds: 20,
    memoryMb: 256,
    environment: {},
    roleName: 'shop-role',
    ...changes,
  };
}

/** The emulated Lambda with these functions, closed after the test; `lines` is what they wrote. */
export async function startLambda(functions: FunctionDefinition[], options: Partial<LambdaOptions> = {}) {
  const lines: string[] = [];
  const lambda = await createLambda({
    functions,
    region: 'eu-central-1',
    account: '000000000000',
    endpointUrl: () => 'http://127.0.0.1:4566',
    accessKeyOf: (roleName) => ({ accessKeyId: `key-of-${roleName}`, secretAccessKey: 'secret' }),
    onLog: (_functionName, line) => lines.push(line),
    clock: fakeClock(),
    ...options,
  });
  onTestFinished(() => lambda.close());
  const invoke = async (event: unknown, functionName = 'shop') => {
    const result = await lambda.invoke(functionName, JSON.stringify(event));
    return { ...result, payload: JSON.parse(result.payload.toString('utf8')) };
  };
  return { ...lambda, lambda, invoke, lines };
}

/** Whether a process of this machine still runs. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
