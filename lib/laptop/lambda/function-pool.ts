import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { FunctionDefinition } from '../assembly/functions.ts';
import { FunctionProcess, type PendingInvocation, type ProcessPorts } from './function-process.ts';
import { type FunctionResult, failure } from './result.ts';
import { newTraceId } from './trace-id.ts';

export type PoolOptions = ProcessPorts & {
  /** An idle process is stopped after this long. */
  idleMs: number;
  /** Invocations beyond wait for a free process; AWS would answer 429 at the account's concurrency limit. */
  maxProcesses: number;
};

/** More processes starting at once than this only slow each other down. */
const maxStarting = availableParallelism();

/**
 * The processes of one function. An invocation takes an idle process, the last used first so that the others may end;
 * without one it waits, and a process is started for it, up to the limits.
 */
export class FunctionPool {
  readonly definition: FunctionDefinition;
  readonly #options: PoolOptions;
  readonly #processes = new Set<FunctionProcess>();
  /** Idle processes with what cancels their end, in the order in which they became idle. */
  readonly #idle = new Map<FunctionProcess, () => void>();
  readonly #waiting: PendingInvocation[] = [];
  #starting = 0;
  #retired = false;

  constructor(definition: FunctionDefinition, options: PoolOptions) {
    this.definition = definition;
    this.#options = options;
  }

  invoke(payload: Buffer, traceId = newTraceId()): Promise<FunctionResult> {
    return new Promise((settle) => {
      const invocation = { requestId: randomUUID(), payload, traceId, settle };
      const [process, cancelEnd] = [...this.#idle].at(-1) ?? [];
      if (!process) return this.#wait(invocation);
      cancelEnd?.();
      this.#idle.delete(process);
      process.invoke(invocation);
    });
  }

  /** Takes no more processes into idleness: what runs or waits is finished, then the pool is empty. */
  retire(): void {
    this.#retired = true;
    for (const [process, cancelEnd] of this.#idle) {
      cancelEnd();
      process.kill();
    }
    this.#idle.clear();
  }

  /** Kills all processes; their invocations, and those that wait, end with an error. */
  close(): void {
    this.retire();
    for (const invocation of this.#waiting.splice(0)) {
      invocation.settle(
        failure('Runtime.ExitError', `RequestId: ${invocation.requestId} Error: The laptop is shutting down`),
      );
    }
    for (const process of this.#processes) process.kill();
  }

  /** Kills the processes that an invocation is in. */
  killInvoked(): void {
    for (const process of this.#processes) if (process.isInvoked) process.kill();
  }

  #wait(invocation: PendingInvocation): void {
    this.#waiting.push(invocation);
    this.#grow();
  }

  #grow(): void {
    const { maxProcesses } = this.#options;
    while (this.#starting < Math.min(this.#waiting.length, maxStarting) && this.#processes.size < maxProcesses) {
      this.#start();
    }
  }

  #start(): void {
    this.#starting += 1;
    let starting = true;
    const started = () => {
      if (starting) this.#starting -= 1;
      starting = false;
    };
    const process = new FunctionProcess(this.definition, this.#options, {
      onReady: (ready) => {
        started();
        this.#ready(ready);
      },
      onEnd: (ended, startFailure) => {
        started();
        this.#ended(ended, startFailure);
      },
    });
    this.#processes.add(process);
  }

  #ready(process: FunctionProcess): void {
    const invocation = this.#waiting.shift();
    if (invocation) process.invoke(invocation);
    else if (this.#retired) process.kill();
    else
      this.#idle.set(
        process,
        this.#options.clock.after(this.#options.idleMs, () => this.#stop(process)),
      );
    this.#grow();
  }

  #stop(process: FunctionProcess): void {
    this.#idle.delete(process);
    process.kill();
  }

  /** A process that failed to start takes one waiting invocation with it, as on Lambda. */
  #ended(process: FunctionProcess, startFailure?: FunctionResult): void {
    this.#idle.get(process)?.();
    this.#idle.delete(process);
    this.#processes.delete(process);
    if (startFailure) this.#waiting.shift()?.settle(startFailure);
    this.#grow();
  }
}
