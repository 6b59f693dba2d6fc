/** Workers that are slow, or die, and the others that meet their lease: docs/delivery.md, rule 5. */
import { describe, expect, it } from 'vitest';
import { receivedAgain } from '../memory/queues.ts';
import { crm, fine, flowOf, hub } from './given.ts';
import { crash, upsertFlow } from './given-deliveries.ts';

describe('a lease', () => {
  it('lasts 15 s beyond the invocation, and holds every other copy until then', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    const second: { kept?: string[] } = {};
    const http = {
      send: async () => {
        second.kept = await given.deliver([receivedAgain(copy)]);
        return fine;
      },
    };

    const kept = await given.deliver([copy], { ports: { http } });

    expect(kept).toEqual([]);
    expect(second.kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBe(45);
    expect(given.ledger.writes).toEqual(['delivering', 'delivered']);
  });

  it('that ran out makes its delivery run last, and alone', async () => {
    const given = hub(flowOf(async (_, payload) => crm.upsert({ text: String((payload as { id: string }).id) })));
    const body = (id: string) => Buffer.from(JSON.stringify({ id })).toString('base64');
    const suspects = ['a', 'b'].map((key) => given.accepted({ key, acceptId: key, body: body(key) }));
    for (const suspect of suspects) await crash(given, suspect);
    const fresh = given.accepted({ key: 'c', acceptId: 'c', body: body('c') });

    const kept = await given.deliver([...suspects.map((copy) => receivedAgain(copy)), fresh]);

    const texts = given.sent.map(({ body: sentBody }) => JSON.parse(String(sentBody)).text);
    expect(texts).toEqual(['c', 'a']);
    expect(kept).toEqual([suspects[1]!.messageId]);
    expect(given.hiddenFor(suspects[1]!)).toBe(2);
  });

  it('that ran out three times in a row stops its delivery as a bug', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    for (const receives of [1, 2, 3]) await crash(given, receivedAgain(copy, receives));

    const kept = await given.deliver([receivedAgain(copy, 4)]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBe(0);
    expect(given.row()).toMatchObject({ state: 'stopped', errorClass: 'bug', code: 'crashes', crashes: 3 });
    expect(given.calls()).toEqual([]);
  });

  it('that was lost lets its worker touch nothing', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    const http = {
      send: async () => {
        const stored = given.row();
        await given.ports.ledger.write({ ...stored, token: 'another worker' }, stored.token);
        return fine;
      },
    };

    const kept = await given.deliver([copy], { ports: { http } });

    expect(kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBeUndefined();
    expect(given.row()).toMatchObject({ state: 'delivering', token: 'another worker' });
  });

  it('that was lost to a worker which finished counts as success', async () => {
    const given = hub(upsertFlow());
    const http = {
      send: async () => {
        const stored = given.row();
        await given.ports.ledger.write({ ...stored, state: 'delivered', token: 'another worker' }, stored.token);
        return fine;
      },
    };

    const kept = await given.deliver([given.accepted()], { ports: { http } });

    expect(kept).toEqual([]);
  });
});
