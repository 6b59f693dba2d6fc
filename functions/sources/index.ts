import type { Source } from '../core/source.ts';
import { activecampaign } from './activecampaign.ts';
import { amazonSpApi } from './amazon-sp-api.ts';
import { ebay } from './ebay.ts';
import { generic } from './generic.ts';
import { github } from './github.ts';
import { paypal } from './paypal.ts';
import { salesforce } from './salesforce.ts';
import { sapEventMesh } from './sap-event-mesh.ts';
import { shipstation } from './shipstation.ts';
import { shipstationV1 } from './shipstation-v1.ts';
import { shopify } from './shopify.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';

/** Every kind of source, by the name of its file. */
export const sources = {
  activecampaign,
  'amazon-sp-api': amazonSpApi,
  ebay,
  generic,
  github,
  paypal,
  salesforce,
  'sap-event-mesh': sapEventMesh,
  shipstation,
  'shipstation-v1': shipstationV1,
  shopify,
  'standard-webhooks': standardWebhooks,
  stripe,
} satisfies Record<string, (name: string) => Source>;
