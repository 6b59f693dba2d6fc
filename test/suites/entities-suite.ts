import { describe, expect, it } from 'vitest';
import type { EntityAddress, Entry, Leaving } from '../../functions/core/entity.ts';
import type { DeliveryRow, TryRow } from '../../functions/core/ledger.ts';
import type { Entities, Ledger } from '../../functions/core/ports.ts';
import { deliveryRow, HOUR, MINUTE, startMs } from '../core/given.ts';

export type EntitiesUnderTest = { entities: Entities; ledger: Ledger };

const LEASE_MS = 45_000;

/** What every keeper of entities must do. Each test takes an entity and rows of its own. */
export function entitiesSuite(name: string, open: () => EntitiesUnderTest): void {
  let count = 0;

  /** An entity, and deliveries of it by a letter; versions are compared as texts. */
  const given = (entityId = `order-${++count}`) => {
    const { entities, ledger } = open();
    const entity: EntityAddress = { flow: 'orders', source: 'shop', entityId };
    const entry = (delivery: string, version: string, changes: Partial<Entry> = {}): Entry => ({
      ...{ delivery, version, token: `token-${delivery}`, now: startMs, leaseUntil: startMs + LEASE_MS },
      ...{ wantedUntil: startMs + HOUR, counts: 1 },
      ...changes,
    });
    const enter = (delivery: string, version: string, changes: Partial<Entry> = {}) =>
      entities.enter(entity, entry(delivery, version, changes));
    const leaving = (
      delivery: string,
      version: string,
      as: Leaving['as'],
      changes: Partial<Leaving> = {},
    ): Leaving => ({
      ...{ entity, delivery, version, as, token: `token-${delivery}`, now: startMs, newHour: undefined },
      ...changes,
    });
    /** Leaves with a row of its own. */
    const leave = async (delivery: string, version: string, as: Leaving['as'], changes: Partial<Leaving> = {}) => {
      const row = deliveryRow({ key: `${delivery}-${++count}`, token: 'claimed' });
      await ledger.write(row, undefined);
      const ended = { ...row, token: 'ended', state: as === 'apply' ? ('delivered' as const) : ('stopped' as const) };
      return await entities.leave({ row: ended }, 'claimed', leaving(delivery, version, as, changes));
    };
    return { entities, ledger, entity, entry, enter, leaving, leave };
  };

  describe(`${name} as a keeper of entities`, () => {
    it('knows nothing of what nobody asked for', async () => {
      const { entities, entity } = given();

      expect(await entities.read(entity)).toBeUndefined();
    });

    it('lets the first one enter, which is then wanted and has the lease', async () => {
      const { entities, entity, enter } = given();

      expect(await enter('a', '1')).toEqual({ do: 'enter', count: 1 });

      expect(await entities.read(entity)).toEqual({
        ...{ wantedVersion: '1', wantedBy: 'a', wantedUntil: startMs + HOUR },
        ...{ leaseToken: 'token-a', leaseBy: 'a', leaseUntil: startMs + LEASE_MS, hourFrom: startMs, hourCount: 1 },
      });
    });

    it('lets one of many enter', async () => {
      const { enter } = given();

      const admissions = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((delivery) => enter(delivery, delivery)));

      expect(admissions.filter((admission) => admission.do === 'enter')).toHaveLength(1);
    });

    it('keeps another one out while the lease lasts, and wants it if it is newer', async () => {
      const { entities, entity, enter } = given();
      await enter('b', '2');

      const older = await enter('a', '1');
      const wantedOlder = (await entities.read(entity))?.wantedVersion;
      const newer = await enter('c', '3');

      const busy = { do: 'wait', why: 'entity-busy', until: startMs + LEASE_MS };
      expect([older, newer]).toEqual([busy, busy]);
      expect(wantedOlder).toBe('2');
      expect(await entities.read(entity)).toMatchObject({ wantedVersion: '3', wantedBy: 'c', leaseBy: 'b' });
    });

    it('lets another one enter once a lease has run out', async () => {
      const { enter } = given();
      await enter('a', '1');

      expect(await enter('b', '2', { now: startMs + LEASE_MS })).toMatchObject({ do: 'enter' });
    });

    it("lets a delivery's next worker take over its lease", async () => {
      const { entities, entity, enter } = given();
      await enter('a', '1');

      expect(await enter('a', '1', { token: 'other' })).toMatchObject({ do: 'enter' });

      expect(await entities.read(entity)).toMatchObject({ leaseToken: 'other' });
    });

    it('counts its own entry, made again, as entered, and keeps what is wanted since', async () => {
      const { entities, entity, enter } = given();
      await enter('a', '1');
      await enter('b', '2');

      expect(await enter('a', '1')).toEqual({ do: 'enter', count: 1 });

      expect(await entities.read(entity)).toMatchObject({ wantedBy: 'b', leaseBy: 'a', hourCount: 1 });
    });

    it('lets an older one wait below the one that is wanted, and not for longer than its message lives', async () => {
      const { enter, leave } = given();
      await enter('b', '2');
      await leave('b', '2', 'wait');

      expect(await enter('a', '1')).toEqual({ do: 'wait', why: 'entity-behind' });
      expect(await enter('a', '1', { now: startMs + HOUR })).toMatchObject({ do: 'enter' });
    });

    it('tells the older one when the one that is wanted comes back', async () => {
      const { entities, enter, leaving } = given();
      const until = startMs + MINUTE;
      const waits = async (delivery: string, version: string) => {
        await enter(delivery, version);
        const row = deliveryRow({ key: `${delivery}-${++count}`, state: 'waiting', notBefore: until, token: 'waits' });
        await entities.leave({ row }, undefined, leaving(delivery, version, 'wait'));
      };

      await waits('b', '2');

      expect(await enter('a', '1')).toEqual({ do: 'wait', why: 'entity-behind', until });
      await enter('c', '3');
      await entities.leave({ row: deliveryRow({ key: `c-${++count}` }) }, undefined, leaving('c', '3', 'wait'));
      expect(await enter('a', '1')).toEqual({ do: 'wait', why: 'entity-behind' });
    });

    it('supersedes what is older than what was applied, and says by whom', async () => {
      const { enter, leave } = given();
      await enter('b', '2');
      await leave('b', '2', 'apply');

      expect(await enter('a', '1')).toEqual({ do: 'supersede', by: 'b' });
      expect(await enter('c', '3')).toMatchObject({ do: 'enter' });
    });

    it('does not supersede a delivery by itself', async () => {
      const { enter, leave } = given();
      await enter('a', '2');
      await leave('a', '2', 'apply');

      expect(await enter('a', '1')).toMatchObject({ do: 'enter' });
    });

    it('does not supersede by what is only wanted', async () => {
      const { enter, leave } = given();
      await enter('b', '2');
      await leave('b', '2', 'give-up');

      expect(await enter('a', '1')).toMatchObject({ do: 'enter' });
    });

    it('when the holder gives up keeps a newer one wanted', async () => {
      const { entities, entity, enter, leave } = given();
      await enter('a', '1');
      await enter('b', '2');

      expect(await leave('a', '1', 'give-up')).toEqual({ written: true });

      const left = await entities.read(entity);
      expect(left).toMatchObject({ wantedVersion: '2', wantedBy: 'b' });
      expect(left).not.toHaveProperty('leaseToken');
    });

    it('lets one give up that has no turn', async () => {
      const { entities, entity, enter, leave } = given();
      await enter('a', '1');
      await enter('b', '2');

      expect(await leave('b', '2', 'give-up', { token: undefined })).toEqual({ written: true });

      const left = await entities.read(entity);
      expect(left).toMatchObject({ leaseBy: 'a' });
      expect(left).not.toHaveProperty('wantedVersion');
    });

    it('writes the row of one that gives up though another one is wanted, or nothing is known of the entity', async () => {
      const { entities, entity, enter, leave } = given();

      expect(await leave('a', '1', 'give-up', { token: undefined })).toEqual({ written: true });
      await enter('b', '2');
      expect(await leave('c', '3', 'give-up', { token: undefined })).toEqual({ written: true });

      expect(await entities.read(entity)).toMatchObject({ wantedBy: 'b' });
    });

    it.each(['apply', 'wait', 'give-up', 'park'] as const)('writes nothing when the lease is lost: %s', async (as) => {
      const { entities, ledger, entity, enter, leaving } = given();
      const row = deliveryRow({ key: `lost-${++count}`, token: 'claimed' });
      await ledger.write(row, undefined);
      await enter('a', '1');
      await enter('b', '2', { now: startMs + LEASE_MS });
      const before = await entities.read(entity);

      const left = await entities.leave({ row: { ...row, token: 'late' } }, 'claimed', leaving('a', '1', as));

      expect(left).toEqual({ written: false, stored: undefined });
      expect((await ledger.read(row)).row).toEqual(row);
      expect(await entities.read(entity)).toEqual(before);
    });

    it('writes nothing when the row has changed, and tells which is stored', async () => {
      const { entities, ledger, entity, enter, leaving } = given();
      const row = deliveryRow({ key: `changed-${++count}`, token: 'of another' });
      await ledger.write(row, undefined);
      await enter('a', '1');
      const before = await entities.read(entity);

      const left = await entities.leave({ row: { ...row, token: 'late' } }, 'claimed', leaving('a', '1', 'apply'));

      expect(left).toEqual({ written: false, stored: row });
      expect(await entities.read(entity)).toEqual(before);
    });

    it('counts its own leave, made again, as written', async () => {
      const { entities, ledger, enter, leaving } = given();
      const row = deliveryRow({ key: `again-${++count}`, token: 'claimed' });
      await ledger.write(row, undefined);
      await enter('a', '1');
      const commit = { row: { ...row, state: 'waiting', token: 'b' } as DeliveryRow, failedTry: tryOf(row) };

      expect(await entities.leave(commit, 'claimed', leaving('a', '1', 'wait'))).toEqual({ written: true });
      expect(await entities.leave(commit, 'claimed', leaving('a', '1', 'wait'))).toEqual({ written: true });

      expect((await ledger.read(row)).row).toEqual(commit.row);
    });

    it('counts the deliveries of an hour, first turns alone', async () => {
      const { enter, leave } = given();
      await enter('a', '1');
      await leave('a', '1', 'wait');

      expect(await enter('a', '1', { counts: 0 })).toMatchObject({ count: 1 });
      await leave('a', '1', 'wait');
      expect(await enter('b', '2')).toMatchObject({ count: 2 });
    });

    it('begins to count anew after an hour', async () => {
      const { entities, entity, enter, leave } = given();
      await enter('a', '1');
      await leave('a', '1', 'apply');
      const now = startMs + HOUR;

      expect(await enter('b', '2', { now, leaseUntil: now + LEASE_MS })).toEqual({ do: 'enter', count: 1, newHour: 1 });
      await leave('b', '2', 'apply', { now, newHour: 1 });

      expect(await entities.read(entity)).toMatchObject({ hourFrom: now, hourCount: 1 });
    });

    it('lets nobody enter a parked entity until it is resumed, and counts from nought then', async () => {
      const { entities, entity, enter, leave } = given();
      await enter('a', '1');
      await leave('a', '1', 'park');

      expect(await enter('b', '2')).toEqual({ do: 'wait', why: 'entity-parked' });
      await entities.resume(entity);
      expect(await enter('b', '2', { now: startMs + MINUTE })).toEqual({ do: 'enter', count: 1 });
    });

    it('parks an entity that nobody has entered, once', async () => {
      const { entities, entity } = given();

      await entities.resume(entity);
      await entities.park(entity, startMs);
      await entities.park(entity, startMs + MINUTE);

      expect(await entities.read(entity)).toEqual({ parkedAt: startMs });
    });

    it.each(['gid://shop/Order/1', 'a#b', 'ünï cödé', 'x'.repeat(2_000)])('tells entities apart: %j', async (id) => {
      const { entities, entity, enter } = given(id);
      await enter('a', '1');

      expect(await entities.read(entity)).toMatchObject({ wantedBy: 'a' });
      expect(await entities.read({ ...entity, entityId: `${id}!` })).toBeUndefined();
      expect(await entities.read({ ...entity, flow: 'other' })).toBeUndefined();
      expect(await entities.read({ ...entity, source: 'other' })).toBeUndefined();
    });
  });
}

const tryOf = ({ flow, source, key }: DeliveryRow): TryRow => ({
  ...{ flow, source, key, number: 1, cycle: 1, cycleCause: 'first', cycleStartedAt: startMs, startedAt: startMs },
  ...{ durationMs: 5, errorClass: 'transient', code: 'http-503', message: 'down', counted: true, outcome: 'waiting' },
});
