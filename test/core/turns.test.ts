import { describe, expect, it } from 'vitest';
import { skip } from '../../functions/core/flow.ts';
import type { DeliveryRow } from '../../functions/core/ledger.ts';
import { answered } from '../memory/others.ts';
import { receivedAgain, redriven } from '../memory/queues.ts';
import { crm, down, fine, flowOf, gone, HOUR, invalid, MINUTE, SECOND, startMs } from './given.ts';
import { givenEntity, latestWins } from './given-entity.ts';

/** Another worker is at work on the newest event: its call is under way. */
async function whileAtWork(
  hour: number,
  meanwhile: (at: ReturnType<typeof givenEntity>) => Promise<void>,
  answer = fine,
) {
  let at: ReturnType<typeof givenEntity>;
  let entered = false;
  const send = async () => {
    if (!entered) {
      entered = true;
      await meanwhile(at);
    }
    return answer;
  };
  at = givenEntity();
  await at.deliver([at.event(hour)], { ports: { http: { send } } });
  return at;
}

describe('the latest event', () => {
  it('wins over an older one that comes after it', async () => {
    const at = givenEntity();
    const kept = await at.deliver([at.event(9), at.event(8)]);

    expect(kept).toEqual([]);
    expect(at.texts()).toEqual(['v9']);
    expect(at.row(8)).toMatchObject({
      state: 'superseded',
      reason: 'a newer event of the entity was applied: orders/shop/v9',
      attempts: 0,
    });
  });

  it('follows an older one that came before it', async () => {
    const at = givenEntity();
    await at.deliver([at.event(8), at.event(9)]);

    expect(at.texts()).toEqual(['v8', 'v9']);
    expect(at.entity()).toMatchObject({ appliedBy: 'v9', wantedBy: 'v9', hourCount: 2 });
    expect(at.entity()).not.toHaveProperty('leaseToken');
  });

  it('takes a claim, a turn and one transaction', async () => {
    const at = givenEntity();
    await at.deliver([at.event(8)]);

    expect(at.ledger.writes).toEqual(['delivering', 'delivered']);
    expect(at.entities.writes).toEqual(['enter', 'leave apply']);
  });

  it('takes two writes as ever in a flow without an order, and for an event that cannot be put in order', async () => {
    const unordered = givenEntity({ flow: flowOf(async () => crm.upsert({ text: 'x' })) });
    const ordered = givenEntity();

    await unordered.deliver([unordered.event(8)]);
    await ordered.deliver([ordered.event(8, null)]);
    await ordered.deliver([ordered.accepted({ key: 'timeless', acceptId: 'accept-t', entityId: 'order' })]);

    expect(unordered.entities.writes).toEqual([]);
    expect(ordered.entities.writes).toEqual([]);
    expect(ordered.ledger.writes).toHaveLength(4);
  });

  it('of another entity does not matter', async () => {
    const at = givenEntity();
    await at.deliver([at.event(9, 'other'), at.event(8)]);

    expect(at.texts()).toEqual(['v9', 'v8']);
  });

  it("goes by the flow's own entity, where it has one", async () => {
    const at = givenEntity({ flow: latestWins({ entity: ({ key }) => `${key}/price` }) });
    await at.deliver([at.event(9), at.event(8)]);

    expect(at.texts()).toEqual(['v9', 'v8']);
  });

  it("makes a bug of this delivery alone of a flow's entity that throws", async () => {
    const entity = () => {
      throw new TypeError('no such field');
    };
    const at = givenEntity({ flow: latestWins({ entity }) });

    await at.deliver([at.event(8)]);

    expect(at.row(8)).toMatchObject({ state: 'waiting', errorClass: 'bug', code: 'entity' });
  });

  it('makes older ones superseded when it was skipped, and not when the flow does not want it at all', async () => {
    const skipping = givenEntity({ flow: latestWins({ run: async () => skip('nothing to do') }) });
    const filtering = givenEntity({ flow: latestWins({ when: ({ key }) => key !== 'v9' }) });

    for (const at of [skipping, filtering]) await at.deliver([at.event(9), at.event(8)]);

    expect([skipping.row(9).state, skipping.row(8).state]).toEqual(['skipped', 'superseded']);
    expect(filtering.row(8).state).toBe('delivered');
  });

  it('does not make an unknown call of an older one forgotten', async () => {
    const at = givenEntity({ answers: [down, fine] });
    const copy = at.event(8);
    await at.deliver([copy]);
    at.ledger.rows.set('orders#shop#v8', { ...at.row(8), openStep: 'of an older deploy' });
    await at.deliver([at.event(9)]);
    at.clock.advance(HOUR);

    await at.deliver([receivedAgain(copy)]);

    expect(at.row(8)).toMatchObject({ state: 'unknown', code: 'open-call' });
  });
});

