/** What operators publish anew: docs/delivery.md, rules 2 and 4. */
import { describe, expect, it } from 'vitest';
import { claimedRow, decide } from '../../functions/core/claim.ts';
import type { DeliveryRow, StepRow } from '../../functions/core/ledger.ts';
import { answered } from '../memory/others.ts';
import { receivedAgain } from '../memory/queues.ts';
import { crm, DAY, deliveryRow, envelope, flowOf, HOUR, hub, MINUTE, message, startMs } from './given.ts';

const VISIBILITY = 3 * MINUTE;
const later = startMs + HOUR;
const reissue = { kind: 'edit', by: 'ada', why: 'a wrong price', again: [] } as const;
const edited = { generation: 1, acceptId: 'accept-2', reissue };
const newer = message({ messageId: 'message-2', sentAt: later });

describe('a later generation', () => {
  const decideOn = (row: Partial<DeliveryRow> | undefined, now = later) =>
    decide(row && deliveryRow(row), newer, envelope(edited), now, VISIBILITY);

  it.each(['delivered', 'skipped', 'superseded', 'discarded', 'stopped', 'waiting'] as const)(
    'begins a cycle of a %s delivery',
    (state) => {
      expect(decideOn({ state })).toEqual({ do: 'claim', cause: 'edit', suspect: false });
    },
  );

  it('waits out a live lease, and suspects one that ran out', () => {
    expect(decideOn({ leaseUntil: later + MINUTE })).toEqual({ do: 'hold', until: later + MINUTE, adopt: false });
    expect(decideOn({ leaseUntil: later })).toEqual({ do: 'claim', cause: 'edit', suspect: true });
  });

  it('goes to the dead-letter queue while the delivery is unknown', () => {
    expect(decideOn({ state: 'unknown', stoppedAt: startMs })).toEqual({ do: 'drain', adopt: false });
  });

  it('runs however long ago its event was accepted', () => {
    expect(decideOn(undefined, startMs + 90 * DAY)).toEqual({ do: 'claim', cause: 'first', suspect: false });
  });

  it('raises the row, which outlives its TTL again, and becomes its owner', () => {
    const final = deliveryRow({
      ...{ state: 'delivered', finishedAt: startMs, durationMs: 5, result: { id: '1' }, expiresAtEpochSeconds: 9 },
      ...{ reason: 'x', attempts: 3, attemptsTotal: 3 },
    });
    const lease = { token: 'token-2', now: later, until: later + MINUTE, runHash: 'hash-1' };

    const row = claimedRow(final, { do: 'claim', cause: 'edit', suspect: false }, newer, envelope(edited), lease);

    expect(row).toMatchObject({
      ...{ state: 'delivering', generation: 1, again: [], acceptId: 'accept-2', messageId: 'message-2' },
      ...{ cycle: 2, cycleCause: 'edit', attempts: 0, attemptsTotal: 3 },
    });
    for (const field of ['finishedAt', 'durationMs', 'expiresAtEpochSeconds', 'reason']) {
      expect(row).not.toHaveProperty(field);
    }
  });

  it.each(['delivering', 'waiting', 'stopped', 'unknown', 'delivered'] as const)(
    'has messages of earlier ones deleted while it is %s, redriven or not',
    (state) => {
      const row = deliveryRow({ state, generation: 1, leaseUntil: later + HOUR, stoppedAt: startMs });
      for (const copy of [message(), newer]) {
        expect(decide(row, copy, envelope(), later, VISIBILITY)).toEqual({ do: 'delete', why: 'superseded' });
      }
    },
  );

  it('begins each cycle later than the one before, whatever the clocks say', () => {
    const ahead = deliveryRow({ state: 'stopped', cycleStartedAt: later + MINUTE });
    const lease = { token: 'token-2', now: later, until: later + MINUTE, runHash: 'hash-1' };

    const row = claimedRow(ahead, { do: 'claim', cause: 'edit', suspect: false }, newer, envelope(edited), lease);

    expect(row.cycleStartedAt).toBe(later + MINUTE + 1);
  });
});

