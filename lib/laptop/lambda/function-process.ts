import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { FunctionDefinition } from '../assembly/functions.ts';
import type { Clock } from '../clock.ts';
import { functionEnvironment, heapLimitMb, type Surroundings } from './environment.ts';
import { type FunctionClocks, formatReading, preloadArguments } from './function-clocks.ts';
import { exited, type FunctionResult, postedFailure, responseTooLarge, timedOut } from './result.ts';
import { type Invocation, maxPayloadBytes, type RuntimeApi, type RuntimeSlot } from './runtime-api.ts';

/** What a process needs of the runner. */
export type ProcessPorts = {
  runtimeApi: RuntimeApi;
  clock: Clock;
  region: string;
  account: string;
  endpointUrl: () => string;
  accessKeyOf: (roleName: string) => Surroundings['accessKey'];
  nodePath: string;
  /** Further arguments for Node, before the bootstrap: a preload, for example. */
  nodeArguments: string[];
  onLog: (functionName: string, line: string) => void;
  functionClocks?: FunctionClocks | undefined;
  onInvoke?: ((functionName: string, invocation: RunningInvocation) => void) | undefined;
};

/** An invocation that a process has begun. */
export type RunningInvocation = {
  isRunning(): boolean;
  /** Ends its process at once, as a crash would; nothing once it has ended. */
  kill(): void;
};

/** What a process reports to its pool. */
export type ProcessEvents = {
  onReady(process: FunctionProcess): void;
  /** Once. `startFailure` when the process ended before it was ready for its first invocation. */
  onEnd(process: FunctionProcess, startFailure?: FunctionResult): void;
};

/** An invocation and whom its result goes to. */
export type PendingInvocation = Invocation & { settle(result: FunctionResult): void };

const bootstrap = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));

/** Lambda gives initialisation 10 seconds and then repeats it within the function's own timeout. */
const initTimeoutSeconds = 10;

/**
 * One child process of a function; one invocation at a time.
 *
 * - starting: spawned, loading the handler. To idle with its first `next`, to ended with an init error or exit.
 * - idle: its `next` is held. To busy by `invoke`, to ended by `kill`.
 * - busy: has an invocation. To idle with its next `next` (the answer came before it), to ended by a crash or SIGKILL
 *   at the function's timeout; either settles the invocation with an error.
 * - ended: no way out.
 */
export class FunctionProcess {
  readonly #definition: FunctionDefinition;
  readonly #ports: ProcessPorts;
  readonly #events: ProcessEvents;
  readonly #slot: RuntimeSlot;
  readonly #child: ChildProcess;
  #state: 'starting' | 'idle' | 'busy' | 'ended' = 'starting';
  #current: PendingInvocation | undefined;
  #startFailure: FunctionResult | undefined;
  #cancelTimeout: () => void;
  #unsubscribe: (() => void) | undefined;

