import { ledgerKey } from '../../functions/core/delivery-id.ts';
import { admit, type Entity, entityKey, type Leaving, outranks } from '../../functions/core/entity.ts';
import type { Entities } from '../../functions/core/ports.ts';
import type { memoryLedger } from './ledger.ts';

/** Entities in memory beside a ledger in memory, laid open for assertions by their partition key. */
export function memoryEntities({ ledger, rows }: ReturnType<typeof memoryLedger>) {
  const held = new Map<string, Entity>();
  const writes: string[] = [];
  const entities: Entities = {
    async enter(address, entry) {
      const key = entityKey(address);
      const entity = held.get(key) ?? {};
      const admission = admit(entity, entry);
      const { delivery, version, token, now, leaseUntil, wantedUntil, counts } = entry;
      const wanted = { wantedVersion: version, wantedBy: delivery, wantedUntil };
      if (entity.leaseToken === token) return admission;
      if (admission.do === 'enter') {
        const lease = { leaseToken: token, leaseBy: delivery, leaseUntil };
        const { hourFrom = now, hourCount = 0 } = entity;
        held.set(key, { ...entity, ...wanted, ...lease, hourFrom, hourCount: hourCount + counts });
        writes.push('enter');
      } else if (admission.do === 'wait' && admission.why === 'entity-busy' && outranks(entry, entity)) {
        held.set(key, { ...entity, ...wanted });
        writes.push('want');
      }
      return admission;
    },
    async leave({ row, failedTry }, previousToken, leaving) {
      const key = entityKey(leaving.entity);
      const stored = rows.get(ledgerKey(row));
      if (stored?.token === row.token) return { written: true };
      if (stored?.token !== previousToken) return { written: false, stored };
      const { token } = leaving;
      const entity = held.get(key) ?? {};
      if (token !== undefined && entity.leaseToken !== token) return { written: false, stored: undefined };
      held.set(key, left(entity, leaving, row.notBefore));
      writes.push(`leave ${leaving.as}`);
      return await ledger.write(row, previousToken, failedTry);
    },
    async read(address) {
      return held.get(entityKey(address));
    },
    async park(address, now) {
      const key = entityKey(address);
      held.set(key, { parkedAt: now, ...held.get(key) });
    },
    async resume(address) {
      const key = entityKey(address);
      const { parkedAt, hourFrom: _, hourCount: __, ...entity } = held.get(key) ?? {};
      if (parkedAt !== undefined) held.set(key, entity);
    },
  };
  return { entities, held, writes };
}

function left(
  entity: Entity,
  { as, token, delivery, version, now, newHour }: Leaving,
  notBefore: number | undefined,
): Entity {
  const { leaseToken, leaseBy, leaseUntil, ...idle } = entity;
  const released: Entity = token === undefined ? entity : idle;
  const counted = newHour === undefined ? released : { ...released, hourFrom: now, hourCount: newHour };
  if (as === 'apply') return { ...counted, appliedVersion: version, appliedBy: delivery };
  if (as === 'park') return { ...counted, parkedAt: now };
  if (as === 'wait' && notBefore !== undefined) return { ...counted, waitingBy: delivery, waitingUntil: notBefore };
  if (as === 'wait' || counted.wantedBy !== delivery) return counted;
  const { wantedVersion: _, wantedBy: __, wantedUntil: ___, ...unwanted } = counted;
  return unwanted;
}
