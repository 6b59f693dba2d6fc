import { describe, expect, it } from 'vitest';
import { attempt } from '../../functions/core/attempt.ts';
import type { DeliveryRow, StepRow } from '../../functions/core/ledger.ts';
import { LeaseLost } from '../../functions/core/ledger.ts';
import type { Call } from '../../functions/core/target.ts';
import { answered, type memoryHttp } from '../memory/others.ts';
import { crm, deliveryRow, envelope, flowOf, HOUR, hub, startMs } from './given.ts';

type Run = Parameters<typeof flowOf>[0];
type Answer = Extract<Parameters<typeof memoryHttp>[number], object>;
const fine = answered(200, { id: 'crm-1' });
const reset = { kind: 'unknown', reason: 'ECONNRESET' } as const;
const gone = new Error('the service does not answer');
const upsert = crm.upsert({ text: 'u' });
const charge = crm.charge({ text: 'c' });
const notify = crm.notify({ text: 'n' });

const stepRow = (step: string, repeatableBy: string, changes: Partial<StepRow> = {}): StepRow => ({
  ...{ flow: 'orders', source: 'shop', key: 'k1', step, repeatableBy, result: { id: `${step} of before` } },
  ...{ cycleStartedAt: startMs, generation: 0, token: 'token-0', doneAt: startMs },
  ...changes,
});

/** One attempt of a claimed delivery; `tries` attempts it again on the row that the last one left. */
async function given(
  run: Run,
  options: Parameters<typeof flowOf>[1] & {
    row?: Partial<DeliveryRow>;
    steps?: StepRow[];
    answers?: Parameters<typeof hub>[1] extends infer O | undefined
      ? O extends { answers?: infer A }
        ? A
        : never
      : never;
  } = {},
) {
  const flow = flowOf(run, options);
  const at = hub(flow, options.answers ? { answers: options.answers } : {});
  // Left in doubt by the code that runs now, unless the row says otherwise.
  const ambiguousRunHash = options.row?.ambiguousSince !== undefined && { ambiguousRunHash: flow.runHash };
  const row = deliveryRow({ leaseUntil: startMs + HOUR, ...ambiguousRunHash, ...options.row });
  at.ledger.rows.set('orders#shop#k1', row);
  const tryIt = (ports = {}) =>
    attempt(
      { flow, envelope: envelope(), row, steps: options.steps ?? [], deadline: at.clock.now() + 30_000 },
      { ...at.ports, ...ports },
    );
  const stored = () => [...(at.ledger.steps.get('orders#shop#k1')?.values() ?? [])];
  return { ...at, tryIt, stored };
}

const failure = (code: string, errorClass: string) => ({
  state: 'failed',
  error: expect.objectContaining({ code, errorClass }),
});

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
    let late: Promise<unknown> = Promise.resolve();
    const run: Run = async (step) => {
      late = new Promise((resolve) => setTimeout(resolve, 5)).then(() => step('late', notify));
      late.catch(() => {});
      return upsert;
    };
    const { tryIt, calls } = await given(run);

    await tryIt();

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

