/** Deliveries of a single call, which may be repeated or not, and a worker that dies over one. */

import type { Message } from '../../functions/core/claim.ts';
import type { Ledger } from '../../functions/core/ports.ts';
import { crm, flowOf, type hub, MINUTE } from './given.ts';

export type Hub = ReturnType<typeof hub>;

export const upsertFlow = () => flowOf(async () => crm.upsert({ text: 'hello' }));
export const notifyFlow = (ifUnknown: 'stop' | 'repeat' | 'drop' = 'stop') =>
  flowOf(async () => crm.notify({ text: 'hello' }), { ifUnknown });

/** A worker that dies: it never comes back to commit. */
export async function crash(given: Hub, copy: Message): Promise<void> {
  const never = { ...given.ports.http, send: () => Promise.reject(new Error('killed')) };
  const ledger: Ledger = {
    ...given.ports.ledger,
    write: async (row, previous, failedTry) => {
      if (row.state === 'delivering') return await given.ports.ledger.write(row, previous, failedTry);
      throw new Error('killed');
    },
  };
  await given.deliver([copy], { ports: { http: never, ledger } });
  given.clock.advance(MINUTE);
}
