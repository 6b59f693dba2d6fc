/**
 * The steps of one run: each operation is performed at most once, and its result remembered under the step's name.
 *
 * Steps run one after another, and after one has failed none is performed any more, whatever the flow's code does with
 * the error: what was not done must show (docs/delivery.md, rule 4).
 */
import { DeliveryError, reach } from './delivery-error.ts';
import { deliveryId } from './delivery-id.ts';
import type { Flow } from './flow.ts';
import type { DeliveryRow, StepRow } from './ledger.ts';
import { type PerformPorts, perform } from './perform.ts';
import type { Ledger, Random } from './ports.ts';
import { type Call, definitionOf } from './target.ts';

export type StepPorts = PerformPorts & { ledger: Ledger; random: Random };

/** The step name of the operation that `run` returns. */
const RESULT = 'result';

/** Another worker owns the delivery now: touch nothing. */
export class LeaseLost extends Error {
  constructor() {
    super('the lease was lost');
    this.name = 'LeaseLost';
  }
}

/** The flow said `ifUnknown: 'drop'` for a call whose outcome is not known. */
export class Dropped extends Error {
  constructor(step: string) {
    super(`the outcome of step ${step} is not known and the flow drops it`);
    this.name = 'Dropped';
  }
}

export class Steps {
  /** The row as the last open mark left it. */
  row: DeliveryRow;
  /** The first error; it decides the outcome even if the flow caught it. */
  failure: unknown;
  readonly #flow: Flow;
  readonly #ports: StepPorts;
  readonly #deadline: number;
  readonly #stored: Map<string, StepRow>;
  readonly #asked = new Set<string>();
  /** Since when the current step's call may have taken effect without our knowing. */
  ambiguousSince: number | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(work: { flow: Flow; row: DeliveryRow; steps: readonly StepRow[]; deadline: number }, ports: StepPorts) {
    this.#flow = work.flow;
    this.#ports = ports;
    this.#deadline = work.deadline;
    this.row = work.row;
    this.ambiguousSince = work.row.ambiguousSince;
    // A new cycle runs upserts again, since what they wrote may have changed; the others must not be repeated.
    const usable = work.steps.filter((step) => step.cycle === work.row.cycle || step.repeatableBy !== 'upsert');
    this.#stored = new Map(usable.map((step) => [step.step, step]));
  }

  /** What a flow calls as `step`. */
  step(name: string, call: Call, options: { was?: readonly string[] } = {}): Promise<object> {
    return this.#inTurn(async () => {
      this.#ask(name, call);
      const stored = [name, ...(options.was ?? [])].map((known) => this.#stored.get(known)).find((row) => row);
      if (stored) {
        this.#asked.add(stored.step);
        return stored.result as object;
      }
      const result = await this.#perform(name, call);
      await this.#remember(name, call, result);
      return result;
    });
  }

  /** Performs the operation that `run` returned; its result rides on the commit. */
  last(call: Call): Promise<object> {
    return this.#inTurn(() => this.#perform(RESULT, call));
  }

  /** Resolves when no call is open any more. */
  async settled(): Promise<void> {
    await this.#tail.catch(() => {});
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#tail.then(async () => {
      if (this.failure !== undefined) throw this.failure;
      try {
        return await work();
      } catch (error) {
        this.failure = error;
        throw error;
      }
    });
    this.#tail = turn.catch(() => {});
    return turn;
  }

  #ask(name: string, call: Call): void {
    if (name === RESULT) throw new Error(`step name '${RESULT}' is reserved for the operation that run returns`);
    if (this.#asked.has(name)) throw new Error(`step '${name}' occurs twice in one run: number the steps of a loop`);
    this.#declared(call);
    this.#asked.add(name);
  }

  #declared(call: Call) {
    const entry = this.#flow.operations.find(
      ({ operation, target }) => operation === call.operation && target.name === call.target.name,
    );
    if (!entry) throw new Error(`${call.target.name}.${call.operation} is not listed in the flow's "to"`);
    return entry;
  }

  async #perform(name: string, call: Call): Promise<object> {
    const { repeatable } = definitionOf(call);
    const { ifUnknown } = this.#declared(call);
    try {
      if (repeatable.by === 'none' || repeatable.by === 'lookup') this.#refuseBlindCall(name, ifUnknown === 'repeat');
      const result = await perform(call, this.#settings(name), this.#ports);
      this.ambiguousSince = undefined;
      return result;
    } catch (error) {
      this.#noteAmbiguity(error);
      const unknown = error instanceof DeliveryError && error.errorClass === 'unknown';
      if (unknown && ifUnknown === 'drop') throw new Dropped(name);
      if (unknown && ifUnknown === 'repeat') {
        throw new DeliveryError('transient', error.code, error.message, { outcome: 'unknown', cause: error });
      }
      throw error;
    }
  }

  /** Refused: nothing happened, now or at an earlier try with the same key. Not sent: we know no more than before. */
  #noteAmbiguity(error: unknown): void {
    if (!(error instanceof DeliveryError)) return;
    if (error.outcome === 'refused') this.ambiguousSince = undefined;
    if (error.outcome === 'unknown') this.ambiguousSince ??= this.#ports.clock.now();
  }

  /** A call that cannot be repeated is not sent while it is unclear what was done before. */
  #refuseBlindCall(name: string, mayRepeat: boolean): void {
    const { openStep } = this.row;
    if (openStep === name && !mayRepeat) {
      throw new DeliveryError('unknown', 'open-call', `step ${name} was under way when its worker ended`);
    }
    const forgotten = [...this.#stored.keys(), ...(openStep ? [openStep] : [])].find(
      (known) => known !== name && !this.#asked.has(known),
    );
    if (forgotten) {
      const message = `an earlier run has a step '${forgotten}' that the code no longer asks for; name it in "was"`;
      throw new DeliveryError('unknown', 'step-gone', message);
    }
  }

  #settings(name: string) {
    const { row } = this;
    return {
      deliveryId: deliveryId(row),
      step: name,
      generation: row.generation,
      round: row.round,
      ambiguousSince: this.ambiguousSince,
      deadline: this.#deadline,
      markOpen: () => this.#markOpen(name),
    };
  }

  async #markOpen(name: string): Promise<void> {
    const marked = { ...this.row, openStep: name, token: this.#ports.random.id() };
    const write = await reach('ledger', () => this.#ports.ledger.write(marked, this.row.token));
    if (!write.written) throw new LeaseLost();
    this.row = marked;
  }

  async #remember(name: string, call: Call, result: object): Promise<void> {
    const { flow, source, key, cycle, generation, token } = this.row;
    const repeatableBy = definitionOf(call).repeatable.by;
    const doneAt = this.#ports.clock.now();
    const row = { flow, source, key, cycle, generation, token, step: name, result, repeatableBy, doneAt };
    let ours: boolean;
    try {
      ours = await this.#ports.ledger.writeStep(row);
    } catch (cause) {
      const repeatable = repeatableBy === 'upsert' || repeatableBy === 'key';
      const message = `${call.id} was done, but its result could not be stored`;
      const errorClass = repeatable ? 'transient' : 'unknown';
      throw new DeliveryError(errorClass, 'result-not-stored', message, { outcome: 'unknown', cause });
    }
    if (!ours) throw new LeaseLost();
    // The stored result closes the mark; the row follows with the next write.
    if (this.row.openStep === name) {
      const { openStep: _, ...closed } = this.row;
      this.row = closed;
    }
  }
}
