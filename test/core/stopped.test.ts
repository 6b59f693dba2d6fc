/** What stops a delivery, and what starts it again: docs/delivery.md, rules 2 and 6. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../functions/core/claim.ts';
import { answered } from '../memory/others.ts';
import { receivedAgain, redriven } from '../memory/queues.ts';
import { DAY, fine, HOUR, hub, invalid, MINUTE, SECOND } from './given.ts';
import { type Hub, upsertFlow } from './given-deliveries.ts';

/** Receives a copy until it is deleted or `times` is up; what SQS does with a message that comes back at once. */
async function drain(given: Hub, copy: Message, times: number): Promise<number> {
  for (let received = 1; received <= times; received++) {
    const kept = await given.deliver([receivedAgain(copy, received)]);
    if (kept.length === 0) return received;
  }
  return times;
}

describe('a delivery that stops', () => {
  const stop = async () => {
    const given = hub(upsertFlow(), { answers: [invalid, fine] });
    const copy = given.accepted();
    await given.deliver([copy]);
    return { given, copy };
  };

  it('drains with visibility 0 and calls nobody again', async () => {
    const { given, copy } = await stop();

    const received = await drain(given, copy, 100);

    expect(received).toBe(100);
    expect(given.hiddenFor(copy)).toBe(0);
    expect(given.calls()).toEqual(['/upsert']);
    expect(given.row()).toMatchObject({ state: 'stopped', errorClass: 'validation', code: 'http-422' });
  });

  it('delivers after its redrive, in a new cycle', async () => {
    const { given, copy } = await stop();
    given.clock.advance(MINUTE);

    const kept = await given.deliver([redriven(copy, given.clock.now())]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({
      state: 'delivered',
      cycle: 2,
      cycleCause: 'redrive',
      attempts: 1,
      attemptsTotal: 2,
    });
  });

  it('changes nothing on the redrive of what was delivered', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    await given.deliver([copy]);
    const before = given.row();
    given.clock.advance(HOUR);

    const kept = await given.deliver([redriven(copy, given.clock.now())]);

    expect(kept).toEqual([]);
    expect(given.row()).toEqual(before);
  });

  it('is not started again by duplicates that were accepted before the stop', async () => {
    const given = hub(upsertFlow(), { answers: [invalid] });
    const [copy, retry] = [given.accepted(), given.accepted({ acceptId: 'accept-2' })];
    given.clock.advance(SECOND);
    await given.deliver([copy]);

    const kept = await given.deliver([retry]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'stopped', acceptId: 'accept-1', cycle: 1 });
  });

  it("is started again by the vendor's resend after the stop", async () => {
    const { given } = await stop();
    given.clock.advance(MINUTE);

    const kept = await given.deliver([given.accepted({ acceptId: 'accept-2' })]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'delivered', acceptId: 'accept-2', cycleCause: 'resend' });
  });

  it('on receive 99 stops whatever would wait, as what it was', async () => {
    const given = hub(upsertFlow(), { answers: [answered(429)] });
    const copy = receivedAgain(given.accepted(), 99);

    const kept = await given.deliver([copy]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBe(0);
    expect(given.row()).toMatchObject({
      state: 'stopped',
      errorClass: 'rate-limit',
      code: 'http-429',
      reason: 'receives',
    });
  });

  it('on receive 99 stops what is held for later, without a call or a try', async () => {
    const given = hub(upsertFlow(), { answers: [answered(429, {}, { 'retry-after': '7200' })] });
    const copy = given.accepted();
    await given.deliver([copy]);

    await given.deliver([receivedAgain(copy, 99)]);

    expect(given.row()).toMatchObject({
      state: 'stopped',
      errorClass: 'rate-limit',
      code: 'http-429',
      reason: 'receives',
    });
    expect(given.calls()).toHaveLength(1);
    expect(given.ledger.tries).toHaveLength(1);
  });

  it('on receive 99 stops what it has too little time for', async () => {
    const given = hub(upsertFlow());
    const copy = receivedAgain(given.accepted(), 99);

    await given.deliver([copy], { remainingMs: 2_000 });

    expect(given.row()).toMatchObject({ state: 'stopped', code: 'no-time', reason: 'receives', attempts: 0 });
    expect(given.calls()).toEqual([]);
  });

  it('stops what was accepted longer ago than it remembers, and a redrive does not change that', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    given.clock.advance(30 * DAY + 1);
    await given.deliver([copy]);
    given.clock.advance(HOUR);
    const again = redriven(copy, given.clock.now());

    const kept = await given.deliver([again]);

    expect(kept).toEqual([again.messageId]);
    expect(given.hiddenFor(again)).toBe(0);
    expect(given.calls()).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'stopped', code: 'beyond-memory', messageId: again.messageId });
  });
});
