/**
 * The steps of one run: each operation is performed at most once, and its result remembered under the step's name.
 *
 * Steps run one after another, and after one has failed none is performed any more, whatever the flow's code does with
 * the error: what was not done must show (docs/delivery.md, rule 4).
 */
import { DeliveryError } from './delivery-error.ts';
import { deliveryId } from './delivery-id.ts';
import { type DoubtPorts, Doubts } from './doubts.ts';
import { type EchoPorts, noteWrites } from './echo.ts';
import type { Flow } from './flow.ts';
import { type DeliveryRow, LeaseLost, type StepRow } from './ledger.ts';
import { settleDoubt } from './look-up.ts';
import { classInDoubt, type PerformPorts, perform } from './perform.ts';
import { type Call, definitionOf, type IfUnknown } from './target.ts';

export type StepPorts = PerformPorts & EchoPorts & DoubtPorts;

/** The step name of the operation that `run` returns. */
export const RESULT = 'result';

/** The flow said `ifUnknown: 'drop'` for a call whose outcome is not known. */
export class Dropped extends Error {
  constructor(step: string) {
    super(`the outcome of step ${step} is not known and the flow drops it`);
    this.name = 'Dropped';
  }
}

export class Steps {
  /** The first error; it decides the outcome even if the flow caught it. */
  failure: unknown;
  readonly #flow: Flow;
  readonly #doubts: Doubts;
  readonly #ports: StepPorts;
  readonly #deadline: number;
  readonly #stored: Map<string, StepRow>;
  readonly #asked = new Set<string>();
  #ended = false;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(work: { flow: Flow; row: DeliveryRow; steps: readonly StepRow[]; deadline: number }, ports: StepPorts) {
    this.#flow = work.flow;
    this.#ports = ports;
    this.#deadline = work.deadline;
    this.#doubts = new Doubts(work.row, ports);
    const usable = work.steps.filter((step) => isUsable(step, work.row));
    this.#stored = new Map(usable.map((step) => [step.step, step]));
    for (const step of this.#stored.values()) this.#doubts.concludeStored(step);
  }

  /** As the last open mark left it, and what the run has learnt about its calls since. */
  get row(): DeliveryRow {
    return this.#doubts.row;
  }