describe('while another delivery of the entity is at work', () => {
  it('a delivery waits, uncounted, and is wanted if it is newer', async () => {
    let busy: DeliveryRow | undefined;
    const at = await whileAtWork(8, async (hub) => {
      await hub.deliver([hub.event(9)]);
      busy = hub.row(9);
    });

    expect(busy).toMatchObject({ state: 'waiting', reason: 'entity-busy', attempts: 0, tries: 0 });
    expect(busy!.notBefore! - startMs).toBeLessThanOrEqual(2 * SECOND);
    expect(at.row(8).state).toBe('delivered');
    expect(at.entity()).toMatchObject({ appliedBy: 'v8', wantedBy: 'v9' });
  });

  it('it comes back later each time, and no later than the lease ends', async () => {
    const waits: number[] = [];
    await whileAtWork(8, async (hub) => {
      const copy = hub.event(9);
      for (const receives of [1, 2, 3, 4, 5, 6]) {
        const before = hub.row(9)?.notBefore ?? hub.clock.now();
        hub.clock.advance(before - hub.clock.now());
        await hub.deliver([receivedAgain(copy, receives)]);
        waits.push(hub.row(9).notBefore! - hub.clock.now());
      }
    });

    expect(waits.slice(0, 4)).toEqual([1_500, 3_000, 6_000, 12_000]);
    expect(waits[4]).toBeLessThanOrEqual(22_500);
  });

  it('the floor by receives holds', async () => {
    await whileAtWork(8, async (hub) => {
      await hub.deliver([receivedAgain(hub.event(9), 21)]);

      expect(hub.row(9).notBefore).toBe(startMs + 5 * MINUTE);
    });
  });

  it('on receive 99 it stops, and is no longer wanted', async () => {
    const at = await whileAtWork(8, async (hub) => {
      const copy = hub.event(9);
      await hub.deliver([copy]);
      hub.clock.advance(2 * SECOND);
      await hub.deliver([receivedAgain(copy, 99)]);
    });

    expect(at.row(9)).toMatchObject({ state: 'stopped', reason: 'receives' });
    expect(at.entity()).not.toHaveProperty('wantedBy');
  });

  it('whoever lost the lease meanwhile writes nothing', async () => {
    const at = await whileAtWork(8, async (hub) => {
      hub.clock.advance(46 * SECOND);
      await hub.deliver([hub.event(9)]);
    });

    expect(at.row(9).state).toBe('delivered');
    expect(at.row(8).state).toBe('delivering');
    expect(at.entity()).toMatchObject({ appliedBy: 'v9' });
  });
});

describe('a delivery that comes to no end yet', () => {
  it('releases its lease, and older ones wait for it', async () => {
    const at = givenEntity({ answers: [down, fine] });
    await at.deliver([at.event(9)]);
    expect(at.entity()).toMatchObject({ wantedBy: 'v9' });
    expect(at.entity()).not.toHaveProperty('leaseToken');

    await at.deliver([at.event(8)]);

    expect(at.row(8)).toMatchObject({ state: 'waiting', reason: 'entity-behind', attempts: 0 });
    expect(at.texts()).toEqual(['v9']);
  });

  it('lets older ones wait until it is tried again, and up to five minutes for what becomes of that (rule 11)', async () => {
    const at = givenEntity({ answers: [down] });
    await at.deliver([at.event(9)]);
    const copy = at.event(8);
    const waitMs = async () => {
      await at.deliver([receivedAgain(copy, 12)]);
      return at.row(8).notBefore! - Math.max(at.clock.now(), at.row(9).notBefore!);
    };

    const before = await waitMs();
    at.clock.advance(HOUR);
    const after = await waitMs();

    for (const ms of [before, after]) {
      expect(ms).toBeGreaterThanOrEqual(150 * SECOND);
      expect(ms).toBeLessThanOrEqual(300 * SECOND);
    }
  });

  it('lets older ones look once an hour at least, since it may be published anew', async () => {
    const at = givenEntity({ answers: [answered(429, {}, { 'retry-after': '86400' })] });
    await at.deliver([at.event(9)]);

    await at.deliver([at.event(8)]);

    expect(at.row(8).notBefore).toBe(at.clock.now() + HOUR);
  });

  it('is overtaken by a newer one, and superseded once that was applied', async () => {
    const at = givenEntity({ answers: [down, fine] });
    const copy = at.event(8);
    await at.deliver([copy]);

    await at.deliver([at.event(9)]);
    at.clock.advance(HOUR);
    await at.deliver([receivedAgain(copy)]);

    expect(at.texts()).toEqual(['v8', 'v9']);
    expect(at.row(8).state).toBe('superseded');
  });

  it('gives way when it stops, and is superseded when it is redriven too late', async () => {
    const at = givenEntity({ answers: [invalid, fine] });
    const copy = at.event(8);
    await at.deliver([copy]);
    expect(at.entity()).not.toHaveProperty('wantedBy');

    await at.deliver([at.event(7)]);
    await at.deliver([at.event(9)]);
    at.clock.advance(MINUTE);
    await at.deliver([redriven(copy, at.clock.now())]);

    expect(at.texts()).toEqual(['v8', 'v7', 'v9']);
    expect(at.row(8).state).toBe('superseded');
  });

  it('is no longer waited for once SQS has dropped its message', async () => {
    const at = givenEntity({ answers: [answered(429, {}, { 'retry-after': '86400' }), fine] });
    await at.deliver([at.event(9)]);
    at.clock.advance(15 * 24 * HOUR);

    await at.deliver([at.event(8)]);

    expect(at.row(8).state).toBe('delivered');
  });

  it('keeps its place when its worker dies', async () => {
    const at = givenEntity();
    const copy = at.event(8);
    const leave = () => Promise.reject(new Error('killed'));
    await at.deliver([copy], { ports: { entities: { ...at.ports.entities, leave } } });
    at.clock.advance(46 * SECOND);

    await at.deliver([receivedAgain(copy)]);

    expect(at.row(8)).toMatchObject({ state: 'delivered', crashes: 1 });
  });

  it('waits uncounted while the state table cannot be reached, and is no suspect', async () => {
    const at = givenEntity();
    const enter = () => Promise.reject(gone);

    await at.deliver([at.event(8)], { ports: { entities: { ...at.ports.entities, enter } } });

    expect(at.row(8)).toMatchObject({ state: 'waiting', code: 'unreachable', attempts: 0, crashes: 0 });
    expect(at.texts()).toEqual([]);
  });
});
