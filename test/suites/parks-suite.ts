import { describe, expect, it } from 'vitest';
import { PARK_REASONS, type Park, type ParkSubject } from '../../functions/core/parks.ts';
import type { Parks } from '../../functions/core/ports.ts';
import { MINUTE, startMs } from '../core/given.ts';

/** What every keeper of parks must do. Each test takes subjects of its own, so that one table serves them all. */
export function parksSuite(name: string, open: () => Parks): void {
  let count = 0;
  const aSubject = (kind: ParkSubject['kind'] = 'target'): ParkSubject => ({ kind, name: `suite-${++count}` });
  const aPark = (changes: Partial<Park> = {}): Park => ({
    ...{ subject: aSubject(), reason: 'auth', since: startMs, by: 'orders', why: '401 of the token' },
    ...changes,
  });

  describe(`${name} as a keeper of parks`, () => {
    it('knows no reason of what was never parked', async () => {
      expect(await open().read([aSubject('flow'), aSubject()])).toEqual([]);
      expect(await open().read([])).toEqual([]);
    });

    it('gives back a reason as it was added, with and without an end', async () => {
      const parks = open();
      const [timed, lasting] = [aPark({ reason: 'quota', until: startMs + MINUTE }), aPark({ reason: 'operator' })];

      await parks.add(timed);
      await parks.add(lasting);

      expect(await parks.read([timed.subject, lasting.subject])).toEqual([timed, lasting]);
    });

    it('tells a flow and a target of one name apart', async () => {
      const parks = open();
      const subject = aSubject('flow');
      await parks.add(aPark({ subject }));

      expect(await parks.read([{ ...subject, kind: 'target' }])).toEqual([]);
      expect(await parks.read([subject])).toHaveLength(1);
    });

    it('keeps since and by of a reason that is renewed, and takes its new end and words', async () => {
      const parks = open();
      const first = aPark({ reason: 'quota', until: startMs + MINUTE });
      await parks.add(first);

      await parks.add({ ...first, since: startMs + 5, by: 'invoices', why: '429', until: startMs + 2 * MINUTE });
      const renewed = await parks.read([first.subject]);
      const { until: _, ...endless } = first;
      await parks.add({ ...endless, since: startMs + 9, by: 'leads', why: 'for good' });

      expect(renewed).toEqual([{ ...first, why: '429', until: startMs + 2 * MINUTE }]);
      expect(await parks.read([first.subject])).toEqual([{ ...endless, why: 'for good' }]);
    });

    it('keeps the reasons of one subject apart', async () => {
      const parks = open();
      const subject = aSubject();
      await Promise.all(PARK_REASONS.map((reason) => parks.add(aPark({ subject, reason }))));

      await parks.remove(subject, 'auth');

      const left = (await parks.read([subject])).map(({ reason }) => reason);
      expect(left.sort()).toEqual(PARK_REASONS.filter((reason) => reason !== 'auth').sort());
    });

    it('begins anew after a reason was removed', async () => {
      const parks = open();
      const first = aPark();
      await parks.add(first);
      await parks.remove(first.subject, 'auth');

      const again = { ...first, since: startMs + MINUTE, by: 'invoices' };
      await parks.add(again);

      expect(await parks.read([first.subject])).toEqual([again]);
    });

    it('removes what is not there without a word', async () => {
      const subject = aSubject();

      await open().remove(subject, 'circuit');

      expect(await open().read([subject])).toEqual([]);
    });

    it('reads a subject that is named twice once', async () => {
      const parks = open();
      const park = aPark();
      await parks.add(park);

      const found = await parks.read([park.subject, { ...park.subject }]);

      expect(found).toEqual([park]);
    });

    it('reads more subjects than fit one call', async () => {
      const parks = open();
      const subjects = Array.from({ length: 230 }, () => aSubject('flow'));
      const parked = [subjects[0]!, subjects[100]!, subjects[229]!];
      for (const subject of parked) await parks.add(aPark({ subject }));

      const found = await parks.read(subjects);

      expect(found.map(({ subject }) => subject.name).sort()).toEqual(parked.map((one) => one.name).sort());
    });
  });
}
