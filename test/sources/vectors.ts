/**
 * Requests as vendors' own packages sign them, with the verdict and the events that are right.
 *
 * `test/fixtures/source-vectors.json` has a few for every run; test/contracts/sources.test.ts runs them all.
 */
import type { Source, SourceRequest } from '../../functions/core/source.ts';
import { type GenericOptions, generic } from '../../functions/sources/generic.ts';
import { shopify } from '../../functions/sources/shopify.ts';
import { standardWebhooks } from '../../functions/sources/standard-webhooks.ts';
import { stripe } from '../../functions/sources/stripe.ts';
import { openDoor } from './door.ts';

export type Vector = {
  readonly id: string;
  readonly scheme: string;
  readonly description: string;
  readonly request: {
    readonly method: string;
    readonly url: string;
    /** A list stands for several header lines of one name. */
    readonly headers: Readonly<Record<string, string | readonly string[]>>;
    readonly body?: string;
    readonly bodyBase64?: string;
  };
  /** Newest first. */
  readonly secrets: readonly string[];
  readonly keys?: { readonly generic?: GenericOptions };
  /** Unix seconds. */
  readonly now: number;
  readonly toleranceSeconds: number | null;
  readonly expected: 'accept' | 'reject';
  readonly eventId: string | null;
  readonly eventType: string | null;
  readonly events?: readonly ExpectedEvent[];
};

type ExpectedEvent = {
  readonly eventId: string;
  readonly eventType: string;
  readonly occurredAt: string | null;
  readonly entityId: string | null;
};

const CONNECTORS: Readonly<Record<string, (vector: Vector) => Source>> = {
  'stripe-signature-v1': () => stripe('vector'),
  'shopify-hmac-sha256': () => shopify('vector'),
  'standard-webhooks': () => standardWebhooks('vector'),
  svix: () => standardWebhooks('vector'),
  'generic-hmac': ({ keys, toleranceSeconds }) =>
    generic('vector', { ...keys?.generic, ...(toleranceSeconds !== null && { maxAgeSeconds: toleranceSeconds }) }),
};

/** The schemes that the shelf can verify. */
export const SCHEMES: readonly string[] = Object.keys(CONNECTORS);

/** The connector of a vector's scheme, configured as the vector says. */
export function sourceOf(vector: Vector): Source {
  const source = CONNECTORS[vector.scheme]?.(vector);
  if (!source) throw new Error(`no connector is named for the scheme ${vector.scheme}`);
  return source;
}

/** Sends a vector's request to the door, at its time and with its secrets. */
export async function knockWith(vector: Vector) {
  const source = sourceOf(vector);
  const secrets = vector.secrets.map((secret) => ({ secret }));
  const door = openDoor(source, secrets, new Date(vector.now * 1_000), vector.request.url);
  const { status } = await door.knock(requestOf(vector));
  const events = door.accepted().map(({ eventId, type, occurredAt, entityId, key }) => ({
    event: { eventId, eventType: type, occurredAt, entityId },
    key,
  }));
  return { status, events };
}

/** The events that a vector asks for; some name only the id and the type of their one event. */
export function expectedEvents({ events, eventId, eventType }: Vector): readonly Partial<ExpectedEvent>[] {
  return events ?? [{ ...(eventId !== null && { eventId }), ...(eventType !== null && { eventType }) }];
}

/** Header names in lower case, as the gateway hands them over. */
function requestOf({ request: { method, url, headers, body, bodyBase64 } }: Vector): SourceRequest {
  return {
    method,
    rawQuery: new URL(url).search.slice(1),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: bodyBase64 === undefined ? Buffer.from(body ?? '') : Buffer.from(bodyBase64, 'base64'),
  };
}
