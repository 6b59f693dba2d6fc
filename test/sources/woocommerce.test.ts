import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { woocommerce } from '../../functions/sources/woocommerce.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const SECRET = 'kG7yPq2Wz&Xb<4vNc>"Lr9TdHs\'8MfJe';
const source = woocommerce('woocommerce');

sourceSuite('woocommerce', {
  source,
  proofIn: { header: 'x-wc-webhook-signature' },
  current: both({ secret: SECRET }),
  previous: both({ secret: 'former' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

const NOW = new Date('2026-11-20T09:30:00Z');
const BODY = '{"id":727,"date_modified_gmt":"2026-11-20T09:29:58"}';
const HEADERS = {
  'x-wc-webhook-topic': 'order.updated',
  'x-wc-webhook-delivery-id': '0be51eb15bc921b9518d520749bef17e',
};
const signed = (secret: string, body = BODY) => ({
  ...HEADERS,
  'x-wc-webhook-signature': createHmac('sha256', secret).update(body).digest('base64'),
});
const knock = (connection: unknown, headers: Record<string, string | string[]>, body = BODY) => {
  const door = openDoor(source, [connection], NOW);
  return { door, answer: door.knock({ method: 'POST', rawQuery: '', headers, body: Buffer.from(body) }) };
};

describe('a WooCommerce secret', () => {
  test.each([
    ['as it is typed', SECRET],
    ['with names', 'kG7yPq2Wz&amp;Xb&lt;4vNc&gt;&quot;Lr9TdHs&#039;8MfJe'],
    ['with numbers', 'kG7yPq2Wz&#38;Xb&#060;4vNc&#62;&#x22;Lr9TdHs&#X0027;8MfJe'],
  ])('is the same %s', async (_, secret) => {
    expect((await knock({ secret }, signed(SECRET)).answer).status).toBe(200);
  });

  test.each([
    ['&amp;lt;', '&lt;'],
    ['&AMP;&euro;&#8364;&nbsp;&amp', '&AMP;&euro;&#8364;&nbsp;&amp'],
  ])('%s is undone once, and nothing but what WordPress escapes', async (secret, key) => {
    expect((await knock({ secret }, signed(key)).answer).status).toBe(200);
  });
});

describe("WooCommerce's ping", () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  test('is answered 200 without a signature, and becomes no event', async () => {
    const { door, answer } = knock({ secret: SECRET }, form, 'webhook_id=142');

    expect(await answer).toEqual({ status: 200 });
    expect(door.accepted()).toEqual([]);
  });

  test.each<[string, Record<string, string>, string]>([
    ['with more in it', form, 'webhook_id=142&id=727'],
    ['without a number', form, 'webhook_id=all'],
    ['that is no form', { 'content-type': 'application/json' }, 'webhook_id=142'],
    ['with a wrong signature', { ...form, 'x-wc-webhook-signature': 'wrong' }, 'webhook_id=142'],
  ])('%s is none', async (_, headers, body) => {
    expect((await knock({ secret: SECRET }, headers, body).answer).status).toBe(401);
  });
});

describe('a WooCommerce event', () => {
  const read = (headers: Record<string, string>, body = BODY) =>
    source.definition.read({ headers, body: Buffer.from(body), acceptedAt: 0 });

  test('is named by its topic, and happened when its record was modified', () => {
    expect(read(HEADERS)).toMatchObject({
      events: [{ type: 'order.updated', eventId: null, occurredAt: '2026-11-20T09:29:58Z', entityId: '727' }],
    });
  });

  test('has another key than another event with its Delivery-ID', () => {
    const keys = [BODY, BODY.replace('727', '728'), BODY].map((body) => {
      const result = read(HEADERS, body);
      return 'events' in result ? result.events[0]?.key : undefined;
    });

    expect(keys[0]).toMatch(/^0be51eb15bc921b9518d520749bef17e:[0-9a-f]{64}$/);
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys[2]).toBe(keys[0]);
  });

  test('of a deleted record holds only its id, exactly', () => {
    expect(read(HEADERS, '{"id":9007199254740993}')).toMatchObject({
      events: [{ occurredAt: null, entityId: '9007199254740993' }],
    });
  });

  test.each(Object.keys(HEADERS))('without %s is unreadable', (name) => {
    expect(read({ ...HEADERS, [name]: '' })).toHaveProperty('unreadable');
  });

  test.each(Object.keys(HEADERS))('with two lines of %s is refused', async (name) => {
    const headers = { ...signed(SECRET), [name]: ['one', 'other'] };

    expect((await knock({ secret: SECRET }, headers).answer).status).toBe(401);
  });
});
