/** A flow's own choice of events, and what becomes of a delivery when it changes. */
import { describe, expect, it } from 'vitest';
import { receivedAgain } from '../memory/queues.ts';
import { crm, down, fine, flowOf, hub, startMs } from './given.ts';
import { crash, notifyFlow, upsertFlow } from './given-deliveries.ts';

describe('when', () => {
  const no = () => flowOf(async () => crm.upsert({ text: '' }), { when: () => false });

  it('false deletes and writes nothing', async () => {
    const given = hub(no());

    const kept = await given.deliver([given.accepted()]);

    expect(kept).toEqual([]);
    expect(given.ledger.writes).toEqual([]);
    expect(given.telemetry.counts.get('Skipped')).toBe(1);
  });

  const changed = async (answers: Parameters<typeof hub>[1] = {}, operation = upsertFlow()) => {
    let wanted = true;
    const given = hub({ ...operation, when: () => wanted }, answers);
    const copy = given.accepted();
    await given.deliver([copy]);
    wanted = false;
    return { given, copy };
  };

  it('changed to false ends an unfinished delivery as skipped', async () => {
    const { given, copy } = await changed({ answers: [down] });

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(kept).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'skipped', reason: 'when', finishedAt: startMs });
  });

  it('changed to false leaves an unknown delivery to a human', async () => {
    const { given, copy } = await changed({ answers: [down] }, notifyFlow());

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBe(0);
    expect(given.row().state).toBe('unknown');
  });

  it('changed to false does not hide a call that a dead worker left open', async () => {
    let wanted = true;
    const given = hub({ ...notifyFlow(), when: () => wanted });
    const copy = given.accepted();
    await crash(given, copy);
    wanted = false;

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.row()).toMatchObject({ state: 'unknown', openStep: 'result' });
  });

  it('changed to false does not forget that a dead worker may have sent a key (rule 3)', async () => {
    let wanted = true;
    const given = hub({ ...flowOf(async () => crm.charge({ text: 'hello' })), when: () => wanted });
    const copy = given.accepted();
    await crash(given, copy);
    wanted = false;
    await given.deliver([receivedAgain(copy)]);
    expect(given.row()).toMatchObject({ state: 'skipped', reason: 'when', ambiguousSince: startMs });
    wanted = true;
    const reissue = { kind: 'replay', by: 'ada', why: 'wanted after all', again: 'all' } as const;

    await given.deliver([given.accepted({ generation: 1, acceptId: 'accept-2', reissue })]);

    const [first] = given.sent;
    const another = hub(flowOf(async () => crm.charge({ text: 'hello' })));
    await another.deliver([another.accepted()]);
    expect(first!.headers['idempotency-key']).toBe(another.sent[0]!.headers['idempotency-key']);
  });

  it('changed to false waits out a live lease', async () => {
    let wanted = true;
    const given = hub({ ...upsertFlow(), when: () => wanted });
    const copy = given.accepted();
    const http = {
      send: async () => {
        wanted = false;
        await given.deliver([receivedAgain(copy)]);
        return fine;
      },
    };

    await given.deliver([copy], { ports: { http } });

    expect(given.hiddenFor(copy)).toBe(45);
    expect(given.row().state).toBe('delivered');
  });

  it('that throws is a bug of its delivery, not of the batch', async () => {
    const given = hub({
      ...upsertFlow(),
      when: ({ key }) => {
        if (key === 'bad') throw new TypeError('no such field');
        return true;
      },
    });
    const [bad, good] = [given.accepted({ key: 'bad' }), given.accepted({ key: 'good', acceptId: 'accept-2' })];

    const kept = await given.deliver([bad, good]);

    expect(kept).toEqual([bad.messageId]);
    const states = [...given.ledger.rows.values()].map(({ key, state, errorClass }) => ({ key, state, errorClass }));
    expect(states).toEqual([
      { key: 'bad', state: 'waiting', errorClass: 'bug' },
      { key: 'good', state: 'delivered', errorClass: undefined },
    ]);
  });
});
