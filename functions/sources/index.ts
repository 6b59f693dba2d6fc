import type { Source } from '../core/source.ts';
import { activecampaign } from './activecampaign.ts';
import { bamboohr } from './bamboohr.ts';
import { generic } from './generic.ts';
import { github } from './github.ts';
import { gusto } from './gusto.ts';
import { meta } from './meta.ts';
import { pipedrive } from './pipedrive.ts';
import { quickbooks } from './quickbooks.ts';
import { rippling } from './rippling.ts';
import { shopify } from './shopify.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';
import { woocommerce } from './woocommerce.ts';
import { xero } from './xero.ts';

/** Every kind of source, by the name of its file. */
export const sources = {
  activecampaign,
  bamboohr,
  generic,
  github,
  gusto,
  meta,
  pipedrive,
  quickbooks,
  rippling,
  shopify,
  'standard-webhooks': standardWebhooks,
  stripe,
  woocommerce,
  xero,
} satisfies Record<string, (name: string) => Source>;
