/** Calls in doubt that a look-up can settle: docs/delivery.md, rule 3. */
import { describe, expect, it } from 'vitest';
import { operation, target } from '../../functions/core/target.ts';
import { answered } from '../memory/others.ts';
import { redriven } from '../memory/queues.ts';
import { crm, DAY, flowOf, HOUR, hub, MINUTE, reset } from './given.ts';

const nothing = answered(200, { results: [] });
const there = answered(200, { results: [{ id: 'crm-7' }] });
const done = answered(200, { id: 'crm-8' });
const SETTLE = 5 * MINUTE;

const findLast = flowOf(async () => crm.find({ text: 'f' }));

/** A delivery whose call ended without an answer, and what the vendor says from then on. */
async function inDoubt(...answers: Parameters<typeof answered>[0][] | unknown[]) {
  const at = hub(findLast, { answers: [reset, ...(answers as (typeof nothing)[])] });
  const copy = at.accepted();
  await at.deliver([copy]);
  const again = async (afterMs: number, receiveCount = 2) => {
    at.clock.advance(afterMs);
    return at.deliver([{ ...copy, receiveCount }]);
  };
  return { ...at, copy, again };
}

describe('a call that a look-up can settle', () => {
  it('waits when its outcome is not known, marked as open', async () => {
    const { row } = await inDoubt();

    expect(row()).toMatchObject({ state: 'waiting', openStep: 'result', openBy: 'lookup', attempts: 1 });
  });

  it('is done when the look-up finds it, and is not sent again', async () => {
    const { again, row, calls } = await inDoubt(there);

    await again(2 * MINUTE);

    expect(calls()).toEqual(['/find', '/found']);
    expect(row()).toMatchObject({ state: 'delivered', result: { id: 'crm-7' } });
    for (const mark of ['openStep', 'openedAt', 'openBy']) expect(row()).not.toHaveProperty(mark);
  });

  it('waits, uncounted, until the vendor has settled when the look-up finds nothing', async () => {
    const { again, row, calls, clock } = await inDoubt(nothing);

    await again(2 * MINUTE);

    expect(calls()).toEqual(['/find', '/found']);
    expect(row()).toMatchObject({ state: 'waiting', code: 'settling', openStep: 'result', attempts: 1 });
    expect(row().notBefore! - clock.now()).toBeGreaterThanOrEqual(SETTLE - 2 * MINUTE);
  });

  it('is sent again when the look-up finds nothing after that', async () => {
    const { again, row, calls } = await inDoubt(nothing, done);

    await again(SETTLE);

    expect(calls()).toEqual(['/find', '/found', '/find']);
    expect(row()).toMatchObject({ state: 'delivered', result: { id: 'crm-8' } });
  });

  it('counts the time from its last call', async () => {
    const { again, row, calls } = await inDoubt(nothing, reset, nothing);

    await again(SETTLE);
    await again(4 * MINUTE, 3);

    expect(calls()).toEqual(['/find', '/found', '/find', '/found']);
    expect(row()).toMatchObject({ state: 'waiting', code: 'settling' });
  });

  it.each([
    ['that fails', answered(503), 'transient'],
    ['that gets no answer', reset, 'transient'],
    ['that is not allowed', answered(403), 'transient'],
    ['that cannot be read', answered(200, 'no object'), 'transient'],
    ['whose credentials are refused', answered(401), 'auth'],
    ['beyond the rate', answered(429), 'rate-limit'],
  ])('keeps its mark after a look-up %s, and uses up no attempt', async (_, answer, errorClass) => {
    const { again, row, calls } = await inDoubt(answer);

    await again(2 * HOUR);

    expect(calls().slice(0, 2)).toEqual(['/find', '/found']);
    expect(row()).toMatchObject({ state: 'waiting', errorClass, openStep: 'result', attempts: 1 });
  });

  it('is not found when the vendor answers 404', async () => {
    const { again, calls } = await inDoubt(answered(404), done);

    await again(SETTLE);

    expect(calls()).toEqual(['/find', '/found', '/find']);
  });

  it('is looked up when its worker died with the call open', async () => {
    const at = hub(findLast, { answers: [() => new Promise(() => {}) as never, there] });
    const copy = at.accepted();
    void at.deliver([copy]);
    await new Promise((resolve) => setImmediate(resolve));
    at.clock.advance(10 * MINUTE);

    await at.deliver([{ ...copy, receiveCount: 2 }]);

    expect(at.calls()).toEqual(['/find', '/found']);
    expect(at.row()).toMatchObject({ state: 'delivered', result: { id: 'crm-7' } });
  });

  it('ends as unknown when its receives run out, and is looked up after a redrive', async () => {
    const { again, row, deliver, copy, clock, calls } = await inDoubt(answered(503), there);
    await again(2 * HOUR, 99);
    expect(row()).toMatchObject({ state: 'unknown', openStep: 'result' });
    clock.advance(HOUR);

    await deliver([redriven(copy, clock.now())]);

    expect(row()).toMatchObject({ state: 'delivered', result: { id: 'crm-7' }, cycle: 2, cycleCause: 'redrive' });
    expect(calls()).toEqual(['/find', '/found', '/found']);
  });
});

describe('a call by key that a look-up can settle', () => {
  const { definition } = crm;
  const charge = operation<{ token: string }>()({
    ...definition.operations.charge!,
    repeatable: { by: 'key', keyLifetimeHours: 24 },
    lookUp: definition.operations.find!.lookUp,
  } as never);
  const bank = target({ ...definition, kind: 'bank', operations: { charge } } as never)('crm') as never as typeof crm;
  const flow = { ...flowOf(async () => bank.charge({ text: 'c' })) };

  it.each([
    ['found', there, ['/charge', '/found'], 'crm-7'],
    ['not found', nothing, ['/charge', '/found', '/charge'], 'crm-8'],
  ])('is looked up once its key may be forgotten: %s', async (_, answer, calls, id) => {
    const at = hub(flow, { answers: [reset, answer, done] });
    const copy = at.accepted();
    await at.deliver([copy]);
    at.clock.advance(2 * DAY);

    await at.deliver([{ ...copy, receiveCount: 2 }]);

    expect(at.calls()).toEqual(calls);
    expect(at.row()).toMatchObject({ state: 'delivered', result: { id } });
  });
});
