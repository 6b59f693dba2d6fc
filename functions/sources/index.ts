import type { Source } from '../core/source.ts';
import { activecampaign } from './activecampaign.ts';
import { easypost } from './easypost.ts';
import { generic } from './generic.ts';
import { github } from './github.ts';
import { hubspot } from './hubspot.ts';
import { klaviyo } from './klaviyo.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { square } from './square.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';
import { twilio } from './twilio.ts';
import { zendesk } from './zendesk.ts';

/** Every kind of source, by the name of its file. */
export const sources = {
  activecampaign,
  easypost,
  generic,
  github,
  hubspot,
  klaviyo,
  shopify,
  slack,
  square,
  'standard-webhooks': standardWebhooks,
  stripe,
  twilio,
  zendesk,
} satisfies Record<string, (name: string) => Source>;
