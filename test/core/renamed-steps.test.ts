/** Steps that are remembered under a name which the code no longer asks for: docs/delivery.md, rule 4. */
import { describe, expect, it } from 'vitest';
import type { Call } from '../../functions/core/target.ts';
import { crm, startMs } from './given.ts';
import { charge, failure, given, notify, type Run, stepRow, upsert } from './given-attempt.ts';

describe('a renamed step', () => {
  const run = (name: string, call: Call, was?: string[]): Run => {
    return async (step) => {
      await step(name, call, was ? { was } : {});
      return upsert;
    };
  };

  it.each([
    ['none', notify],
    ['key', charge],
    ['lookup', crm.find({ text: '' })],
  ])('stops as unknown before a new call that is repeatable by %s', async (by, call) => {
    const { tryIt, calls } = await given(run('new', call), { steps: [stepRow('old', by)] });

    const { outcome } = await tryIt();

    expect(outcome).toEqual(failure('step-gone', 'unknown'));
    expect(calls()).toEqual([]);
  });

  it.each(['repeat', 'drop'] as const)('stops as unknown even where the flow says %s', async (ifUnknown) => {
    const { tryIt } = await given(run('new', notify), { ifUnknown, steps: [stepRow('old', 'none')] });

    const { outcome } = await tryIt();

    expect(outcome).toEqual(failure('step-gone', 'unknown'));
  });

  it('does not stop an upsert', async () => {
    const { tryIt } = await given(run('new', upsert), { steps: [stepRow('old', 'upsert')] });

    const { outcome } = await tryIt();

    expect(outcome.state).toBe('delivered');
  });

  it('keeps its result where the code says what it was', async () => {
    const { tryIt, calls } = await given(run('new', notify, ['older', 'old']), { steps: [stepRow('old', 'none')] });

    const { outcome } = await tryIt();

    expect(outcome.state).toBe('delivered');
    expect(calls()).toEqual(['/upsert']);
  });

  it('keeps its idempotency key while its outcome is not known', async () => {
    const row = { ambiguousSince: startMs, ambiguousStep: 'old' };
    const before = await given(run('old', charge), { row });
    const after = await given(run('new', charge, ['old']), { row });

    await before.tryIt();
    await after.tryIt();

    const keyOf = (at: typeof before) => at.sent[0]!.headers['idempotency-key'];
    expect(keyOf(after)).toBe(keyOf(before));
  });

  it.each([
    ['with its former name', ['old']],
    ['without', undefined],
  ])('stops when a worker died in other code that may have sent the key under another name: %s', async (_, was) => {
    const row = { ambiguousSince: startMs, ambiguousRunHash: 'hash-of-before' };
    const { tryIt, calls } = await given(run('new', charge, was), { row });

    const { outcome } = await tryIt();

    expect(outcome).toEqual(failure('step-renamed', 'unknown'));
    expect(calls()).toEqual([]);
  });

  it('stops when its call was under way', async () => {
    const { tryIt, calls } = await given(run('new', notify), { row: { openStep: 'old' } });

    const { outcome } = await tryIt();

    expect(outcome).toEqual(failure('step-gone', 'unknown'));
    expect(calls()).toEqual([]);
  });

  it('stops when its call was under way, though the run has nothing more to do', async () => {
    const { tryIt } = await given(async () => ({ skip: 'nothing to do' }), { row: { openStep: 'old' } });

    const { outcome, row } = await tryIt();

    expect(outcome).toEqual(failure('step-gone', 'unknown'));
    expect(row.openStep).toBe('old');
  });
});
