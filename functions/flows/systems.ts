/**
 * The systems of this company: every source that may call us and every target that we write to, under the names that own
 * their URLs and secrets. A name never changes its meaning.
 */
import { generic as genericSource } from '../sources/generic.ts';
import { shopify as shopifySource } from '../sources/shopify.ts';
import { standardWebhooks as standardWebhooksSource } from '../sources/standard-webhooks.ts';
import { stripe as stripeSource } from '../sources/stripe.ts';
import { http as httpTarget } from '../targets/http.ts';
import { hubspot as hubspotTarget } from '../targets/hubspot.ts';
import { slack as slackTarget } from '../targets/slack.ts';

export const stripe = stripeSource('stripe');
export const shopify = shopifySource('shopify');
export const standardWebhooks = standardWebhooksSource('standard-webhooks');
export const generic = genericSource('generic');

export const hubspot = hubspotTarget('hubspot');
export const slack = slackTarget('slack');
export const http = httpTarget('http');
