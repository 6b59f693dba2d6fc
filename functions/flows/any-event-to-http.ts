import { z } from 'zod';
import { flow } from '../core/flow.ts';
import { generic, http, shopify, standardWebhooks, stripe } from './systems.ts';

export default flow({
  purpose: 'Every event of every source is sent on as a signed webhook to a service of our own.',
  owner: 'platform',
  from: [stripe, shopify, standardWebhooks, generic],
  types: 'any',
  payload: z.unknown(),
  to: [http.sendWebhook],
  order: 'any',
  async run(payload, { event }) {
    return http.sendWebhook({ type: `${event.source}.${event.type}`, data: payload });
  },
});
