import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { flow, skip } from '../../functions/core/flow.ts';
import { shopify as shopifySource } from '../../functions/sources/shopify.ts';
import { http as httpTarget } from '../../functions/targets/http.ts';
import { hubspot as hubspotTarget } from '../../functions/targets/hubspot.ts';
import { slack as slackTarget } from '../../functions/targets/slack.ts';

const shop = shopifySource('shop', { types: ['refunds/create'] });
const crm = hubspotTarget('crm');
const chat = slackTarget('chat');
const http = httpTarget('http');
const Order = z.object({ email: z.string() });
const described = { purpose: 'For a test.', owner: 'test', from: shop, payload: Order, order: 'any' } as const;

/**
 * What the compiler must refuse stands behind @ts-expect-error: were it allowed, this file would not compile.
 */
describe('a flow', () => {
  it('knows its operations, and what each answers', () => {
    const defined = flow({
      ...described,
      types: ['orders/paid', 'refunds/create'],
      to: [crm.upsertContact, crm.associate, { operation: chat.postMessage, ifUnknown: 'stop' }],
      async run(order, { step }) {
        const contact = await step('contact', crm.upsertContact({ email: order.email }));
        expectTypeOf(order).toEqualTypeOf<{ email: string }>();
        expectTypeOf(contact.id).toEqualTypeOf<string>();
        return chat.postMessage({ channel: '#orders', text: contact.id });
      },
    });

    expect(defined.operations.map(({ id, ifUnknown }) => [id, ifUnknown])).toEqual([
      ['hubspot.upsertContact', undefined],
      ['hubspot.associate', undefined],
      ['slack.postMessage', 'stop'],
    ]);
  });

  it('must say what happens to a call that cannot be repeated when its outcome is not known', () => {
    flow({
      ...described,
      types: ['orders/paid'],
      // @ts-expect-error chat.postMessage needs { operation, ifUnknown }
      to: [chat.postMessage],
      run: async () => skip('test'),
    });
  });

  it('may listen only to event types that its source has', () => {
    flow({
      ...described,
      // @ts-expect-error it is orders/paid
      types: ['order/paid'],
      to: [crm.upsertContact],
      run: async () => skip('test'),
    });
  });

  it('may perform only what it lists', () => {
    flow({
      ...described,
      types: ['orders/paid'],
      to: [crm.upsertContact],
      async run(order, { step }) {
        // @ts-expect-error crm.upsertDeal is not in "to"
        await step('deal', crm.upsertDeal({ uniqueProperty: 'order', value: order.email }));
        return crm.upsertContact({ email: order.email });
      },
    });
  });

  it('may not return an operation that it does not list', () => {
    flow({
      ...described,
      types: ['orders/paid'],
      to: [crm.upsertContact],
      // @ts-expect-error http.sendWebhook is not in "to"
      run: async () => http.sendWebhook({ type: 'x', data: {} }),
    });
  });

  it('that writes into no target can only skip', async () => {
    const watcher = flow({ ...described, types: ['orders/paid'], to: [], run: async () => skip('only watched') });
    flow({
      ...described,
      types: ['orders/paid'],
      to: [],
      // @ts-expect-error crm.upsertContact is not in "to"
      run: async (order) => crm.upsertContact({ email: order.email }),
    });

    expect(watcher.operations).toEqual([]);
  });

  it('gives an operation the input that it asks for', () => {
    // @ts-expect-error the contact is found by its email
    crm.upsertContact({ mail: 'ada@example.com' });
  });
});
