/** Deliveries of one entity, and the order in which they get their turn. */
import { z } from 'zod';
import { type Flow, flow } from '../../functions/core/flow.ts';
import type { DeliveryRow } from '../../functions/core/ledger.ts';
import { crm, hub, shop } from './given.ts';

/** A flow whose latest event wins. */
export const latestWins = (changes: Partial<Pick<Flow, 'run' | 'when' | 'entity'>> = {}): Flow => ({
  ...flow({
    ...{ purpose: 'A test.', owner: 'tests', from: shop, types: ['thing'], payload: z.unknown(), to: [crm.upsert] },
    run: async (_payload, { event }) => crm.upsert({ text: event.key }),
  }),
  ...changes,
});

/** A hub, and events of the entity `order` by the hour of the day in which they happened. */
export function givenEntity(options: Parameters<typeof hub>[1] & { flow?: Flow } = {}) {
  const at = hub(options.flow ?? latestWins(), options);
  const event = (hour: number, entityId: string | null = 'order') => {
    const occurredAt = `2026-11-19T${String(hour).padStart(2, '0')}:00:00Z`;
    return at.accepted({ key: `v${hour}`, acceptId: `accept-${hour}`, occurredAt, entityId });
  };
  const row = (hour: number): DeliveryRow => at.ledger.rows.get(`orders#shop#v${hour}`)!;
  const entity = () => at.entities.held.get('entity#orders#shop#order');
  const texts = () => at.sent.map(({ body }) => JSON.parse(String(body)).text);
  return { ...at, event, row, entity, texts };
}
