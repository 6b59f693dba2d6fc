import type { Echoes, EchoRecord } from '../../functions/core/ports.ts';

/** What we wrote into vendors' records, in memory, laid open by `<target> <entity>`, the newest at the end. */
export function memoryEchoes() {
  const records = new Map<string, { hashes: ReadonlyMap<string, string>; until: number }[]>();
  const id = ({ target, entity }: EchoRecord) => `${target} ${entity}`;
  const echoes: Echoes = {
    async note(record, hashes, until) {
      const writes = records.get(id(record)) ?? [];
      writes.push({ hashes: new Map(hashes), until });
      records.set(id(record), writes);
    },
    async read(record, { now, limit }) {
      const alive = (records.get(id(record)) ?? []).filter(({ until }) => until > now);
      const newest = alive.toSorted((one, other) => other.until - one.until).slice(0, limit);
      return newest.map(({ hashes }) => hashes);
    },
  };
  return { echoes, records };
}
