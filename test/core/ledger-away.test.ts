/** What a worker does, and what becomes of its calls, while the ledger cannot be reached. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../functions/core/claim.ts';
import type { Ledger } from '../../functions/core/ports.ts';
import { receivedAgain } from '../memory/queues.ts';
import { gone, hub, MINUTE } from './given.ts';
import { type Hub, notifyFlow, upsertFlow } from './given-deliveries.ts';

describe('a ledger that does not answer', () => {
  it('sends the message back for about a minute and leaves nothing written', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    const ledger: Ledger = {
      read: () => Promise.reject(gone),
      write: () => Promise.reject(gone),
      writeStep: () => Promise.reject(gone),
    };

    const first = await given.deliver([copy], { ports: { ledger } });
    const second = await given.deliver([receivedAgain(copy, 30)], { ports: { ledger } });

    expect([first, second]).toEqual([[copy.messageId], [copy.messageId]]);
    expect(given.hiddenFor(copy)).toBe(375);
    expect(given.calls()).toEqual([]);
    expect(given.ledger.writes).toEqual([]);
  });

  it('when the effect is there but not committed, repeats what may be repeated', async () => {
    const given = hub(upsertFlow());
    const copy = given.accepted();
    await lostCommit(given, copy);

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(kept).toEqual([]);
    expect(given.calls()).toEqual(['/upsert', '/upsert']);
    expect(given.row()).toMatchObject({ state: 'delivered', crashes: 1 });
  });

  it('when the effect is there but not committed, never repeats what may not be', async () => {
    const given = hub(notifyFlow());
    const copy = given.accepted();
    await lostCommit(given, copy);

    const kept = await given.deliver([receivedAgain(copy)]);

    expect(kept).toEqual([copy.messageId]);
    expect(given.hiddenFor(copy)).toBe(0);
    expect(given.calls()).toEqual(['/notify']);
    expect(given.row()).toMatchObject({
      state: 'unknown',
      code: 'open-call',
      openStep: 'result',
      stoppedAt: given.clock.now(),
    });
  });

  it('counts its own write as success when only the answer was lost', async () => {
    const given = hub(upsertFlow());
    const ledger: Ledger = {
      ...given.ports.ledger,
      write: async (row, previous, failedTry) => {
        await given.ports.ledger.write(row, previous, failedTry);
        return await given.ports.ledger.write(row, previous, failedTry);
      },
    };

    const kept = await given.deliver([given.accepted()], { ports: { ledger } });

    expect(kept).toEqual([]);
    expect(given.row().state).toBe('delivered');
  });

  async function lostCommit(given: Hub, copy: Message) {
    const ledger: Ledger = {
      ...given.ports.ledger,
      write: async (row, ...rest) =>
        row.state === 'delivering' ? await given.ports.ledger.write(row, ...rest) : Promise.reject(gone),
    };
    await given.deliver([copy], { ports: { ledger } });
    given.clock.advance(MINUTE);
  }
});
