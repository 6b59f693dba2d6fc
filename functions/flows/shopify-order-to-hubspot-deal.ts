import { z } from 'zod';
import { flow, skip } from '../core/flow.ts';
import { hubspot, shopify } from './systems.ts';

const Order = z.object({
  id: z.number().int(),
  name: z.string(),
  email: z.string().nullish(),
  total_price: z.string(),
  customer: z.object({ first_name: z.string().nullish(), last_name: z.string().nullish() }).nullish(),
});

export default flow({
  purpose: 'Every paid order becomes a won deal on its buyer.',
  owner: 'sales-ops',
  from: shopify,
  types: ['orders/paid'],
  payload: Order,
  to: [hubspot.upsertContact, hubspot.upsertDeal, hubspot.associate],
  async run(order, { step }) {
    if (!order.email) return skip('the order has no e-mail address, so no buyer to put it on');
    const { first_name, last_name } = order.customer ?? {};
    const contact = await step(
      'contact',
      hubspot.upsertContact({
        email: order.email,
        properties: { ...(first_name && { firstname: first_name }), ...(last_name && { lastname: last_name }) },
      }),
    );
    const deal = await step(
      'deal',
      // A custom deal property with unique values: docs/first-deploy.md says how to create it.
      hubspot.upsertDeal({
        uniqueProperty: 'shopify_order_id',
        value: String(order.id),
        properties: {
          dealname: `Order ${order.name}`,
          amount: order.total_price,
          pipeline: 'default',
          dealstage: 'closedwon',
        },
      }),
    );
    return hubspot.associate({ dealId: deal.id, contactId: contact.id });
  },
});
