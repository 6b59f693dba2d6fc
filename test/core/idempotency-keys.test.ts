/** Calls that may be repeated while the vendor remembers their key: docs/delivery.md, rule 3. */
import { describe, expect, it } from 'vitest';
import type { DeliveryRow } from '../../functions/core/ledger.ts';
import { answered, type memoryHttp } from '../memory/others.ts';
import { HOUR, reset, startMs } from './given.ts';
import { charge, failure, given, type Run, upsert } from './given-attempt.ts';

type Answer = Extract<Parameters<typeof memoryHttp>[number], object>;

describe('a call with an idempotency key', () => {
  const chargeLast: Run = async () => charge;
  const answeredBy = (answer: Answer, row: Partial<DeliveryRow>) => given(chargeLast, { row, answers: [answer] });

  it('is ambiguous since its first unknown outcome', async () => {
    const { tryIt } = await given(chargeLast, { answers: [reset] });

    const { outcome, row } = await tryIt();

    expect(outcome).toEqual(failure('no-answer', 'transient'));
    expect(row).toMatchObject({ ambiguousSince: startMs, ambiguousStep: 'result' });
  });

  it('is ambiguous no more after its result', async () => {
    const row = { ambiguousSince: startMs - HOUR, ambiguousStep: 'result' };
    const { tryIt } = await given(chargeLast, { row });

    const { row: left } = await tryIt();

    for (const field of ['ambiguousSince', 'ambiguousStep']) expect(left).not.toHaveProperty(field);
  });

  it.each<[string, Answer]>([
    ['not sent', { kind: 'not-sent', reason: 'ENOTFOUND' }],
    ['told to come back later', answered(429)],
    ['refused for its credentials', answered(401)],
    ['refused for what it asks', answered(422)],
  ])('stays as ambiguous as it was when it is %s', async (_, answer) => {
    const row = { ambiguousSince: startMs - HOUR, ambiguousStep: 'result' };
    const { tryIt } = await answeredBy(answer, row);

    const { row: left } = await tryIt();

    expect(left).toMatchObject(row);
  });

  it.each([
    ['is repeated while the vendor surely remembers its key', 23 * HOUR - 1, 'delivered', 1],
    ['is unknown an hour before the vendor forgets its key', 23 * HOUR, 'failed', 0],
  ])('%s', async (_, age, state, count) => {
    const { tryIt, calls } = await given(chargeLast, { row: { ambiguousSince: startMs - age } });

    const { outcome } = await tryIt();

    expect(outcome.state).toBe(state);
    expect(calls()).toHaveLength(count);
  });

  it('stays ambiguous when an upsert of a new cycle succeeds before it', async () => {
    const run: Run = async (step) => {
      await step('contact', upsert);
      return charge;
    };
    const row = { cycleStartedAt: startMs + 1, ambiguousSince: startMs - 72 * HOUR };
    const { tryIt, calls } = await given(run, { row });

    const { outcome } = await tryIt();

    expect(outcome).toEqual(failure('key-expired', 'unknown'));
    expect(calls()).toEqual(['/upsert']);
  });

  it('is not sent while a later step that is no longer asked for may have been', async () => {
    const run: Run = async (step) => {
      await step('first', charge);
      await step('second', charge);
      return upsert;
    };
    const row = { ambiguousSince: startMs - 72 * HOUR, ambiguousStep: 'second' };
    const { tryIt, calls } = await given(run, { row });

    const { outcome, row: left } = await tryIt();

    expect(outcome).toEqual(failure('step-gone', 'unknown'));
    expect(left).toMatchObject(row);
    expect(calls()).toEqual([]);
  });

  it('has a key of its own for every step and round, and keeps it between attempts', async () => {
    const two: Run = async (step) => {
      await step('a', charge);
      return charge;
    };
    const keysOf = async (row: Partial<DeliveryRow>) => {
      const at = await given(two, { row });
      await at.tryIt();
      return at.sent.map(({ headers }) => headers['idempotency-key']);
    };

    const [first, again, raised] = [await keysOf({}), await keysOf({ token: 'x' }), await keysOf({ round: 1 })];

    expect(again).toEqual(first);
    expect(new Set([...first, ...raised]).size).toBe(4);
    expect(first[0]).toMatch(/^[\w-]{43}$/);
  });
});
