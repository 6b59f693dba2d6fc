/** Who judges which scheme. */
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import type { Scheme } from '../judge.ts';
import { easypost, fedex, github, gusto, quickbooks, shopify, woocommerce, xero } from './body.ts';
import { ebayWithChallenge, metaWithChallenge } from './challenge.ts';
import { salesforce, shipstationV1, spApi } from './content.ts';
import { basic, bearer, eventMesh, formToken, inHeader, mailchimpToken } from './credential.ts';
import { ebayWithOurs } from './ebay.ts';
import { mandrill, twilio } from './form.ts';
import { paypal, paypalWithOurs } from './paypal.ts';
import { shipengine, shipengineWithOurs } from './shipengine.ts';
import { bamboohr, generic, klaviyo, mailchimp, slack, standardWebhooks, stripe, zendesk } from './timed.ts';
import { easypostV2, hubspot, square } from './url.ts';

const SCHEMES: Readonly<Record<string, (vector: Vector) => Scheme>> = {
  ...{ 'stripe-signature-v1': stripe, 'github-hub-signature-256': github, 'shopify-hmac-sha256': shopify },
  ...{ 'hubspot-v1': hubspot, 'hubspot-v2': hubspot, 'hubspot-v3': hubspot },
  ...{ 'square-hmac-sha256': square, 'easypost-hmac': easypost, 'easypost-hmac-v2': easypostV2, 'slack-v0': slack },
  ...{ 'twilio-form': twilio, 'twilio-json': twilio, 'mandrill-hmac-sha1': mandrill, 'mandrill-head-check': mandrill },
  ...{ 'standard-webhooks': standardWebhooks, svix: standardWebhooks, 'generic-hmac': generic },
  ...{ 'intuit-signature': quickbooks, 'fedex-fdx-signature': fedex, 'xero-hmac-sha256': xero },
  ...{ 'mailchimp-signature-v1': mailchimp, 'klaviyo-hmac-sha256': klaviyo, 'zendesk-hmac-sha256': zendesk },
  ...{ 'gusto-hmac-sha256': gusto, 'gusto-verification': gusto, 'bamboohr-hmac-sha256': bamboohr },
  ...{ 'woocommerce-hmac-sha256': woocommerce, 'woocommerce-ping': woocommerce },
  ...{ 'meta-hub-signature-256': metaWithChallenge, 'meta-hub-challenge': metaWithChallenge },
  ...{ 'ebay-ecdsa-sha1': ebayWithChallenge, 'ebay-challenge': ebayWithChallenge },
  ...{ 'paypal-rsa-sha256-crc32': paypal, 'shipengine-rsa-sha256-jwks': shipengine },
  ...{ 'mailchimp-url-token': mailchimpToken, 'activecampaign-url-token': formToken, 'rippling-url-token': formToken },
  ...{ 'salesforce-outbound-message': salesforce, 'shipstation-v1-url-token': shipstationV1 },
  ...{ 'pipedrive-basic': basic, 'generic-basic': basic, 'generic-bearer': bearer },
  ...{ 'ups-track-alert-credential': inHeader, 'generic-header-key': inHeader },
  ...{ 'sap-event-mesh-basic': eventMesh, 'cloudevents-webhook-handshake': eventMesh },
  ...{ 'sp-api-sqs': spApi, 'sp-api-eventbridge': spApi },
};

/** Whether somebody can tell what is genuine of its scheme. */
export const isJudged = ({ scheme }: Pick<Vector, 'scheme'>) => Object.hasOwn(SCHEMES, scheme);

export function schemeOf(vector: Vector): Scheme {
  const create = isJudged(vector) ? SCHEMES[vector.scheme] : undefined;
  if (!create) throw new Error(`[fuzz] no judge is written for the scheme ${vector.scheme} of ${vector.id}`);
  return create(vector);
}

const EQUIPPED: Readonly<Record<string, (vector: Vector) => Vector>> = {
  'shipengine-rsa-sha256-jwks': shipengineWithOurs,
  'ebay-ecdsa-sha1': ebayWithOurs,
  'paypal-rsa-sha256-crc32': paypalWithOurs,
};

/** The vector, with a key that we can sign by where the vendor's is its own. */
export const equipped = (vector: Vector): Vector => EQUIPPED[vector.scheme]?.(vector) ?? vector;
