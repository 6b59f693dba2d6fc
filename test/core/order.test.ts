import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { flow, skip } from '../../functions/core/flow.ts';
import { obstacleToOrder } from '../../functions/core/order.ts';
import { type EventType, source } from '../../functions/core/source.ts';
import { crm, shopDefinition } from './given.ts';

const type = (shape: EventType['shape'], ordered?: boolean): EventType => ({
  ...{ shape, sample: () => ({}) },
  ...(ordered !== undefined && { ordered }),
});
const types = { state: type('state'), delta: type('delta'), hint: type('hint'), timeless: type('state', false) };
const shop = source({ ...shopDefinition, types } as unknown as Parameters<
  typeof source<{ secret: string }, keyof typeof types>
>[0])('shop');

const flowOf = (definition: Partial<Parameters<typeof flow<typeof shop, unknown, [typeof crm.upsert]>>[0]>) =>
  flow({
    ...{ purpose: 'A test.', owner: 'tests', from: shop, types: ['state'], payload: z.unknown(), to: [crm.upsert] },
    run: async () => skip('test'),
    ...definition,
  });

describe('the order of a flow', () => {
  it.each([
    ['upserts of states', { types: ['state'] }, 'latest-wins'],
    ['a delta', { types: ['state', 'delta'] }, 'any'],
    ['a delta with an entity of its own', { types: ['delta'], entity: () => 'x' }, 'any'],
    ['a hint', { types: ['hint'] }, 'any'],
    ['a state without a time', { types: ['timeless'] }, 'any'],
    ['whatever comes', { types: 'any' }, 'any'],
    ['a call that is no upsert', { to: [crm.upsert, crm.charge] as never }, 'any'],
    ['what it says', { order: 'any' }, 'any'],
  ] as const)('for %s', (_title, definition, order) => {
    expect(flowOf(definition as never).order).toBe(order);
  });

  it.each([
    [
      'hint',
      {},
      "for type 'hint' of shop: it is a hint, which holds no state that could be the latest; write order: 'any'",
    ],
    ['timeless', {}, "for type 'timeless' of shop: its events have neither a time nor a sequence; write order: 'any'"],
    [
      'delta',
      {},
      "for type 'delta' of shop: it is a delta, and a newer change of one field must not displace an older change of another; give entity: (event) => … with the changed field in it, or write order: 'any'",
    ],
  ] as const)('latest-wins is refused for a %s', (name, changes, line) => {
    const refused = flowOf({ types: [name], order: 'latest-wins', ...changes });

    expect(obstacleToOrder(refused)).toBe(`order 'latest-wins' cannot be had ${line}`);
  });

  it('latest-wins is refused where what was done stays done, and without types', () => {
    const charging = flowOf({ order: 'latest-wins', to: [crm.upsert, crm.charge] as never });
    const greedy = flowOf({ order: 'latest-wins', types: 'any' });

    expect(obstacleToOrder(charging)).toBe(
      "order 'latest-wins' cannot be had with crm.charge: it is repeatable by 'key', so what it did for an older event stays done; give it a flow of its own, or write order: 'any'",
    );
    expect(obstacleToOrder(greedy)).toBe(
      "order 'latest-wins' needs its event types by name: list them in \"types\", or write order: 'any'",
    );
  });

  it('latest-wins may be had for a delta whose entity names the changed field', () => {
    const given = flowOf({ types: ['delta'], order: 'latest-wins', entity: (event) => `${event.entityId}/price` });

    expect(obstacleToOrder(given)).toBeUndefined();
  });
});
