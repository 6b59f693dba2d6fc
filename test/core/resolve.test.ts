/** An operator's word on an unknown outcome: docs/delivery.md, rule 3. */
import { describe, expect, it } from 'vitest';
import { resolve, type Word } from '../../functions/core/resolve.ts';
import { answered, memoryRandom } from '../memory/others.ts';
import { redriven } from '../memory/queues.ts';
import { crm, DAY, deliveryRow, flowOf, HOUR, hub, startMs } from './given.ts';

const given = { by: 'ada', now: startMs + HOUR, random: memoryRandom() };
const unknown = deliveryRow({
  ...{ state: 'unknown', stoppedAt: startMs, openStep: 'result', openedAt: startMs, openBy: 'none', attempts: 1 },
  ...{ errorClass: 'unknown', code: 'no-answer', attemptsTotal: 1 },
});

describe('resolve', () => {
  it('ends a delivery whose last call happened, without counting it twice', () => {
    const { row, step } = resolve(unknown, { how: 'happened', result: { id: '7' } }, given) as never as {
      row: typeof unknown;
      step?: unknown;
    };

    expect(step).toBeUndefined();
    expect(row).toMatchObject({
      ...{ state: 'delivered', result: { id: '7' }, attempts: 1, attemptsTotal: 1 },
      ...{ finishedAt: given.now, resolution: { how: 'happened', by: 'ada', at: given.now } },
      expiresAtEpochSeconds: (given.now + 35 * DAY) / 1_000,
    });
    expect(row).not.toHaveProperty('openStep');
  });

  it.each<[string, Word, object, object]>([
    [
      'asks for a result that later steps need',
      { how: 'happened' },
      { openStep: 'charge' },
      { problem: 'no-result', step: 'charge' },
    ],
    ['asks which step', { how: 'happened' }, { openStep: undefined }, { problem: 'no-step' }],
  ])('%s', (_, word, changes, problem) => {
    expect(resolve({ ...unknown, ...changes }, word, given)).toEqual(problem);
  });

  it.each<[string, Word, string[]]>([
    ['that happened goes on after it', { how: 'happened', result: { id: '7' } }, ['/notify', '/upsert']],
    ['that is repeated is performed again', { how: 'repeat' }, ['/notify', '/notify', '/upsert']],
  ])('a step %s, once its message is redriven', async (_, word, calls) => {
    const reset = { kind: 'unknown', reason: 'ECONNRESET' } as const;
    let seen: unknown;
    const flow = flowOf(async (step) => {
      seen = await step('told', crm.notify({ text: 'n' }));
      return crm.upsert({ text: 'u' });
    });
    const at = hub(flow, { answers: [reset, answered(200, { id: '7' })] });
    const copy = at.accepted();
    await at.deliver([copy]);
    expect(at.row()).toMatchObject({ state: 'unknown', openStep: 'told' });
    at.clock.advance(HOUR);

    const resolved = resolve(at.row(), word, { ...given, now: at.clock.now() });
    if ('problem' in resolved) throw new Error(resolved.problem);
    if (resolved.step) await at.ledger.ledger.writeStep(resolved.step);
    await at.ledger.ledger.write(resolved.row, at.row().token);
    await at.deliver([redriven(copy, at.clock.now())]);

    expect(at.calls()).toEqual(calls);
    expect(seen).toEqual({ id: '7' });
    expect(at.row()).toMatchObject({ state: 'delivered', resolution: { how: word.how, by: 'ada' } });
  });
});
