import { describe, expect, it } from 'vitest';
import type { Echoes } from '../../functions/core/ports.ts';
import { HOUR, MINUTE, startMs } from '../core/given.ts';

/** What every keeper of echoes must do. Each test takes a record of its own. */
export function echoesSuite(name: string, open: () => Echoes): void {
  let count = 0;
  const record = (changes = {}) => ({ target: 'crm', entity: `contact:${++count}`, ...changes });
  const wanted = (changes = {}) => ({ from: startMs, to: startMs + MINUTE, limit: 300, ...changes });
  const given = (fields: Record<string, string>) => new Map(Object.entries(fields));
  const write = (fields: Record<string, string>, atMs = startMs) => {
    return { hashes: given(fields), at: atMs, keptUntil: atMs + HOUR };
  };

  describe(`${name} as a keeper of echoes`, () => {
    it('knows nothing of what was never written', async () => {
      expect(await open().read(record(), wanted())).toEqual([]);
    });

    it('gives back what was noted', async () => {
      const written = record();

      await open().note(written, write({ 'first name': 'h1', city: 'h2' }, startMs + 1));

      expect(await open().read(written, wanted())).toEqual([given({ 'first name': 'h1', city: 'h2' })]);
    });

    it('keeps every write, and gives back the newest first', async () => {
      const written = record();

      await open().note(written, write({ a: 'h1', b: 'h2' }, startMs + 9));
      await open().note(written, write({ b: 'h3' }, startMs + 11));
      await open().note(written, write({ b: 'h2' }, startMs + 10));

      expect(await open().read(written, wanted())).toEqual([
        given({ b: 'h3' }),
        given({ b: 'h2' }),
        given({ a: 'h1', b: 'h2' }),
      ]);
    });

    it('keeps writes of one moment apart', async () => {
      const written = record();

      await Promise.all(['h1', 'h2', 'h2'].map((hash) => open().note(written, write({ a: hash }, startMs + 1))));

      expect((await open().read(written, wanted())).map((each) => each.get('a')).sort()).toEqual(['h1', 'h2', 'h2']);
    });

    it('gives back the writes of a time, its first and last millisecond included', async () => {
      const written = record();
      for (const [index, hash] of ['h0', 'h1', 'h2', 'h3'].entries()) {
        await open().note(written, write({ a: hash }, startMs + index));
      }

      const between = (from: number, to: number) => wanted({ from: startMs + from, to: startMs + to });
      expect(await open().read(written, between(1, 2))).toEqual([given({ a: 'h2' }), given({ a: 'h1' })]);
      expect(await open().read(written, between(3, 9))).toEqual([given({ a: 'h3' })]);
      expect(await open().read(written, between(4, 9))).toEqual([]);
    });

    it('gives back no more than is wanted, the newest', async () => {
      const written = record();
      for (const [index, hash] of ['h1', 'h2', 'h3', 'h4'].entries()) {
        await open().note(written, write({ a: hash }, startMs + 1 + index));
      }

      expect(await open().read(written, wanted({ limit: 2 }))).toEqual([given({ a: 'h4' }), given({ a: 'h3' })]);
    });

    it.each(['contact:1', 'a#b', 'ünï cödé', 'x'.repeat(2_000)])('tells records apart: %j', async (id) => {
      const entity = `${++count} ${id}`;
      await open().note(record({ entity }), write({ a: 'h1' }, startMs + 1));

      expect(await open().read(record({ entity }), wanted())).toHaveLength(1);
      expect(await open().read(record({ entity: `${entity}!` }), wanted())).toEqual([]);
      expect(await open().read(record({ entity, target: 'erp' }), wanted())).toEqual([]);
    });

    it('takes a hundred fields', async () => {
      const written = record();
      const fields = new Map(Array.from({ length: 100 }, (_, index) => [`field ${index}`, 'h'.repeat(43)]));

      await open().note(written, { ...write({}), hashes: fields });

      expect(await open().read(written, wanted())).toEqual([fields]);
    });
  });
}