  constructor(definition: FunctionDefinition, ports: ProcessPorts, events: ProcessEvents) {
    this.#definition = definition;
    this.#ports = ports;
    this.#events = events;
    this.#slot = ports.runtimeApi.register({
      onNext: () => this.#next(),
      onResponse: (requestId, body) => this.#settle(requestId, okOrTooLarge(body)),
      onError: (requestId, body) => this.#settle(requestId, postedFailure(body)),
      onInitError: (body) => this.#fail(postedFailure(body)),
    });
    this.#child = this.#spawn();
    this.#unsubscribe = ports.functionClocks?.onChange(() => this.#pushClock());
    this.#cancelTimeout = ports.clock.after((initTimeoutSeconds + definition.timeoutSeconds) * 1000, () =>
      this.#timeOut(),
    );
  }

  /** Only while idle. */
  invoke(invocation: PendingInvocation): void {
    this.#state = 'busy';
    this.#current = invocation;
    const { clock, region, account, functionClocks, onInvoke } = this.#ports;
    const { name, timeoutSeconds } = this.#definition;
    const reading = functionClocks?.read(name);
    this.#cancelTimeout = clock.after(timeoutSeconds * 1000, () => this.#timeOut());
    const functionArn = `arn:aws:lambda:${region}:${account}:function:${name}`;
    const deadlineMs = clock.now() + (reading?.skewMs ?? 0) + timeoutSeconds * 1000;
    this.#slot.handOver(invocation, { deadlineMs, functionArn, clockReading: reading && formatReading(reading) });
    const isRunning = () => this.#current === invocation;
    onInvoke?.(name, { isRunning, kill: () => isRunning() && this.kill() });
  }

  /** Whether an invocation is in it. */
  get isInvoked(): boolean {
    return this.#current !== undefined;
  }

  /** Ends the process at once; an invocation in it fails as if it had crashed. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #spawn(): ChildProcess {
    const { nodePath, nodeArguments, onLog, functionClocks } = this.#ports;
    const { name, memoryMb, assetFolder } = this.#definition;
    const reading = functionClocks?.read(name);
    const preload = reading ? preloadArguments(reading) : [];
    const heapLimit = `--max-old-space-size=${heapLimitMb(memoryMb)}`;
    const child = spawn(nodePath, [heapLimit, ...preload, ...nodeArguments, bootstrap], {
      cwd: assetFolder,
      env: this.#environment(),
      // The fourth is the pipe whose end tells the child that the runner is gone, even by kill -9; readings go down it.
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    readLines(child, (line) => onLog(name, line));
    child.stdio[3]?.on('error', () => {});
    child.once('error', (error) => onLog(name, `[syncline] [laptop] ${nodePath} in ${assetFolder}: ${error.message}`));
    child.once('error', () => this.#end(1, null));
    child.once('exit', (code, signal) => this.#end(code, signal));
    return child;
  }

  /** For an invocation that runs; the next one brings its own reading. */
  #pushClock(): void {
    const reading = this.#ports.functionClocks?.read(this.#definition.name);
    if (reading) (this.#child.stdio[3] as Writable | null)?.write(`${formatReading(reading)}\n`);
  }

  #environment(): Record<string, string> {
    const { clock, endpointUrl, accessKeyOf, ...ports } = this.#ports;
    return functionEnvironment(this.#definition, {
      ...ports,
      endpointUrl: endpointUrl(),
      accessKey: accessKeyOf(this.#definition.roleName),
      runtimeApiAddress: this.#slot.address,
      now: clock.now(),
    });
  }

  #next(): void {
    if (this.#state === 'ended') return;
    this.#cancelTimeout();
    this.#state = 'idle';
    this.#events.onReady(this);
  }

  #settle(requestId: string, result: FunctionResult): void {
    if (this.#current?.requestId !== requestId) return;
    this.#cancelTimeout();
    const { settle } = this.#current;
    this.#current = undefined;
    settle(result);
  }

  /** For the invocation in the process or, before the first, for whoever waits for its start. */
  #fail(result: FunctionResult): void {
    if (this.#current) this.#settle(this.#current.requestId, result);
    else this.#startFailure ??= result;
  }

  #timeOut(): void {
    const { name, timeoutSeconds } = this.#definition;
    const requestId = this.#current?.requestId ?? 'init';
    this.#ports.onLog(name, `${requestId} Task timed out after ${timeoutSeconds.toFixed(2)} seconds`);
    this.#fail(timedOut(requestId, timeoutSeconds));
    this.kill();
  }

  #end(code: number | null, signal: string | null): void {
    if (this.#state === 'ended') return;
    const starting = this.#state === 'starting';
    this.#state = 'ended';
    this.#unsubscribe?.();
    this.#cancelTimeout();
    this.#slot.release();
    this.#fail(exited(this.#current?.requestId ?? 'init', code, signal));
    this.#events.onEnd(this, starting ? this.#startFailure : undefined);
  }
}

function okOrTooLarge(body: Buffer | 'too-large'): FunctionResult {
  return body === 'too-large' ? responseTooLarge(maxPayloadBytes) : { kind: 'ok', payload: body };
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
    stream?.on('end', () => rest && onLine(rest));
  }
}