describe('a call that cannot be repeated', () => {
  it('is marked open before it is sent, and the mark goes with its result', async () => {
    const { tryIt, ports, ledger, row } = await given(async (step) => {
      await step('tell', notify);
      return upsert;
    });
    const marks: unknown[] = [];
    const send = async () => {
      marks.push(row().openStep);
      return fine;
    };

    const { row: left } = await tryIt({ http: { send }, random: ports.random });

    expect(marks).toEqual(['tell', 'tell']);
    expect(left).not.toHaveProperty('openStep');
    expect(ledger.writes).toEqual(['delivering', 'step tell']);
  });

  it('is not sent again when its worker ended with it open', async () => {
    const { tryIt, calls } = await given(async () => notify, { row: { openStep: 'result' } });

    const { outcome, row } = await tryIt();

    expect(outcome).toEqual(failure('open-call', 'unknown'));
    expect(row.openStep).toBe('result');
    expect(calls()).toEqual([]);
  });

  it('is known as done when its worker ended after storing the result', async () => {
    const run: Run = async (step) => {
      await step('tell', notify);
      return upsert;
    };
    const { tryIt, calls } = await given(run, { row: { openStep: 'tell' }, steps: [stepRow('tell', 'none')] });

    const { outcome } = await tryIt();

    expect(outcome.state).toBe('delivered');
    expect(calls()).toEqual(['/upsert']);
  });

  it.each([
    ['repeat', 'delivered'],
    ['drop', 'discarded'],
  ] as const)('is decided by the flow when it says %s', async (ifUnknown, state) => {
    const { tryIt } = await given(async () => notify, { ifUnknown, row: { openStep: 'result' } });

    const { outcome } = await tryIt();

    expect(outcome.state).toBe(state);
  });

  it.each([
    ['a reset', reset],
    ['a 500', answered(500)],
    ['a 409', answered(409)],
    ['an answer that cannot be read', answered(200, { ok: true })],
  ])('is unknown after %s, and keeps its mark', async (_, answer) => {
    const { tryIt } = await given(async () => notify, { answers: [answer] });

    const { outcome, row } = await tryIt();

    expect(outcome).toHaveProperty('error.errorClass', 'unknown');
    expect(row.openStep).toBe('result');
  });

  it.each([
    ['refused', answered(422), 'validation'],
    ['redirected', answered(302), 'permanent'],
    ['not sent', { kind: 'not-sent', reason: 'ENOTFOUND' } as const, 'transient'],
  ])('is open no more when it was %s', async (_, answer, errorClass) => {
    const { tryIt } = await given(async () => notify, { answers: [answer] });

    const { outcome, row } = await tryIt();

    expect(outcome).toHaveProperty('error.errorClass', errorClass);
    expect(row).not.toHaveProperty('openStep');
  });

  it('is unknown when its result cannot be stored', async () => {
    const { tryIt, ports } = await given(async (step) => {
      await step('tell', notify);
      return upsert;
    });
    const ledger = { ...ports.ledger, writeStep: () => Promise.reject(gone) };

    const { outcome, row } = await tryIt({ ledger });

    expect(outcome).toEqual(failure('result-not-stored', 'unknown'));
    expect(row.openStep).toBe('tell');
  });

  it('is not sent when its mark cannot be written', async () => {
    const { tryIt, ports, calls } = await given(async () => notify);
    const ledger = { ...ports.ledger, write: () => Promise.reject(gone) };

    const { outcome } = await tryIt({ ledger });

    expect(outcome).toEqual(failure('unreachable', 'transient'));
    expect(calls()).toEqual([]);
  });
});

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
    ['is repeated while the vendor surely remembers its key', 23 * HOUR - 1, 'delivered'],
    ['is unknown an hour before the vendor forgets its key', 23 * HOUR, 'failed'],
  ])('%s', async (_, age, state) => {
    const { tryIt, calls } = await given(chargeLast, { row: { ambiguousSince: startMs - age } });

    const { outcome } = await tryIt();

    expect(outcome.state).toBe(state);
    expect(calls()).toHaveLength(state === 'delivered' ? 1 : 0);
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

describe('an attempt', () => {
  it.each<[string, Run, unknown]>([
    ['that skips says why', async () => ({ skip: 'no address' }), { state: 'skipped', reason: 'no address' }],
    [
      'that throws is a bug',
      async () => {
        throw new TypeError('no such field');
      },
      failure('TypeError', 'bug'),
    ],
    ['that returns nothing is a bug', async () => undefined as never, failure('TypeError', 'bug')],
  ])('%s', async (_, run, then) => {
    const { tryIt } = await given(run);

    const { outcome } = await tryIt();

    expect(outcome).toEqual(then);
  });

  it.each([
    ['a source that the flow no longer has', { source: 'till' }, 'source-gone', 'permanent'],
    ['a payload that is no JSON', { body: Buffer.from('<a/>').toString('base64') }, 'payload', 'validation'],
    ['an encoding that nobody knows', { contentEncoding: 'zstd' }, 'payload', 'validation'],
  ])('of %s stops', async (_, changes, code, errorClass) => {
    const at = hub(flowOf(async () => upsert));

    await at.deliver([at.accepted(changes)]);

    expect(at.row()).toMatchObject({ state: 'stopped', code, errorClass });
  });

  it('of a body that is not in the bucket any more stops', async () => {
    const at = hub(flowOf(async () => upsert));
    const { body: _, ...rest } = envelope({ object: 'bodies/1' });
    const copy = { ...at.accepted(), body: JSON.stringify(rest) };

    await at.deliver([copy]);

    expect(at.row()).toMatchObject({ state: 'stopped', code: 'body-gone', errorClass: 'permanent' });
  });
});
