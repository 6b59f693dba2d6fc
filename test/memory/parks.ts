import type { Park, ParkReason, ParkSubject } from '../../functions/core/parks.ts';
import type { Parks } from '../../functions/core/ports.ts';

/** Parks in memory, laid open for assertions by `<kind>#<name>#<reason>`. */
export function memoryParks() {
  const held = new Map<string, Park>();
  const id = ({ kind, name }: ParkSubject, reason: ParkReason) => `${kind}#${name}#${reason}`;
  const parks: Parks = {
    async read(subjects) {
      return [...held.values()].filter(({ subject }) =>
        subjects.some(({ kind, name }) => kind === subject.kind && name === subject.name),
      );
    },
    async add(park) {
      const { since, by } = held.get(id(park.subject, park.reason)) ?? park;
      held.set(id(park.subject, park.reason), { ...park, since, by });
    },
    async remove(subject, reason) {
      held.delete(id(subject, reason));
    },
  };
  return { parks, held };
}
