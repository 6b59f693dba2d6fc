import type { Echoes } from '../../functions/core/ports.ts';

/** What we wrote into vendors' records, in memory, laid open by `<target> <entity>`. */
export function memoryEchoes() {
  const records = new Map<string, Map<string, { hash: string; until: number }>>();
  const id = ({ target, entity }: { target: string; entity: string }) => `${target} ${entity}`;
  const echoes: Echoes = {
    async note(record, hashes, until) {
      const fields = new Map(records.get(id(record)));
      for (const [field, hash] of hashes) fields.set(field, { hash, until });
      records.set(id(record), fields);
    },
    async read(record) {
      return records.get(id(record)) ?? new Map();
    },
  };
  return { echoes, records };
}
