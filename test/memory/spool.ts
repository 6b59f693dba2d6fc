import { SPOOL_PREFIX } from '../../functions/core/names.ts';
import type { Spool } from '../../functions/core/ports.ts';

/** The spool in memory, two keys a page, laid open for assertions. */
export function memorySpool() {
  const objects = new Map<string, Buffer>();
  /** Operations that fail. */
  const failing = new Set<keyof Spool>();
  const use = (operation: keyof Spool) => {
    if (failing.has(operation)) throw new Error(`the spool's ${operation} is not available`);
  };
  const spool: Spool = {
    async put(key, object) {
      use('put');
      objects.set(key, object);
    },
    async list(after = '') {
      use('list');
      const keys = [...objects.keys()].filter((key) => key.startsWith(SPOOL_PREFIX) && key > after);
      return keys.sort().slice(0, 2);
    },
    async get(key) {
      use('get');
      return objects.get(key);
    },
    async remove(key) {
      use('remove');
      objects.delete(key);
    },
  };
  return { spool, objects, failing };
}
