import { describe, expect, it } from 'vitest';
import type { DeliveryRow, StepRow, TryRow } from '../../functions/core/ledger.ts';
import type { Ledger } from '../../functions/core/ports.ts';
import { deliveryRow, startMs } from '../core/given.ts';

/** What the suite needs besides the ledger: a look at the tries, which only people read. */
export type LedgerUnderTest = { ledger: Ledger; tries(row: DeliveryRow): Promise<number[]> };

/** What every ledger must do. Each test takes rows of its own, so that one table serves them all. */
export function ledgerSuite(name: string, open: () => LedgerUnderTest): void {
  let count = 0;
  const aRow = (changes: Partial<DeliveryRow> = {}) => deliveryRow({ key: `suite-${++count}`, token: 'a', ...changes });
  const waiting = (row: DeliveryRow, token: string): DeliveryRow => ({
    ...row,
    state: 'waiting',
    token,
    notBefore: startMs,
  });

  describe(`${name} as a ledger`, () => {
    it('knows nothing of what was never written', async () => {
      expect(await open().ledger.read(aRow())).toEqual({ row: undefined, steps: [] });
    });

    it('gives back every field of a row, and no other', async () => {
      const { ledger } = open();
      const result = { id: 'crm-1', nested: { n: 1.5, none: null, yes: true }, empty: '' };
      const row = aRow({
        state: 'delivered',
        result,
        eventId: 'e',
        entityId: null,
        expiresAtEpochSeconds: 1_900_000_000,
      });

      expect(await ledger.write(row, undefined)).toEqual({ written: true });

      expect((await ledger.read(row)).row).toEqual(row);
    });

    it('stores a row whose optional fields are undefined', async () => {
      const { ledger } = open();
      const row = aRow({ state: 'stopped' });

      await ledger.write({ ...row, reason: undefined, result: { a: undefined } } as unknown as DeliveryRow, undefined);

      expect((await ledger.read(row)).row).toMatchObject({ state: 'stopped' });
    });

    it('creates a row once, and tells the loser what is stored', async () => {
      const { ledger } = open();
      const row = aRow();
      await ledger.write(row, undefined);

      const second = await ledger.write({ ...row, token: 'b' }, undefined);

      expect(second).toEqual({ written: false, stored: row });
    });

    it('lets one of many create it', async () => {
      const { ledger } = open();
      const row = aRow();

      const writes = await Promise.all(
        ['a', 'b', 'c', 'd', 'e'].map((token) => ledger.write({ ...row, token }, undefined)),
      );

      expect(writes.filter(({ written }) => written)).toHaveLength(1);
    });

    it('replaces a row that is still the one last read', async () => {
      const { ledger } = open();
      const row = aRow({ leaseUntil: startMs });
      await ledger.write(row, undefined);
      const { leaseUntil: _, ...released } = waiting(row, 'b');

      expect(await ledger.write(released, 'a')).toEqual({ written: true });

      expect((await ledger.read(row)).row).toEqual(released);
    });

    it('leaves a row that another one has written since, and tells which', async () => {
      const { ledger } = open();
      const row = aRow();
      await ledger.write(row, undefined);
      await ledger.write(waiting(row, 'b'), 'a');

      const late = await ledger.write({ ...row, token: 'c' }, 'a');

      expect(late).toEqual({ written: false, stored: waiting(row, 'b') });
      expect((await ledger.read(row)).row).toEqual(waiting(row, 'b'));
    });

    it('does not bring back a row that is gone', async () => {
      const { ledger } = open();
      const row = aRow();

      expect(await ledger.write({ ...row, token: 'b' }, 'a')).toEqual({ written: false, stored: undefined });
      expect((await ledger.read(row)).row).toBeUndefined();
    });

    it('counts its own write, made again, as written', async () => {
      const { ledger, tries } = open();
      const row = aRow();
      await ledger.write(row, undefined);
      const next = waiting(row, 'b');

      expect(await ledger.write(row, undefined)).toEqual({ written: true });
      expect(await ledger.write(next, 'a', tryOf(row, 1))).toEqual({ written: true });
      expect(await ledger.write(next, 'a', tryOf(row, 1))).toEqual({ written: true });

      expect(await tries(row)).toEqual([1]);
    });

    it('writes a failed try together with the row, or not at all', async () => {
      const { ledger, tries } = open();
      const row = aRow();
      await ledger.write(row, undefined);

      expect(await ledger.write(waiting(row, 'b'), 'a', tryOf(row, 1))).toEqual({ written: true });
      const late = await ledger.write(waiting(row, 'c'), 'a', tryOf(row, 2));

      expect(late).toEqual({ written: false, stored: waiting(row, 'b') });
      expect(await tries(row)).toEqual([1]);
    });

    it('writes a failed try with the first row of a delivery too', async () => {
      const { ledger, tries } = open();
      const row = aRow({ state: 'stopped' });

      await ledger.write(row, undefined, tryOf(row, 1));

      expect(await tries(row)).toEqual([1]);
    });

    it('reads a row with its steps, and without its tries', async () => {
      const { ledger } = open();
      const row = aRow();
      await ledger.write(row, undefined);
      await ledger.write(waiting(row, 'b'), 'a', tryOf(row, 1));
      await ledger.writeStep(stepOf(row, 'contact'));
      await ledger.writeStep(stepOf(row, 'a step / with spaces'));

      const { steps } = await ledger.read(row);

      expect(steps).toHaveLength(2);
      expect(steps).toEqual(
        expect.arrayContaining([
          expect.objectContaining(stepOf(row, 'contact')),
          expect.objectContaining(stepOf(row, 'a step / with spaces')),
        ]),
      );
    });

    it('keeps the first result of a step within a cycle, its own retry included', async () => {
      const { ledger } = open();
      const row = aRow();

      const first = await ledger.writeStep(stepOf(row, 'contact', { token: 'a' }));
      const again = await ledger.writeStep(stepOf(row, 'contact', { token: 'a' }));
      const other = await ledger.writeStep(stepOf(row, 'contact', { token: 'b', result: { id: 'other' } }));

      expect([first, again, other]).toEqual([true, true, false]);
      expect((await ledger.read(row)).steps[0]).toMatchObject({ token: 'a', result: { id: '1' } });
    });

    it('takes the result of a later cycle, and not that of an earlier one', async () => {
      const { ledger } = open();
      const row = aRow();

      await ledger.writeStep(stepOf(row, 'contact', { token: 'a', cycleStartedAt: 2 }));
      const earlier = await ledger.writeStep(stepOf(row, 'contact', { token: 'b', cycleStartedAt: 1 }));
      const later = await ledger.writeStep(stepOf(row, 'contact', { token: 'c', cycleStartedAt: 3 }));

      expect([earlier, later]).toEqual([false, true]);
      expect((await ledger.read(row)).steps[0]).toMatchObject({ token: 'c', cycleStartedAt: 3 });
    });

    it.each(['gid://shop/Order/1', 'a#b', 'ünï cödé', ' ', 'x'.repeat(2_000), 'line\nbreak', '😀'])(
      'tells keys apart, whatever is in them: %j',
      async (key) => {
        const { ledger } = open();
        const row = aRow({ key: `${++count} ${key}` });

        await ledger.write(row, undefined);
        await ledger.writeStep(stepOf(row, 'contact'));

        const { row: stored, steps } = await ledger.read(row);
        expect(stored).toEqual(row);
        expect(steps).toHaveLength(1);
        expect((await ledger.read({ ...row, key: `${row.key}!` })).row).toBeUndefined();
      },
    );

    it('tells flows and sources apart', async () => {
      const { ledger } = open();
      const row = aRow();
      await ledger.write(row, undefined);

      expect((await ledger.read({ ...row, flow: 'other' })).row).toBeUndefined();
      expect((await ledger.read({ ...row, source: 'other' })).row).toBeUndefined();
    });
  });
}

const stepOf = ({ flow, source, key }: DeliveryRow, step: string, changes: Partial<StepRow> = {}): StepRow => ({
  ...{ flow, source, key, step, result: { id: '1' }, repeatableBy: 'upsert', generation: 0 },
  ...{ cycleStartedAt: startMs, token: 'a', doneAt: startMs },
  ...changes,
});

const tryOf = ({ flow, source, key }: DeliveryRow, number: number): TryRow => ({
  ...{ flow, source, key, number, cycle: 1, cycleCause: 'first', cycleStartedAt: startMs, startedAt: startMs },
  ...{ durationMs: 5, errorClass: 'transient', code: 'http-503', message: 'down', counted: true, outcome: 'waiting' },
});
