/** Deliveries whose call may have happened, and cannot be repeated: docs/delivery.md, rule 3. */
import { describe, expect, it } from 'vitest';
import { messageOf, receivedAgain, redriven } from '../memory/queues.ts';
import { down, envelope, fine, gone, hub, MINUTE, startMs } from './given.ts';
import { crash, notifyFlow } from './given-deliveries.ts';

describe('an unknown outcome', () => {
  it('is never restarted by a redrive, nor by a duplicate', async () => {
    const given = hub(notifyFlow(), { answers: [{ kind: 'unknown', reason: 'ECONNRESET' }] });
    const copy = given.accepted();
    await given.deliver([copy]);
    given.clock.advance(MINUTE);
    const again = redriven(copy, given.clock.now());

    const kept = await given.deliver([again, given.accepted({ acceptId: 'accept-2' })]);

    expect(kept).toEqual([again.messageId]);
    expect(given.hiddenFor(again)).toBe(0);
    expect(given.calls()).toEqual(['/notify']);
    expect(given.row()).toMatchObject({ state: 'unknown', openStep: 'result', messageId: again.messageId });
  });

  it('is not hidden by a failure before the open step is asked for again', async () => {
    const given = hub(notifyFlow());
    const large = { object: 'bodies/1' } as const;
    await given.ports.bodies.put('bodies/1', Buffer.from('{}'));
    const { body: _, ...rest } = envelope();
    const copy = messageOf(JSON.stringify({ ...rest, ...large }), startMs);
    await crash(given, copy);
    const bodies = { ...given.ports.bodies, get: () => Promise.reject(gone) };

    await given.deliver([receivedAgain(copy)], { ports: { bodies } });
    const waiting = given.row();
    given.clock.advance(2 * MINUTE);
    await given.deliver([receivedAgain(copy, 3)]);

    expect(waiting).toMatchObject({ state: 'waiting', code: 'unreachable', openStep: 'result' });
    expect(given.row()).toMatchObject({ state: 'unknown', code: 'open-call' });
    expect(given.calls()).toEqual([]);
  });

  it('is not hidden by a stop for another reason', async () => {
    const given = hub(notifyFlow());
    const copy = given.accepted();
    for (const receives of [1, 2, 3]) await crash(given, receivedAgain(copy, receives));
    given.ledger.rows.set('orders#shop#k1', { ...given.row(), openStep: 'result' });

    await given.deliver([receivedAgain(copy, 4)]);

    expect(given.row()).toMatchObject({
      state: 'unknown',
      errorClass: 'unknown',
      code: 'open-call',
      openStep: 'result',
    });
  });

  it('may be repeated where the flow says so', async () => {
    const given = hub(notifyFlow('repeat'), { answers: [down, fine] });
    const copy = given.accepted();
    await given.deliver([copy]);
    const waiting = given.row();
    given.clock.advance(2 * MINUTE);

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(waiting).toMatchObject({ state: 'waiting', errorClass: 'transient', attempts: 1 });
    expect(waiting).not.toHaveProperty('openStep');
    expect(kept).toEqual([]);
    expect(given.calls()).toEqual(['/notify', '/notify']);
  });

  it('is dropped where the flow says so', async () => {
    const given = hub(notifyFlow('drop'), { answers: [down] });

    const kept = await given.deliver([given.accepted()]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'discarded' });
    expect(given.row()).toMatchObject({ openStep: 'result' });
  });

  it('of a call that surely was not sent is none', async () => {
    const given = hub(notifyFlow(), { answers: [{ kind: 'not-sent', reason: 'ECONNREFUSED' }, fine] });
    const copy = given.accepted();
    await given.deliver([copy]);
    const waiting = given.row();
    given.clock.advance(2 * MINUTE);

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(waiting).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(waiting).not.toHaveProperty('openStep');
    expect(kept).toEqual([]);
  });
});
