import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { stripe } from '../../functions/sources/stripe.ts';
import { both, fresh, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const SECRET = 'whsec_3XJzzpdAAux2oO0Hz0xxxYmdbkeRdilz';
const source = stripe('stripe');

sourceSuite('stripe', {
  source,
  proofIn: { header: 'stripe-signature' },
  current: both({ secret: SECRET }),
  previous: both({ secret: 'whsec_GNzHjJqwm9UcytfIaTivkY6Sr9lJ3dTH' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

describe("stripe's own library", () => {
  const { webhooks } = Stripe;
  const NOW = new Date('2026-11-20T09:30:00Z');
  const timestamp = 1_795_167_000;
  const payload = '{"id":"evt_1","type":"customer.updated","created":1795166900,"data":{"object":{"id":"cus_1"}}}';
  const knock = (signature: string, now: Date) => {
    const headers = { 'stripe-signature': signature };
    const request = { method: 'POST', rawQuery: '', headers, body: Buffer.from(payload) };
    return openDoor(source, [{ secret: SECRET }], now).knock(request);
  };

  test('signs requests that verify', async () => {
    const signature = webhooks.generateTestHeaderString({ payload, secret: SECRET, timestamp });

    expect(await knock(signature, NOW)).toEqual({ status: 200 });
  });

  test('signs requests that are refused when older than 300 seconds', async () => {
    const signature = webhooks.generateTestHeaderString({ payload, secret: SECRET, timestamp });

    expect(await knock(signature, new Date('2026-11-20T09:35:00.999Z'))).toMatchObject({ status: 200 });
    expect(await knock(signature, new Date('2026-11-20T09:35:01Z'))).toMatchObject({ status: 401 });
  });

  test('believes our samples', () => {
    const body = JSON.stringify(source.definition.types['invoice.payment_failed']?.sample(fresh(1)));
    const { headers } = source.definition.sign(
      { type: 'invoice.payment_failed', body, fresh: fresh(1), url: '' },
      { secret: SECRET },
    );

    const event = webhooks.constructEvent(
      body,
      headers['stripe-signature'] ?? '',
      SECRET,
      300,
      undefined,
      NOW.getTime(),
    );

    expect(event.type).toBe('invoice.payment_failed');
  });
});

describe('a Stripe event', () => {
  const read = (event: unknown) =>
    source.definition.read({
      headers: {},
      body: Buffer.from(JSON.stringify(event)),
      acceptedAt: Date.parse('2026-11-20T09:30:00Z'),
    });

  test('of a connected account has that account in its key', () => {
    const event = { id: 'evt_1', type: 'invoice.paid', account: 'acct_7' };

    expect(read(event)).toMatchObject({ events: [{ eventId: 'evt_1', key: 'acct_7:evt_1' }] });
  });

  test('that is thin has no entity and keeps its own time', () => {
    const event = {
      id: 'evt_2',
      object: 'v2.core.event',
      type: 'v1.billing.meter',
      created: '2026-11-20T09:30:00.000Z',
    };

    expect(read(event)).toMatchObject({ events: [{ occurredAt: '2026-11-20T09:30:00.000Z', entityId: null }] });
  });
});
