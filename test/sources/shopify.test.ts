import '@shopify/shopify-api/adapters/node';
import { ApiVersion, LogSeverity, shopifyApi } from '@shopify/shopify-api';
import { createSHA256HMAC, HashFormat } from '@shopify/shopify-api/runtime';
import { describe, expect, test } from 'vitest';
import { shopify } from '../../functions/sources/shopify.ts';
import { both, fresh, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const SECRET = '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';
const source = shopify('shopify');

sourceSuite('shopify', {
  source,
  proofIn: { header: 'x-shopify-hmac-sha256' },
  current: both({ secret: SECRET }),
  previous: both({ secret: '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' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

const BODY = '{"id":5536208631514,"updated_at":"2026-11-12T04:30:01-05:00","name":"#1042"}';
const classic = {
  'x-shopify-topic': 'orders/create',
  'x-shopify-shop-domain': 'kaese-shop.myshopify.com',
  'x-shopify-api-version': '2026-10',
  'x-shopify-webhook-id': 'webhook-1',
  'x-shopify-event-id': 'event-1',
  'x-shopify-triggered-at': '2026-11-12T09:29:55.417123456Z',
};
const events = {
  'shopify-topic': 'products/update',
  'shopify-webhook-id': 'webhook-2',
  'shopify-triggered-at': '2026-11-12T09:29:56Z',
};

describe("shopify's own library", () => {
  const library = shopifyApi({
    apiKey: 'key',
    apiSecretKey: SECRET,
    apiVersion: ApiVersion.October25,
    hostName: 'hub.example',
    isEmbeddedApp: false,
    logger: { level: LogSeverity.Error },
  });

  test.each(['x-shopify-hmac-sha256', 'shopify-hmac-sha256'])('signs requests that verify by %s', async (header) => {
    const signature = await createSHA256HMAC(SECRET, BODY, HashFormat.Base64);
    const door = openDoor(source, [{ secret: SECRET }], new Date('2026-11-12T09:30:00Z'));
    const headers = { ...classic, ...events, [header]: signature };

    expect(await door.knock({ method: 'POST', rawQuery: '', headers, body: Buffer.from(BODY) })).toEqual({
      status: 200,
    });
  });

  test('believes our samples', async () => {
    const rawBody = JSON.stringify(source.definition.types['orders/paid']?.sample(fresh(1)));
    const { headers } = source.definition.sign(
      { type: 'orders/paid', body: rawBody, fresh: fresh(1), url: '' },
      { secret: SECRET },
    );
    const rawRequest = { method: 'POST', url: '/', headers };

    const answer = await library.webhooks.validate({ rawBody, rawRequest, rawResponse: {} });

    expect(answer).toMatchObject({ valid: true, topic: 'ORDERS_PAID', eventId: headers['x-shopify-event-id'] });
  });
});

describe('a Shopify delivery', () => {
  const read = (headers: Record<string, string>, body = BODY) =>
    source.definition.read({
      headers: { 'x-shopify-hmac-sha256': '…', ...headers },
      body: Buffer.from(body),
      acceptedAt: Date.parse('2026-11-20T09:30:00Z'),
    });

  test('is read from its classic headers', () => {
    expect(read(classic)).toEqual({
      events: [
        {
          type: 'orders/create',
          eventId: 'event-1',
          key: 'orders.create:event-1:5536208631514',
          occurredAt: '2026-11-12T04:30:01-05:00',
          entityId: '5536208631514',
        },
      ],
    });
  });

  test('has another key under another topic of the same event', () => {
    const paid = { ...classic, 'x-shopify-topic': 'orders/paid' };

    expect(read(paid)).toMatchObject({ events: [{ eventId: 'event-1', key: 'orders.paid:event-1:5536208631514' }] });
  });

  test('has its webhook id where the event id is missing', () => {
    const { 'x-shopify-event-id': _, ...headers } = classic;

    expect(read(headers)).toMatchObject({
      events: [{ eventId: 'webhook-1', key: 'orders.create:webhook-1:5536208631514' }],
    });
  });

  test('is read from the Events headers when their signature is present, and from no other', () => {
    const headers = { ...classic, ...events, 'shopify-hmac-sha256': '…' };

    expect(read(headers)).toMatchObject({ events: [{ type: 'products/update', eventId: 'webhook-2' }] });
  });

  test('with a right classic and a wrong Events signature is refused', async () => {
    const signature = await createSHA256HMAC(SECRET, BODY, HashFormat.Base64);
    const headers = { ...classic, ...events, 'x-shopify-hmac-sha256': signature, 'shopify-hmac-sha256': 'wrong' };
    const door = openDoor(source, [{ secret: SECRET }], new Date('2026-11-12T09:30:00Z'));

    const answer = await door.knock({ method: 'POST', rawQuery: '', headers, body: Buffer.from(BODY) });

    expect(answer.status).toBe(401);
  });

  test.each(['x-shopify-topic', 'x-shopify-event-id'])('with two lines of %s is refused', async (header) => {
    const signature = await createSHA256HMAC(SECRET, BODY, HashFormat.Base64);
    const headers = { ...classic, 'x-shopify-hmac-sha256': signature, [header]: ['one', 'other'] };
    const door = openDoor(source, [{ secret: SECRET }], new Date('2026-11-12T09:30:00Z'));

    const answer = await door.knock({ method: 'POST', rawQuery: '', headers, body: Buffer.from(BODY) });

    expect(answer.status).toBe(401);
  });

  test('without a time in its body happened when it was triggered', () => {
    expect(read(classic, '{"id":7}')).toMatchObject({ events: [{ occurredAt: '2026-11-12T09:29:55.417123456Z' }] });
  });

  test('without an id in its body is about no record', () => {
    expect(read(classic, '{"inventory_item_id":7}')).toMatchObject({ events: [{ entityId: null }] });
  });

  test('about a record whose number JSON would round is about no record, rather than about another', () => {
    expect(read(classic, '{"id":9007199254740993}')).toMatchObject({ events: [{ entityId: null }] });
  });

  test('without a topic or an id is unreadable', () => {
    const { 'x-shopify-topic': _, ...headers } = classic;

    expect(read(headers)).toEqual({ unreadable: 'the header with the topic or with the id is missing' });
  });

  test('carries shop, topic, version and time, and no signature', async () => {
    const signature = await createSHA256HMAC(SECRET, BODY, HashFormat.Base64);
    const door = openDoor(source, [{ secret: SECRET }], new Date('2026-11-12T09:30:00Z'));
    const headers = { ...classic, 'x-shopify-hmac-sha256': signature };

    await door.knock({ method: 'POST', rawQuery: '', headers, body: Buffer.from(BODY) });

    expect(Object.keys(door.accepted()[0]?.headers ?? {}).sort()).toEqual([
      'x-shopify-api-version',
      'x-shopify-event-id',
      'x-shopify-shop-domain',
      'x-shopify-topic',
      'x-shopify-triggered-at',
      'x-shopify-webhook-id',
    ]);
  });
});

test('a sample of orders/paid is an order as Shopify sends it', () => {
  const [one, other] = [1, 2].map((serial) => source.definition.types['orders/paid']?.sample(fresh(serial)));

  expect(one).toMatchObject({
    id: expect.any(Number),
    admin_graphql_api_id: expect.stringMatching(/^gid:\/\/shopify\/Order\/\d{13}$/),
    name: '#1000001',
    email: expect.stringContaining('@'),
    total_price: expect.stringMatching(/^\d+\.\d\d$/),
    currency: 'EUR',
    financial_status: 'paid',
    customer: { id: expect.any(Number), email: expect.stringContaining('@'), first_name: 'Ada', last_name: 'Lovelace' },
    line_items: [expect.objectContaining({ quantity: 2 })],
    billing_address: expect.objectContaining({ country_code: 'GB' }),
  });
  expect((one as { email: string }).email).not.toBe((other as { email: string }).email);
});
