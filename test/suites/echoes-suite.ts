import { describe, expect, it } from 'vitest';
import type { Echoes } from '../../functions/core/ports.ts';
import { startMs } from '../core/given.ts';

/** What every keeper of echoes must do. Each test takes a record of its own. */
export function echoesSuite(name: string, open: () => Echoes): void {
  let count = 0;
  const record = (changes = {}) => ({ target: 'crm', entity: `contact:${++count}`, ...changes });

  describe(`${name} as a keeper of echoes`, () => {
    it('knows nothing of what was never written', async () => {
      expect(await open().read(record())).toEqual(new Map());
    });

    it('gives back what was noted, with the end of its time', async () => {
      const written = record();

      await open().note(
        written,
        new Map([
          ['first name', 'h1'],
          ['city', 'h2'],
        ]),
        startMs,
      );

      expect(await open().read(written)).toEqual(
        new Map([
          ['first name', { hash: 'h1', until: startMs }],
          ['city', { hash: 'h2', until: startMs }],
        ]),
      );
    });

    it('keeps the last value of each field, and the other fields', async () => {
      const written = record();
      await open().note(
        written,
        new Map([
          ['a', 'h1'],
          ['b', 'h2'],
        ]),
        startMs,
      );

      await open().note(written, new Map([['b', 'h3']]), startMs + 1);

      expect(await open().read(written)).toEqual(
        new Map([
          ['a', { hash: 'h1', until: startMs }],
          ['b', { hash: 'h3', until: startMs + 1 }],
        ]),
      );
    });

    it.each(['contact:1', 'a#b', 'ünï cödé', 'x'.repeat(2_000)])('tells records apart: %j', async (id) => {
      const entity = `${++count} ${id}`;
      await open().note(record({ entity }), new Map([['a', 'h1']]), startMs);

      expect((await open().read(record({ entity }))).size).toBe(1);
      expect((await open().read(record({ entity: `${entity}!` }))).size).toBe(0);
      expect((await open().read(record({ entity, target: 'erp' }))).size).toBe(0);
    });

    it('takes a hundred fields', async () => {
      const written = record();
      const fields = new Map(Array.from({ length: 100 }, (_, index) => [`field ${index}`, 'h'.repeat(43)]));

      await open().note(written, fields, startMs);

      expect((await open().read(written)).size).toBe(100);
    });
  });
}
