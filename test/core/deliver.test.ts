/** A batch from a flow's queue: each message is delivered, kept or drained by itself. */
import { describe, expect, it } from 'vitest';
import { messageOf } from '../memory/queues.ts';
import { DAY, down, envelope, gone, hub, SECOND, startMs } from './given.ts';
import { upsertFlow } from './given-deliveries.ts';

describe('a batch', () => {
  it('delivers every message once and keeps none', async () => {
    const given = hub(upsertFlow());
    const batch = [given.accepted({ key: 'a' }), given.accepted({ key: 'b', acceptId: 'accept-2' })];

    const kept = await given.deliver(batch);

    expect(kept).toEqual([]);
    expect(given.calls()).toEqual(['/upsert', '/upsert']);
    expect([...given.ledger.rows.values()].map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  });

  it('takes two writes for a delivery that goes straight', async () => {
    const given = hub(upsertFlow());

    await given.deliver([given.accepted()]);

    expect(given.ledger.writes).toEqual(['delivering', 'delivered']);
    expect(given.row()).toMatchObject({ attempts: 1, result: { id: 'crm-1' }, finishedAt: startMs });
    expect(given.row().expiresAtEpochSeconds).toBe((startMs + 35 * DAY) / 1_000);
  });

  it('delivers one of two copies and deletes both', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    const other = messageOf(copy.body, copy.sentAt + SECOND);

    const kept = await given.deliver([copy, other]);

    expect(kept).toEqual([]);
    expect(given.calls()).toEqual(['/upsert']);
    expect(given.telemetry.counts.get('Duplicates')).toBe(1);
  });

  it("deletes the vendor's own duplicate", async () => {
    const given = hub(upsertFlow());
    await given.deliver([given.accepted()]);

    const kept = await given.deliver([given.accepted({ acceptId: 'accept-2' })]);

    expect(kept).toEqual([]);
    expect(given.calls()).toEqual(['/upsert']);
  });

  it('keeps the messages after one that fails in a way nobody thought of', async () => {
    const given = hub(upsertFlow());
    const [poison, good] = [given.accepted({ key: 'a' }), given.accepted({ key: 'b', acceptId: 'accept-2' })];
    let calls = 0;
    const id = () => {
      if (calls++ === 0) throw new RangeError('a bug of ours');
      return given.ports.random.id();
    };

    const kept = await given.deliver([poison, good], { ports: { random: { ...given.ports.random, id } } });

    expect(kept).toEqual([poison.messageId]);
    expect(given.row()).toMatchObject({ key: 'b', state: 'delivered' });
    expect(given.telemetry.counts.get('Bug')).toBe(1);
  });

  it('drains what is not a message of ours', async () => {
    const given = hub(upsertFlow());
    const foreign = [messageOf('hello', startMs), messageOf(JSON.stringify(envelope({ flow: 'invoices' })), startMs)];

    const kept = await given.deliver(foreign);

    expect(kept).toEqual(foreign.map(({ messageId }) => messageId));
    expect(foreign.map(given.hiddenFor)).toEqual([0, 0]);
    expect(given.ledger.writes).toEqual([]);
    expect(given.telemetry.lines[1]!.fields.problem).toBe('the message is for flow invoices');
  });

  it('hands back what it has too little time for', async () => {
    const given = hub(upsertFlow());
    const late = given.accepted();

    const kept = await given.deliver([late], { remainingMs: 11_999 });

    expect(kept).toEqual([late.messageId]);
    expect(given.hiddenFor(late)).toBe(2);
    expect(given.ledger.writes).toEqual([]);
  });

  it('still reports a message whose visibility cannot be changed', async () => {
    const given = hub(upsertFlow(), { answers: [down] });
    const copy = given.accepted();
    const queues = { ...given.ports.queues, setVisibility: () => Promise.reject(gone) };

    const kept = await given.deliver([copy], { ports: { queues } });

    expect(kept).toEqual([copy.messageId]);
    expect(given.row().state).toBe('waiting');
  });
});
