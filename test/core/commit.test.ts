import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../functions/core/attempt.ts';
import { commitOf, outOfReceives } from '../../functions/core/commit.ts';
import { DeliveryError, type ErrorClass } from '../../functions/core/delivery-error.ts';
import type { DeliveryRow } from '../../functions/core/ledger.ts';
import { memoryRandom } from '../memory/others.ts';
import { DAY, deliveryRow, HOUR, MINUTE, SECOND, startMs } from './given.ts';

const now = startMs + 2 * SECOND;
const claimed = (changes: Partial<DeliveryRow> = {}) => deliveryRow({ leaseUntil: startMs + MINUTE, ...changes });
const commit = (row: DeliveryRow, outcome: Outcome, receiveCount = 1) =>
  commitOf(row, outcome, { now, receiveCount, timing: 'normal', random: memoryRandom([0.5]) });
const failed = (errorClass: ErrorClass, outcome?: DeliveryError['outcome']): Outcome => ({
  state: 'failed',
  error: new DeliveryError(errorClass, 'code', 'it failed', { outcome }),
});

describe('a final row', () => {
  it('keeps what identifies the delivery and how it went', () => {
    const worked = claimed({
      ...{ openStep: 'result', ambiguousSince: startMs, ambiguousStep: 'result', reason: 'receives' },
      ...{ errorClass: 'transient', code: 'x', message: 'y', fingerprint: 'z', sameClassFailures: 2, attempts: 2 },
    });

    const { row, failedTry } = commit(worked, { state: 'delivered', result: { id: '1' } });

    expect(row).toEqual({
      ...deliveryRow({ state: 'delivered', token: row.token, attempts: 3, attemptsTotal: 1 }),
      ...{ result: { id: '1' }, finishedAt: now, durationMs: 2_000 },
      expiresAtEpochSeconds: (now + 35 * DAY) / 1_000,
    });
    expect(row.token).not.toBe('token-1');
    expect(failedTry).toBeUndefined();
  });

  it.each(['skipped', 'superseded', 'discarded'] as const)('that was %s counts no attempt', (state) => {
    const { row } = commit(claimed(), { state, reason: 'why' });

    expect(row).toMatchObject({ state, reason: 'why', attempts: 0, attemptsTotal: 0 });
  });
});

describe('a failure', () => {
  it('that may pass waits, with the try beside it', () => {
    const { row, failedTry } = commit(
      claimed({ attempts: 1, attemptsTotal: 13, tries: 14, crashes: 2 }),
      failed('transient', 'unknown'),
    );

    expect(row).toMatchObject({
      state: 'waiting',
      notBefore: now + 90 * SECOND,
      attempts: 2,
      attemptsTotal: 14,
      tries: 15,
    });
    expect(row).toMatchObject({ errorClass: 'transient', code: 'code', message: 'it failed', crashes: 0 });
    expect(row).not.toHaveProperty('leaseUntil');
    expect(row).not.toHaveProperty('expiresAtEpochSeconds');
    expect(failedTry).toEqual({
      ...{ flow: 'orders', source: 'shop', key: 'k1', number: 15 },
      ...{ cycle: 1, cycleCause: 'first', cycleStartedAt: startMs, startedAt: startMs, durationMs: 2_000 },
      ...{ errorClass: 'transient', code: 'code', message: 'it failed', counted: true },
      ...{ outcome: 'waiting', notBefore: now + 90 * SECOND },
    });
  });

  it.each([
    ['rate-limit', 'refused'],
    ['auth', 'refused'],
    ['transient', 'not-sent'],
    ['transient', undefined],
  ] as const)('of class %s whose call was %s uses up no attempt', (errorClass, outcome) => {
    const { row, failedTry } = commit(claimed({ attempts: 11 }), failed(errorClass, outcome));

    expect(row).toMatchObject({ state: 'waiting', attempts: 11, tries: 1 });
    expect(failedTry).toMatchObject({ counted: false });
  });

  it('is the last when the attempts run out', () => {
    const { row } = commit(claimed({ attempts: 11 }), failed('transient', 'unknown'));

    expect(row).toMatchObject({ state: 'stopped', stoppedAt: now, attempts: 12 });
    expect(row).not.toHaveProperty('notBefore');
  });

  it('of another class begins to count its class from one', () => {
    const timeouts = claimed({ attempts: 5, errorClass: 'transient', sameClassFailures: 5 });

    const first = commit(timeouts, failed('bug')).row;
    const second = commit({ ...first, state: 'delivering' }, failed('bug')).row;
    const third = commit({ ...second, state: 'delivering' }, failed('bug')).row;

    expect([first, second, third].map(({ state }) => state)).toEqual(['waiting', 'waiting', 'stopped']);
    expect([first.notBefore, second.notBefore]).toEqual([now + MINUTE, now + 14 * MINUTE]);
    expect(third).toMatchObject({ attempts: 8, sameClassFailures: 3 });
  });

  it.each([
    ['validation', 'stopped'],
    ['permanent', 'stopped'],
    ['unknown', 'unknown'],
  ] as const)('of class %s ends %s, and has a time of its stop', (errorClass, state) => {
    const { row, failedTry } = commit(claimed(), failed(errorClass));

    expect(row).toMatchObject({ state, errorClass, stoppedAt: now });
    expect(row).not.toHaveProperty('expiresAtEpochSeconds');
    expect(failedTry).toMatchObject({ outcome: state });
  });

  it('that waits keeps an open mark, and one that stops becomes unknown by it', () => {
    const open = claimed({ openStep: 'charge' });

    expect(commit(open, failed('transient')).row).toMatchObject({ state: 'waiting', openStep: 'charge' });
    expect(commit(open, failed('validation')).row).toMatchObject({
      ...{ state: 'unknown', errorClass: 'unknown', code: 'open-call', openStep: 'charge' },
      message: 'step charge was under way when its worker ended, and then: it failed',
    });
  });

  it('on receive 99 stops as what it is, because the receives ran out', () => {
    const { row } = commit(claimed(), failed('auth', 'refused'), 99);

    expect(row).toMatchObject({ state: 'stopped', errorClass: 'auth', reason: 'receives' });
  });

  it('waits no less than the floor of its receive', () => {
    const { row } = commit(claimed(), failed('transient'), 51);

    expect(row.notBefore).toBe(now + HOUR);
  });

  it('is stored redacted, under a fingerprint that groups it with its like', () => {
    const of = (message: string) =>
      commit(claimed(), { state: 'failed', error: new DeliveryError('permanent', 'c', message) }).row;

    expect(of('no ada@example.com').message).toBe('no <email>');
    expect(of('no ada@example.com').fingerprint).toBe(of('no bob@example.org').fingerprint);
    expect(of('no ada@example.com').fingerprint).not.toBe(of('something else').fingerprint);
  });
});

it('a wait that runs out of receives stops as what it was', () => {
  const waiting = deliveryRow({
    state: 'waiting',
    notBefore: now + HOUR,
    errorClass: 'auth',
    code: 'http-401',
    message: 'no',
    attempts: 3,
  });

  const row = outOfReceives(waiting, { now, random: memoryRandom() });

  expect(row).toMatchObject({
    state: 'stopped',
    errorClass: 'auth',
    code: 'http-401',
    attempts: 3,
    tries: 0,
    reason: 'receives',
  });
  expect(row).not.toHaveProperty('notBefore');
});
