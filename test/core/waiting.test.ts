/** When a delivery that failed comes back: docs/delivery.md, rule 6. */
import { describe, expect, it } from 'vitest';
import { answered } from '../memory/others.ts';
import { receivedAgain, redriven } from '../memory/queues.ts';
import { DAY, down, fine, gone, HOUR, hub, SECOND, startMs } from './given.ts';
import { upsertFlow } from './given-deliveries.ts';

describe('a delivery that waits', () => {
  it('is delivered when its time has come, and not before', async () => {
    const given = hub(upsertFlow(), { answers: [down, fine], numbers: [0.9] });
    const copy = given.accepted();
    await given.deliver([copy]);
    const waiting = given.row();

    const early = await given.deliver([receivedAgain(copy)]);
    given.clock.advance(81 * SECOND);
    const due = await given.deliver([receivedAgain(copy, 3)]);

    expect(waiting).toMatchObject({
      state: 'waiting',
      notBefore: startMs + 81 * SECOND,
      attempts: 1,
      code: 'http-503',
    });
    expect(early).toEqual([copy.messageId]);
    expect(due).toEqual([]);
    expect(given.row()).toMatchObject({ state: 'delivered', attempts: 2, tries: 1 });
    expect(given.row()).not.toHaveProperty('errorClass');
    expect(given.ledger.tries).toHaveLength(1);
  });

  it('is hidden no longer than 12 hours from its receive', async () => {
    const given = hub(upsertFlow(), { answers: [answered(429, {}, { 'retry-after': '86400' })] });
    const copy = given.accepted();

    await given.deliver([copy]);

    expect(given.row().notBefore).toBe(startMs + DAY);
    expect(given.hiddenFor(copy)).toBe(43_200 - 30);
  });

  it.each([
    [20, 45],
    [21, 300],
    [50, 300],
    [51, 3_600],
    [81, 43_170],
  ])('at receive %i comes back after at least %i s', async (receives, seconds) => {
    const given = hub(upsertFlow(), { answers: [down] });
    const copy = receivedAgain(given.accepted(), receives);

    await given.deliver([copy]);

    expect(given.hiddenFor(copy)).toBe(seconds);
  });

  it.each([
    ['normal', 75],
    ['test', 1],
  ] as const)(
    'for a secret that cannot be reached comes back after a minute or so (%s), uncounted',
    async (timing, seconds) => {
      const given = hub(upsertFlow(), { timing });
      const secrets = { ...given.ports.secrets, connections: () => Promise.reject(gone) };
      const copy = given.accepted();

      await given.deliver([copy], { ports: { secrets } });

      expect(given.row()).toMatchObject({ state: 'waiting', code: 'unreachable', attempts: 0 });
      expect(given.hiddenFor(copy)).toBe(seconds);
    },
  );

  it('in the test profile comes back a hundred times sooner', async () => {
    const given = hub(upsertFlow(), { answers: [down], timing: 'test' });
    const copy = receivedAgain(given.accepted(), 51);

    await given.deliver([copy]);

    expect(given.hiddenFor(copy)).toBe(36);
  });

  it('is adopted by its redrive', async () => {
    const given = hub(upsertFlow(), { answers: [answered(429, {}, { 'retry-after': '7200' })] });
    const copy = given.accepted();
    await given.deliver([copy]);
    given.clock.advance(HOUR);
    const again = redriven(copy, given.clock.now());

    await given.deliver([again]);

    expect(given.row()).toMatchObject({ state: 'waiting', messageId: again.messageId, cycle: 1 });
    expect(given.row().messageExpiresAt).toBe(startMs + HOUR + 14 * DAY);
    expect(given.hiddenFor(again)).toBe(3_600);
  });
});
