/**
 * What is in doubt about a delivery's calls, as its row says it and this run has learnt since (docs/delivery.md, rule 3).
 *
 * A call by look-up, or one that cannot be repeated, is marked as open in the row before it is sent. One with an idempotency
 * key is ambiguous from the moment at which its outcome was lost. A worker that died without a word leaves the row ambiguous
 * without a step, for it may have had any call with a key under way.
 */
import { reach } from './delivery-error.ts';
import { type DeliveryRow, LeaseLost, type StepRow, withoutAmbiguity, withoutMark } from './ledger.ts';
import type { Clock, Ledger, Random } from './ports.ts';
import type { Repeatable } from './target.ts';

export type DoubtPorts = { ledger: Ledger; clock: Clock; random: Random };

export class Doubts {
  /** As the last open mark left it, and what has been learnt since. */
  row: DeliveryRow;
  readonly #ports: DoubtPorts;
  /** The stored row says that a call is in doubt, and this run has learnt how it ended. */
  #isSettledSince = false;

  constructor(row: DeliveryRow, ports: DoubtPorts) {
    this.row = row;
    this.#ports = ports;
  }

  /** Whether a call of this step is in doubt, by name. */
  has(step: string): boolean {
    return this.row.openStep === step || this.row.ambiguousStep === step;
  }

  /** Whether a dead worker may have sent a call with a key of which the step is not known, by other code than `runHash`. */
  hasNameless(runHash: string): boolean {
    const { ambiguousSince, ambiguousStep, ambiguousRunHash } = this.row;
    return ambiguousSince !== undefined && ambiguousStep === undefined && ambiguousRunHash !== runHash;
  }

  /** Marks a call as open, in the ledger: it is about to be sent. @throws LeaseLost */
  async open(openStep: string, openBy: 'lookup' | 'none'): Promise<void> {
    const openedAt = this.#ports.clock.now();
    await this.#write({ ...this.row, openStep, openBy, openedAt });
  }

  /**
   * Before a call with a key, which may leave a doubt of its own: a later run goes by the row for the keys and names of what is
   * in doubt.
   *
   * @throws LeaseLost
   */
  async writeSettled(): Promise<void> {
    if (this.#isSettledSince) await this.#write(this.row);
  }

  /** The outcome of this step's call with a key is not known. */
  note(step: string): void {
    const { ambiguousSince = this.#ports.clock.now(), ambiguousRunHash = this.row.runHash } = this.row;
    this.row = { ...this.row, ambiguousSince, ambiguousRunHash, ambiguousStep: step };
  }

  /** The open call did nothing, or may be repeated. */
  close(): void {
    this.row = withoutMark(this.row);
  }

  /** This step's open call did nothing. What an earlier call with a key did, that does not tell. */
  closeOf(step: string): void {
    if (this.row.openStep === step) this.close();
  }

  /**
   * It is known how this step's calls ended: by a result. A dead worker's call, whose step nobody knows, was the first one
   * with a key that it could reach, so it is settled with this one.
   */
  conclude(step: string, by: Repeatable['by']): void {
    const { ambiguousStep } = this.row;
    this.closeOf(step);
    const nameless = ambiguousStep === undefined && by === 'key';
    if (ambiguousStep === step || nameless) this.#closeAmbiguity();
  }

  /** A worker that ended between storing a result and its next write left both; an older result says nothing of the call. */
  concludeStored({ step, doneAt }: StepRow): void {
    const { openStep, openedAt = 0, ambiguousStep, ambiguousSince = 0 } = this.row;
    if (openStep === step && doneAt >= openedAt) this.close();
    if (ambiguousStep === step && doneAt >= ambiguousSince) this.#closeAmbiguity();
  }

  #closeAmbiguity(): void {
    this.#isSettledSince ||= this.row.ambiguousSince !== undefined;
    this.row = withoutAmbiguity(this.row);
  }

  async #write(row: DeliveryRow): Promise<void> {
    const renewed = { ...row, token: this.#ports.random.id() };
    const write = await reach('ledger', () => this.#ports.ledger.write(renewed, this.row.token));
    if (!write.written) throw new LeaseLost();
    this.row = renewed;
    this.#isSettledSince = false;
  }
}
