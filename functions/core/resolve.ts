/**
 * What an operator's word does to a delivery whose outcome is not known (docs/delivery.md, rule 3).
 *
 * `happened`: the call in doubt took effect. If it was the delivery's last, the delivery is delivered; else its step is done
 * and a redrive goes on after it. `repeat`: it did not, or may happen twice; a redrive runs the delivery again.
 */
import { finalRow } from './commit.ts';
import { type DeliveryRow, type StepRow, withoutAmbiguity, withoutMark } from './ledger.ts';
import type { Random } from './ports.ts';
import { RESULT } from './steps.ts';

export type Word =
  | { readonly how: 'repeat' }
  /** `step`: which call is meant, where the row does not say. `result`: what the flow's later steps will see of it. */
  | { readonly how: 'happened'; readonly step?: string | undefined; readonly result?: object | undefined };

export type Resolved = { readonly row: DeliveryRow; readonly step?: StepRow };

/**
 * @param row An `unknown` row.
 * @returns What to write, the step first; or what the operator must say in addition.
 */
export function resolve(
  row: DeliveryRow,
  word: Word,
  given: { by: string; now: number; random: Random },
): Resolved | { problem: 'no-step' | 'no-result'; step?: string } {
  const { by, now, random } = given;
  const step = (word.how === 'happened' && word.step) || (row.openStep ?? row.ambiguousStep);
  // One word settles one call: what is in doubt beside it stays so.
  const rest = step !== undefined && step === row.openStep ? withoutMark(row) : withoutAmbiguity(row);
  const settled = { ...rest, resolution: { how: word.how, by, at: now } };
  // Its redrive is told by having been sent after the stop, so that stays when it was.
  const stopped: DeliveryRow = { ...settled, state: 'stopped', code: 'resolved', token: random.id() };
  if (word.how === 'repeat') return { row: stopped };
  if (step === undefined) return { problem: 'no-step' };
  if (step === RESULT) {
    const delivered = finalRow(settled, { state: 'delivered', result: word.result ?? {} }, { now, random });
    // The attempt was counted when it was made.
    return { row: { ...delivered, attempts: row.attempts, attemptsTotal: row.attemptsTotal } };
  }
  if (word.result === undefined) return { problem: 'no-result', step };
  const { flow, source, key, cycleStartedAt, generation } = row;
  const done = { flow, source, key, cycleStartedAt, generation, step, result: word.result };
  return { row: stopped, step: { ...done, repeatableBy: row.openBy ?? 'key', token: random.id(), doneAt: now } };
}
