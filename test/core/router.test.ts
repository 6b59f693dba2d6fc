/** Which flows an event goes to. */
import { describe, expect, it } from 'vitest';
import { router } from '../../functions/core/accept.ts';
import { routes } from './given-accept.ts';

describe('router', () => {
  const flowsFor = router(routes);
  const event = (type: string) => ({ type, key: 'k', eventId: null, occurredAt: null, entityId: null });

  it.each([
    ['thing', ['orders', 'invoices', 'archive']],
    ['unheard-of', ['archive']],
    ['constructor', ['archive']],
    ['*', ['archive']],
    ['unreadable', ['orders', 'invoices', 'archive']],
  ])('sends %s to %j', (type, flows) => {
    expect(flowsFor(event(type))).toEqual(flows);
  });
});
