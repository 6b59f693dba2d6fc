import type { Source } from '../core/source.ts';
import { activecampaign } from './activecampaign.ts';
import { generic } from './generic.ts';
import { github } from './github.ts';
import { make } from './make.ts';
import { netsuite } from './netsuite.ts';
import { shopify } from './shopify.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';
import { zapier } from './zapier.ts';

/** Every kind of source, by the name of its file. */
export const sources = {
  activecampaign,
  generic,
  github,
  make,
  netsuite,
  shopify,
  'standard-webhooks': standardWebhooks,
  stripe,
  zapier,
} satisfies Record<string, (name: string) => Source>;
