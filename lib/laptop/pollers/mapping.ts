import type { EventSourceMappingDefinition } from '../assembly/event-source-mappings.ts';
import type { Clock } from '../clock.ts';
import type { EventSourceMappingState, EventSourceMappingStatus } from '../lambda/event-source-mappings.ts';
import { doneRecords } from './batch-result.ts';
import { gather } from './gather.ts';
import type { PollerPorts } from './ports.ts';
import { type Batch, toBatches, toRecord } from './records.ts';
import { createSlots } from './slots.ts';

/** Lambda begins with five batches at once; a laptop leaves it at that, and less where the mapping says so. */
const maxConcurrentInvokes = 5;

/** `DeleteMessageBatch` takes ten entries. */
const maxDelete = 10;

/** After a queue could not be asked. */
const retryMs = 1000;

/**
 * The poller of one event source mapping.
 *
 * One loop receives and starts invocations without waiting for their end; at the most that may run at once it stops
 * receiving, so that no message's visibility runs out while it waits. States as `EventSourceMappingState` tells them;
 * a mapping that is stopped with the whole hub keeps its state.
 */
export class Mapping {
  readonly definition: EventSourceMappingDefinition;
  readonly #ports: PollerPorts;
  readonly #slots = createSlots(() => Math.min(this.#maximumConcurrency ?? maxConcurrentInvokes, maxConcurrentInvokes));
  #enabled: boolean;
  #maximumConcurrency: number | undefined;
  #state: EventSourceMappingState;
  #lastModifiedEpochMs: number;
  #lastProcessingResult = 'No records processed';
  #started = false;
  #polling: { abort: AbortController; ended: Promise<void> } | undefined;

  constructor(definition: EventSourceMappingDefinition, ports: PollerPorts) {
    this.definition = definition;
    this.#ports = ports;
    this.#enabled = definition.enabled;
    this.#maximumConcurrency = definition.maximumConcurrency;
    this.#state = definition.enabled ? 'Enabled' : 'Disabled';
    this.#lastModifiedEpochMs = ports.clock.now();
  }

  get status(): EventSourceMappingStatus {
    return {
      ...this.definition,
      ...(this.#maximumConcurrency !== undefined && { maximumConcurrency: this.#maximumConcurrency }),
      enabled: this.#enabled,
      state: this.#state,
      lastProcessingResult: this.#lastProcessingResult,
      lastModifiedEpochMs: this.#lastModifiedEpochMs,
    };
  }

  start(): void {
    this.#started = true;
    if (this.#enabled && !this.#polling) this.#poll();
  }

  /** Receives no more and waits for the invocations that run. */
  async stop(): Promise<void> {
    this.#started = false;
    this.#polling?.abort.abort();
    await this.#polling?.ended;
    await this.#slots.idle();
  }

  setEnabled(enabled: boolean): void {
    if (enabled === this.#enabled) return;
    this.#enabled = enabled;
    this.#change(enabled ? 'Enabling' : 'Disabling');
    void (enabled ? this.#enable() : this.#disable());
  }

  setMaximumConcurrency(maximumConcurrency: number): void {
    this.#maximumConcurrency = maximumConcurrency;
    this.#slots.changed();
    this.#change('Updating');
    setImmediate(() => this.#settle('Updating'));
  }

  #change(state: EventSourceMappingState): void {
    this.#state = state;
    this.#lastModifiedEpochMs = this.#ports.clock.now();
  }

  /** Leaves a passing state, unless another change has begun meanwhile. */
  #settle(from: EventSourceMappingState): void {
    if (this.#state === from) this.#state = this.#enabled ? 'Enabled' : 'Disabled';
  }

  async #enable(): Promise<void> {
    await this.#polling?.ended;
    if (this.#enabled && this.#started && !this.#polling) this.#poll();
    setImmediate(() => this.#settle('Enabling'));
  }

  async #disable(): Promise<void> {
    this.#polling?.abort.abort();
    await this.#polling?.ended;
    await this.#slots.idle();
    this.#settle('Disabling');
  }

  #poll(): void {
    const abort = new AbortController();
    const ended = this.#loop(abort.signal).finally(() => {
      this.#polling = undefined;
    });
    this.#polling = { abort, ended };
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#slots.free();
      if (signal.aborted) return;
      await this.#round(signal).catch((error: unknown) => this.#problem(`receiving failed: ${error}`, signal));
    }
  }

  /** One batch of messages; more than one invocation when they are too large for one. */
  async #round(signal: AbortSignal): Promise<void> {
    const { region, account } = this.#ports;
    const messages = await gather(this.definition, this.#ports, signal);
    // A queue that answers at once must not keep everything else from running.
    if (messages.length === 0) return new Promise((resolve) => setImmediate(resolve));
    const queueArn = `arn:aws:sqs:${region}:${account}:${this.definition.queueName}`;
    for (const batch of toBatches(messages.map((message) => toRecord(message, queueArn)))) {
      await this.#slots.free();
      this.#slots.run(() => this.#process(batch).catch((error: unknown) => this.#problem(String(error))));
    }
  }

  async #process({ records, payload }: Batch): Promise<void> {
    const { queueName, functionName, reportBatchItemFailures } = this.definition;
    const result = await this.#ports.invoke(functionName, payload);
    this.#lastProcessingResult = result.kind === 'ok' ? 'OK' : 'PROBLEM: Function call failed';
    const handles = doneRecords(records, result, reportBatchItemFailures).map(({ receiptHandle }) => receiptHandle);
    for (let index = 0; index < handles.length; index += maxDelete) {
      await this.#ports.delete(queueName, handles.slice(index, index + maxDelete));
    }
  }

  /** The messages come again with their visibility timeout; a poller that cannot receive tries again in a second. */
  async #problem(message: string, signal?: AbortSignal): Promise<void> {
    this.#lastProcessingResult = `PROBLEM: ${message}`;
    this.#ports.onLog(this.definition, `[syncline] [laptop] ${this.definition.queueName}: ${message}`);
    if (!signal || signal.aborted) return;
    await delay(retryMs, this.#ports.clock, signal);
  }
}

function delay(delayMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delayMs, end);
    signal.addEventListener('abort', end);
  });
}
