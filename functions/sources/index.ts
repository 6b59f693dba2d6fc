import type { Source } from '../core/source.ts';
import { activecampaign } from './activecampaign.ts';
import { fedex } from './fedex.ts';
import { generic } from './generic.ts';
import { github } from './github.ts';
import { mailchimp } from './mailchimp.ts';
import { make } from './make.ts';
import { mandrill } from './mandrill.ts';
import { netsuite } from './netsuite.ts';
import { shopify } from './shopify.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';
import { ups } from './ups.ts';
import { zapier } from './zapier.ts';

/** Every kind of source, by the name of its file. */
export const sources = {
  activecampaign,
  fedex,
  generic,
  github,
  mailchimp,
  make,
  mandrill,
  netsuite,
  shopify,
  'standard-webhooks': standardWebhooks,
  stripe,
  ups,
  zapier,
} satisfies Record<string, (name: string) => Source>;
