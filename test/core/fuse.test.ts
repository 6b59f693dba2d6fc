/** Loops: an entity with too many deliveries within an hour (docs/delivery.md, rule 11). */
import { describe, expect, it } from 'vitest';
import { receivedAgain } from '../memory/queues.ts';
import { crm, flowOf, HOUR, MINUTE, startMs } from './given.ts';
import { givenEntity, latestWins } from './given-entity.ts';

describe('the fuse', () => {
  const unordered = () => flowOf(async () => crm.upsert({ text: 'x' }));
  /** @returns The last message. */
  const loop = async (at: ReturnType<typeof givenEntity>, count: number) => {
    const messages = Array.from({ length: count }, (_, number) => {
      const occurredAt = String(1_700_000_000 + number);
      return at.accepted({ key: `l${number}`, acceptId: `accept-l${number}`, occurredAt, entityId: 'order' });
    });
    for (const message of messages) await at.deliver([message]);
    return messages.at(-1)!;
  };

  it.each([
    ['whose latest event wins', latestWins],
    ['without an order', unordered],
  ])('parks an entity in a flow %s at the 31st delivery of an hour', async (_title, flowUnderTest) => {
    const at = givenEntity({ flow: flowUnderTest() });

    await loop(at, 32);

    expect(at.sent).toHaveLength(30);
    expect(at.entity()).toMatchObject({ parkedAt: startMs });
    expect(at.telemetry.counts.get('EntityParked')).toBe(1);
    expect(at.telemetry.lines.find(({ message }) => message === 'entity parked')?.fields).toMatchObject({
      ...{ deliveryId: 'orders/shop/l30', entity: 'shop/order' },
    });
    const held = ['l30', 'l31'].map((key) => at.ledger.rows.get(`orders#shop#${key}`));
    for (const row of held) {
      expect(row).toMatchObject({ state: 'waiting', reason: 'entity-parked', notBefore: startMs + 15 * MINUTE });
    }
  });

  it.each([
    ['whose latest event wins', latestWins],
    ['without an order', unordered],
  ])('lets deliveries of a flow %s go on when an operator has resumed the entity', async (_title, flowUnderTest) => {
    const at = givenEntity({ flow: flowUnderTest() });
    const copy = await loop(at, 31);
    at.clock.advance(2 * HOUR);
    await at.deliver([receivedAgain(copy, 2)]);
    expect(at.sent).toHaveLength(30);

    await at.ports.entities.resume({ flow: 'orders', source: 'shop', entityId: 'order' });
    at.clock.advance(15 * MINUTE);
    await at.deliver([receivedAgain(copy, 3)]);

    expect(at.sent).toHaveLength(31);
    expect(at.telemetry.counts.get('EntityParked')).toBe(1);
  });

  it.each([
    ['whose latest event wins', latestWins],
    ['without an order', unordered],
  ])('in a flow %s counts what comes within an hour, and each delivery once', async (_title, flowUnderTest) => {
    const at = givenEntity({ flow: flowUnderTest() });
    await loop(at, 30);
    at.clock.advance(HOUR);

    await at.deliver([at.accepted({ key: 'next', acceptId: 'accept-n', occurredAt: '1800000000', entityId: 'order' })]);

    expect(at.sent).toHaveLength(31);
  });
});