  /** What a flow calls as `step`. */
  step(name: string, call: Call, options: { was?: readonly string[] } = {}): Promise<object> {
    const names = [name, ...(options.was ?? [])];
    const repeated = this.#asked.has(name);
    // Noted at once, before its turn: steps that run in parallel know of each other.
    for (const asked of names) this.#asked.add(asked);
    return this.#inTurn(async () => {
      if (repeated) throw new Error(`step '${name}' occurs twice in one run: number the steps of a loop`);
      if (name === RESULT) throw new Error(`step name '${RESULT}' is reserved for the operation that run returns`);
      // An earlier run may have known it by a former name, which then stays: it is part of the idempotency key.
      const known = names.find((candidate) => this.#stored.has(candidate) || this.#doubts.has(candidate)) ?? name;
      const stored = this.#stored.get(known);
      if (stored) return stored.result as object;
      this.#refuseUnsureName(known, call);
      const result = await this.#perform(known, call);
      await this.#remember(known, call, result);
      this.#doubts.conclude(known, definitionOf(call).repeatable.by);
      return result;
    });
  }

  /** Performs the operation that `run` returned; its result rides on the commit. */
  last(call: Call): Promise<object> {
    return this.#inTurn(async () => {
      const { result: earlier, again = [] } = this.row;
      const isKept = definitionOf(call).repeatable.by !== 'upsert' && again !== 'all' && !again.includes(RESULT);
      if (earlier !== undefined && isKept) return earlier;
      this.#refuseUnsureName(RESULT, call);
      const result = await this.#perform(RESULT, call);
      this.#doubts.conclude(RESULT, definitionOf(call).repeatable.by);
      return result;
    });
  }

  /** Waits for every step that was asked for; from then on none is begun, whatever the flow's code still does. */
  async end(): Promise<void> {
    await this.#tail;
    this.#ended = true;
    await this.#tail;
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#tail.then(async () => {
      if (this.failure !== undefined) throw this.failure;
      if (this.#ended) throw new Error('the run has ended: await every step');
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

  #declared(call: Call) {
    const entry = this.#flow.operations.find(
      ({ operation, target }) => operation === call.operation && target.name === call.target.name,
    );
    if (!entry) throw new Error(`${call.target.name}.${call.operation} is not listed in the flow's "to"`);
    return entry;
  }

  async #perform(name: string, call: Call): Promise<object> {
    const { ifUnknown } = this.#declared(call);
    if (definitionOf(call).repeatable.by !== 'upsert') this.#refuseForgotten(name);
    try {
      return (await this.#settle(name, call, ifUnknown)) ?? (await this.#send(name, call));
    } catch (error) {
      throw error instanceof DeliveryError ? this.#asDecided(error, name, ifUnknown) : error;
    }
  }

  /** What an earlier try of this call did, where that is in doubt; undefined: it may be sent. */
  async #settle(name: string, call: Call, ifUnknown: IfUnknown | undefined): Promise<object | undefined> {
    const { openStep, openedAt = 0, ambiguousSince, ambiguousStep = name } = this.row;
    const { by } = definitionOf(call).repeatable;
    if (openStep === name && by !== 'lookup') this.#refuseBlindCall(name, ifUnknown);
    if (openStep === name && by === 'lookup') {
      const found = await settleDoubt(call, { openedAt }, this.#settings(name), this.#ports);
      if (!found) this.#doubts.close();
      return found;
    }
    if (ambiguousSince === undefined || ambiguousStep !== name) return undefined;
    return await settleDoubt(call, { ambiguousSince }, this.#settings(name), this.#ports);
  }

  async #send(name: string, call: Call): Promise<object> {
    const { by } = definitionOf(call).repeatable;
    if (by === 'key') await this.#doubts.writeSettled();
    try {
      const startedAt = this.#ports.clock.now();
      const result = await perform(call, this.#settings(name), this.#ports);
      await noteWrites(call, result, startedAt, this.#ports);
      return result;
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      // This call did nothing. What an earlier one with the same key did, a refusal does not tell: credentials, rates and
      // parameters are often checked before the key is.
      if (error.outcome === 'refused' || error.outcome === 'not-sent') this.#doubts.closeOf(name);
      if (error.outcome === 'unknown' && by === 'key') this.#doubts.note(name);
      throw error;
    }
  }

  /** The flow's decision on a call whose outcome is not known. */
  #asDecided(error: DeliveryError, name: string, ifUnknown: IfUnknown | undefined): Error {
    if (error.errorClass !== 'unknown' || ifUnknown === undefined || ifUnknown === 'stop') return error;
    // Its mark stays with the row: nor does a later generation repeat it, unless told to.
    if (ifUnknown === 'drop') return new Dropped(name);
    this.#doubts.close();
    return new DeliveryError('transient', error.code, error.message, { outcome: 'unknown', cause: error });
  }

  /** A call that was under way when its worker ended is not sent again, unless the flow says that it may be. */
  #refuseBlindCall(name: string, ifUnknown: IfUnknown | undefined): void {
    if (ifUnknown !== 'repeat') {
      throw new DeliveryError('unknown', 'open-call', `step ${name} was under way when its worker ended`);
    }
    this.#doubts.close();
  }

  /** Under a new name a step would be done twice, so what an earlier run knew must have been asked for by now. */
  #refuseForgotten(name: string): void {
    const { openStep, ambiguousStep = name } = this.row;
    const unasked = [...this.#stored.keys(), ambiguousStep].find((step) => step !== name && !this.#asked.has(step));
    const forgotten = openStep !== undefined && openStep !== name ? openStep : unasked;
    if (forgotten === undefined) return;
    const message = `an earlier run has a step '${forgotten}' that the code no longer asks for; name it in "was"`;
    throw new DeliveryError('unknown', 'step-gone', message);
  }

  /**
   * A worker that ended without a word may have sent this step's key under another name, which is part of the key, if the
   * flow's code has changed since.
   */
  #refuseUnsureName(name: string, call: Call): void {
    const isKnown = this.#stored.has(name) || this.#doubts.has(name);
    if (isKnown || !this.#doubts.hasNameless(this.#flow.runHash) || definitionOf(call).repeatable.by !== 'key') return;
    const message = `step ${name} may have been under way under another name when its worker ended`;
    throw new DeliveryError('unknown', 'step-renamed', message);
  }

  #settings(name: string) {
    const { row } = this;
    return {
      deliveryId: deliveryId(row),
      step: name,
      generation: row.keyGeneration ?? row.generation,
      round: row.round,
      deadline: this.#deadline,
      markOpen: (by: 'lookup' | 'none') => this.#doubts.open(name, by),
    };
  }

  /** Until its result is stored, a call that cannot be repeated stays marked as open. */
  async #remember(name: string, call: Call, result: object): Promise<void> {
    const { flow, source, key, cycleStartedAt, generation, token } = this.row;
    const repeatableBy = definitionOf(call).repeatable.by;
    const doneAt = this.#ports.clock.now();
    const row = { flow, source, key, cycleStartedAt, generation, token, step: name, result, repeatableBy, doneAt };
    let ours: boolean;
    try {
      ours = await this.#ports.ledger.writeStep(row);
    } catch (cause) {
      const { ifUnknown } = this.#declared(call);
      const errorClass = classInDoubt(call) ?? 'transient';
      if (repeatableBy === 'key') this.#doubts.note(name);
      const message = `${call.id} was done, but its result could not be stored`;
      const error = new DeliveryError(errorClass, 'result-not-stored', message, { outcome: 'unknown', cause });
      throw this.#asDecided(error, name, ifUnknown);
    }
    if (!ours) throw new LeaseLost();
  }
}

/**
 * Whether an earlier result is still good. A new cycle runs upserts again, since what they wrote may have changed; the others
 * must not be repeated, unless whoever published this generation said so. An event that comes after the ledger has forgotten
 * it is a new one, unless it was published anew on purpose.
 */
function isUsable(step: StepRow, row: DeliveryRow): boolean {
  if (step.cycleStartedAt === row.cycleStartedAt) return true;
  if (step.repeatableBy === 'upsert') return false;
  if (row.again === undefined) return step.cycleStartedAt >= row.firstClaimedAt;
  return step.generation === row.generation || (row.again !== 'all' && !row.again.includes(step.step));
}
