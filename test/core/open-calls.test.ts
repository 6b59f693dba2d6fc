/** Calls that are written down as open before they are sent: docs/delivery.md, rule 3. */
import { describe, expect, it } from 'vitest';
import { answered } from '../memory/others.ts';
import { fine, gone, reset } from './given.ts';
import { failure, given, notify, type Run, stepRow, upsert } from './given-attempt.ts';

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
