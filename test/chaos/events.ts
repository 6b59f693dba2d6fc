/**
 * The events of a run: of all four sources in turn, some of them about the same record, a few too large for a message.
 *
 * An event's number says everything about it but its signature, so that a seed need not name them.
 */
import { createRandom, type Random } from '../fuzz/random.ts';
import {
  genericRequest,
  orderNumber,
  type SignOptions,
  shopifyRequest,
  standardWebhookRequest,
  stripeRequest,
} from '../journeys/vendors.ts';
import type { Accepted } from './account.ts';

/** Of five events in a row of one source, the first three are about one record, and all orders are of one buyer. */
const BLOCK = 5;
const ABOUT_ONE = 3;
/** Above 700 KB a body lies in the bucket, and its message refers to it. */
const LARGE_BYTES = 720_000;
const LARGE_ONE_IN = 100;
const MOST_LARGE = 50;

type About = { id: string; entity: string; buyer: string; version: number; isLarge: boolean };

const SOURCES = [shopifyOrder, stripePayment, standardContact, genericLead];

/** @param options.of How many events there are in all. */
export function signEvent(number: number, { of, ...options }: SignOptions & { of: number }): Promise<Accepted> {
  const own = Math.floor(number / SOURCES.length);
  const [block, place] = [Math.floor(own / BLOCK), own % BLOCK];
  const nameOf = (index: number) => `c-${index * SOURCES.length + (number % SOURCES.length)}`;
  const about: About = {
    id: `c-${number}`,
    entity: place < ABOUT_ONE ? nameOf(block * BLOCK) : nameOf(own),
    buyer: `buyer-${block}`,
    version: place,
    isLarge: number % Math.max(LARGE_ONE_IN, Math.ceil(of / MOST_LARGE)) === 2,
  };
  return SOURCES[number % SOURCES.length]!(about, options);
}

/** Signed by somebody who does not know the secret, with an id that no event has. */
export const signForgery = (random: Random): Promise<Accepted> => {
  const id = `f-${random.int(1_000_000)}`;
  const about = { id, entity: id, buyer: id, version: 0, isLarge: false };
  return random.pick(SOURCES)(about, { forged: true });
};

/** The same for a lane each time, and another for each. */
export const randomOfLane = (seed: number, lane: number) => createRandom(seed, 'lane', lane);

async function shopifyOrder({ id, entity, buyer, version }: About, options: SignOptions): Promise<Accepted> {
  const body = {
    id: orderNumber(entity),
    name: `#${entity}`,
    note: id,
    email: `${buyer}@example.com`,
    total_price: totalOf(version),
    financial_status: 'paid',
    updated_at: `2026-11-20T09:29:${10 + version}+01:00`,
    customer: { first_name: 'Ada', last_name: 'Lovelace' },
  };
  return { ...(await shopifyRequest(id, JSON.stringify(body), options)), order: entity };
}

/** What an order costs by the event of this place among those about it. */
const totalOf = (version: number) => `${259 + version}.00`;

function stripePayment({ id, entity, version }: About, options: SignOptions): Promise<Accepted> {
  const invoice = {
    id: `in_${entity}`,
    object: 'invoice',
    number: id,
    amount_due: 4_900,
    attempt_count: 1 + version,
    currency: 'eur',
    customer_email: `${entity}@example.com`,
    hosted_invoice_url: `https://invoice.stripe.com/i/${id}`,
  };
  const type = 'invoice.payment_failed';
  const created = 1_795_166_995 + version;
  const body = { id: `evt_${id}`, object: 'event', created, type, data: { object: invoice } };
  return stripeRequest(id, JSON.stringify(body), options);
}

function standardContact({ id, entity, version, isLarge }: About, options: SignOptions): Promise<Accepted> {
  const data = { id: entity, event: id, version, ...(isLarge && { note: 'x'.repeat(LARGE_BYTES) }) };
  return standardWebhookRequest(id, JSON.stringify({ type: 'contact.created', data }), options);
}

function genericLead({ id, entity, version }: About, options: SignOptions): Promise<Accepted> {
  const body = { id, type: 'lead.created', entityId: entity, version, name: 'Ada' };
  return genericRequest(id, JSON.stringify(body), options);
}
