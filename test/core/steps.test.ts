/** What a step does, and what it remembers: docs/delivery.md, rule 4. */
import { describe, expect, it } from 'vitest';
import { LeaseLost } from '../../functions/core/ledger.ts';
import { answered } from '../memory/others.ts';
import { crm, deliveryRow, fine, flowOf, HOUR, hub, startMs } from './given.ts';
import { charge, failure, given, notify, type Run, stepRow, upsert } from './given-attempt.ts';

describe('a step', () => {
  it('performs its operation and remembers the result', async () => {
    const { tryIt, stored, calls } = await given(async (step) => {
      const first = (await step('contact', upsert)) as { id: string };
      return crm.upsert({ text: first.id });
    });

    const { outcome } = await tryIt();

    expect(outcome).toEqual({ state: 'delivered', result: { id: 'crm-1' } });
    expect(calls()).toEqual(['/upsert', '/upsert']);
    expect(stored()).toEqual([stepRow('contact', 'upsert', { result: { id: 'crm-1' }, token: 'token-1' })]);
  });

  it('answers from memory what an earlier attempt has done', async () => {
    let seen: unknown;
    const run: Run = async (step) => {
      seen = await step('contact', upsert);
      return notify;
    };
    const { tryIt, calls } = await given(run, { steps: [stepRow('contact', 'upsert')] });

    await tryIt();

    expect(seen).toEqual({ id: 'contact of before' });
    expect(calls()).toEqual(['/notify']);
  });

  it('in a new cycle runs upserts again and keeps the others', async () => {
    const run: Run = async (step) => {
      await step('contact', upsert);
      await step('charge', charge);
      return notify;
    };
    const steps = [stepRow('contact', 'upsert'), stepRow('charge', 'key')];
    const { tryIt, calls } = await given(run, { row: { cycle: 2, cycleStartedAt: startMs + HOUR }, steps });

    const { outcome } = await tryIt();

    expect(outcome.state).toBe('delivered');
    expect(calls()).toEqual(['/upsert', '/notify']);
  });

  it.each<[string, Run, string]>([
    [
      'whose name occurs twice',
      async (step) => {
        await step('a', upsert);
        await step('a', upsert);
        return upsert;
      },
      "step 'a' occurs twice in one run: number the steps of a loop",
    ],
    [
      'with the reserved name',
      async (step) => {
        await step('result', upsert);
        return upsert;
      },
      "step name 'result' is reserved for the operation that run returns",
    ],
  ])('%s is a bug', async (_, run, message) => {
    const { tryIt } = await given(run);

    const { outcome } = await tryIt();

    expect(outcome).toEqual(failure('Error', 'bug'));
    expect(outcome).toHaveProperty('error.message', message);
  });

  it('that is not in "to" is a bug and calls nobody', async () => {
    const flow = { ...flowOf(async () => upsert), operations: [] };
    const at = hub(flow);

    await at.deliver([at.accepted()]);

    expect(at.row()).toMatchObject({ errorClass: 'bug', message: 'crm.upsert is not listed in the flow\'s "to"' });
    expect(at.calls()).toEqual([]);
  });

  it('that fails lets the flow fail, even if its code catches the error', async () => {
    const run: Run = async (step) => {
      await step('a', upsert).catch(() => {});
      await step('b', upsert).catch(() => {});
      return { skip: 'never mind' };
    };
    const { tryIt, calls } = await given(run, { answers: [answered(422)] });

    const { outcome } = await tryIt();

    expect(outcome).toEqual(failure('http-422', 'validation'));
    expect(calls()).toEqual(['/upsert']);
  });

  it('waits its turn when several are started at once', async () => {
    const run: Run = async (step) => {
      await Promise.all([step('a', upsert), step('b', charge), step('c', notify)]);
      return upsert;
    };
    let open = 0;
    let most = 0;
    const { tryIt, stored } = await given(run);
    const send = async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return fine;
    };

    const { outcome } = await tryIt({ http: { send } });

    expect(outcome.state).toBe('delivered');
    expect(most).toBe(1);
    expect(stored().map(({ step }) => step)).toEqual(['a', 'b', 'c']);
  });

  it('that started before its neighbour of the last attempt does not take that one for gone', async () => {
    const run: Run = async (step) => {
      await Promise.all([step('a', notify), step('b', notify)]);
      return upsert;
    };
    const { tryIt, calls } = await given(run, { steps: [stepRow('b', 'none')] });

    const { outcome } = await tryIt();

    expect(outcome.state).toBe('delivered');
    expect(calls()).toEqual(['/notify', '/upsert']);
  });

  it('is not begun after its run has ended', async () => {
    const end = Promise.withResolvers<void>();
    let late: Promise<unknown> = Promise.resolve();
    const run: Run = async (step) => {
      late = end.promise.then(() => step('late', notify));
      return upsert;
    };
    const { tryIt, calls } = await given(run);

    await tryIt();
    end.resolve();

    await expect(late).rejects.toThrow('the run has ended: await every step');
    expect(calls()).toEqual(['/upsert']);
  });

  it('is finished before the attempt is, though nobody awaits it', async () => {
    const run: Run = async (step) => {
      void step('forgotten', upsert);
      return { skip: 'nothing to do' };
    };
    const { tryIt, calls } = await given(run);

    const { outcome } = await tryIt();

    expect(outcome).toEqual({ state: 'skipped', reason: 'nothing to do' });
    expect(calls()).toEqual(['/upsert']);
  });

  it('of a worker that lost its lease stops it', async () => {
    const { tryIt, ledger, calls } = await given(async (step) => {
      await step('a', upsert);
      return upsert;
    });
    await ledger.ledger.writeStep(stepRow('a', 'upsert', { token: 'another worker' }));

    await expect(tryIt()).rejects.toThrow(LeaseLost);

    expect(calls()).toEqual(['/upsert']);
  });

  it('of a worker that lost its lease sends nothing that must be marked first', async () => {
    const { tryIt, ledger, calls } = await given(async () => notify);
    ledger.rows.set('orders#shop#k1', deliveryRow({ token: 'another worker' }));

    await expect(tryIt()).rejects.toThrow(LeaseLost);

    expect(calls()).toEqual([]);
  });
});