describe("a later generation's idempotency keys", () => {
  const chargeLast = flowOf(async () => crm.charge({ text: 'c' }));
  const reset = { kind: 'unknown', reason: 'ECONNRESET' } as const;

  it.each([
    ['are new when the call before was surely refused', answered(422), false],
    ['are the old ones while a call is in doubt, which the vendor would take for another', reset, true],
  ])('%s', async (_, answer, same) => {
    const at = hub(chargeLast, { answers: [answer, answered(200, { id: 'crm-1' })] });
    await at.deliver([at.accepted()]);
    at.clock.advance(MINUTE);

    await at.deliver([at.accepted(edited)]);

    const keys = at.sent.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0] === keys[1]).toBe(same);
    expect(at.row()).toMatchObject({ state: 'delivered', generation: 1 });
    expect(at.row()).not.toHaveProperty('keyGeneration');
  });

  it('stay the same from one try to the next, once the doubt that kept the old ones is over', async () => {
    const twoCharges = flowOf(async (step) => {
      await step('first', crm.charge({ text: 'a' }));
      return crm.charge({ text: 'b' });
    });
    const at = hub(twoCharges, { answers: Array(4).fill(answered(200, { id: 'crm-1' })) });
    const gone = () => Promise.reject(new Error('gone'));
    /** The worker ends without a word: its claim is the last of its rows. */
    const dying = (changes: Partial<typeof at.ports.ledger> = {}) => ({
      ...at.ports.ledger,
      write: (...[row, ...rest]: Parameters<typeof at.ports.ledger.write>) =>
        row.state === 'delivering' ? at.ports.ledger.write(row, ...rest) : gone(),
      ...changes,
    });
    await at.deliver([at.accepted()], { ports: { ledger: dying({ writeStep: gone }) } });
    at.clock.advance(HOUR);
    const copy = at.accepted(edited);
    await at.deliver([copy], { ports: { ledger: dying() } });
    at.clock.advance(HOUR);

    await at.deliver([receivedAgain(copy)]);

    const keys = at.sent.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([keys[0], keys[0], keys[2], keys[2]]);
    expect(at.row()).toMatchObject({ state: 'delivered', generation: 1 });
  });
});

describe("a delivery's last operation", () => {
  it.each([
    ['is kept after an edit when it must not be repeated', crm.notify, [] as string[], 1],
    ['is done again when the operator said so', crm.notify, ['result'], 2],
    ['is done again when it is an upsert', crm.upsert, [], 2],
  ])('%s', async (_, operation, again, times) => {
    const at = hub(flowOf(async () => operation({ text: 'x' })));
    await at.deliver([at.accepted()]);

    await at.deliver([at.accepted({ ...edited, reissue: { ...reissue, again } })]);

    expect(at.sent).toHaveLength(times);
    expect(at.row()).toMatchObject({ state: 'delivered', generation: 1, result: { id: 'crm-1' } });
  });
});

describe('what an earlier generation or life has done', () => {
  const twoSteps = flowOf(async (step) => {
    await step('told', crm.notify({ text: 'n' }));
    await step('known', crm.upsert({ text: 'u' }));
    return crm.upsert({ text: 'last' });
  });
  const stepsOf = (changes: Partial<StepRow>) =>
    new Map(
      [
        { step: 'told', repeatableBy: 'none' },
        { step: 'known', repeatableBy: 'upsert' },
      ].map((step) => [
        step.step,
        {
          ...{ flow: 'orders', source: 'shop', key: 'k1', result: { id: 'old' }, cycleStartedAt: 1, generation: 0 },
          ...{ token: 'old', doneAt: 1 },
          ...step,
          ...changes,
        },
      ]),
    );

  it('is forgotten in a life of its own', async () => {
    const at = hub(twoSteps);
    at.ledger.steps.set('orders#shop#k1', stepsOf({}));

    await at.deliver([{ ...at.accepted(), receiveCount: 2 }]);

    expect(at.calls()).toEqual(['/notify', '/upsert', '/upsert']);
    expect(at.row()).toMatchObject({ state: 'delivered' });
  });

  it.each([
    ['kept', [] as string[], ['/upsert', '/upsert']],
    ['done again where the operator said so', ['told'], ['/notify', '/upsert', '/upsert']],
    ['done again all together', 'all' as const, ['/notify', '/upsert', '/upsert']],
  ])('is %s after an edit', async (_, again, calls) => {
    const at = hub(twoSteps);
    at.ledger.steps.set('orders#shop#k1', stepsOf({}));

    await at.deliver([at.accepted({ generation: 1, reissue: { ...reissue, again } })]);

    expect(at.calls()).toEqual(calls);
    expect(at.row()).toMatchObject({ state: 'delivered', generation: 1 });
  });
});
