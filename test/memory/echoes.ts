import type { Echoes, EchoRecord, RecordWrite } from '../../functions/core/ports.ts';

/** What we wrote into vendors' records, in memory, laid open by `<target> <entity>`, the last noted at the end. */
export function memoryEchoes() {
  const records = new Map<string, RecordWrite[]>();
  const id = ({ target, entity }: EchoRecord) => `${target} ${entity}`;
  const echoes: Echoes = {
    async note(record, write) {
      const writes = records.get(id(record)) ?? [];
      writes.push({ ...write, hashes: new Map(write.hashes) });
      records.set(id(record), writes);
    },
    async read(record, { from, to, limit }) {
      const between = (records.get(id(record)) ?? []).filter(({ at }) => at >= from && at <= to);
      const newest = between.toSorted((one, other) => other.at - one.at).slice(0, limit);
      return newest.map(({ hashes }) => hashes);
    },
  };
  return { echoes, records };
}
