import type { Source } from '../core/source.ts';
import { activecampaign } from './activecampaign.ts';
import { amazonSpApi } from './amazon-sp-api.ts';
import { bamboohr } from './bamboohr.ts';
import { easypost } from './easypost.ts';
import { ebay } from './ebay.ts';
import { fedex } from './fedex.ts';
import { generic } from './generic.ts';
import { github } from './github.ts';
import { gusto } from './gusto.ts';
import { hubspot } from './hubspot.ts';
import { klaviyo } from './klaviyo.ts';
import { mailchimp } from './mailchimp.ts';
import { make } from './make.ts';
import { mandrill } from './mandrill.ts';
import { meta } from './meta.ts';
import { netsuite } from './netsuite.ts';
import { paypal } from './paypal.ts';
import { pipedrive } from './pipedrive.ts';
import { quickbooks } from './quickbooks.ts';
import { rippling } from './rippling.ts';
import { salesforce } from './salesforce.ts';
import { sapEventMesh } from './sap-event-mesh.ts';
import { shipstation } from './shipstation.ts';
import { shipstationV1 } from './shipstation-v1.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { square } from './square.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';
import { twilio } from './twilio.ts';
import { ups } from './ups.ts';
import { woocommerce } from './woocommerce.ts';
import { xero } from './xero.ts';
import { zapier } from './zapier.ts';
import { zendesk } from './zendesk.ts';

/** Every kind of source, by the name of its file. */
export const sources = {
  activecampaign,
  'amazon-sp-api': amazonSpApi,
  bamboohr,
  easypost,
  ebay,
  fedex,
  generic,
  github,
  gusto,
  hubspot,
  klaviyo,
  mailchimp,
  make,
  mandrill,
  meta,
  netsuite,
  paypal,
  pipedrive,
  quickbooks,
  rippling,
  salesforce,
  'sap-event-mesh': sapEventMesh,
  'shipstation-v1': shipstationV1,
  shipstation,
  shopify,
  slack,
  square,
  'standard-webhooks': standardWebhooks,
  stripe,
  twilio,
  ups,
  woocommerce,
  xero,
  zapier,
  zendesk,
} satisfies Record<string, (name: string) => Source>;
