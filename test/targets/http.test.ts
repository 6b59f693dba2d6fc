import { Webhook } from 'standardwebhooks';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { To } from '../../functions/core/flow.ts';
import { check } from '../../functions/core/standard-schema.ts';
import type { ResultOf } from '../../functions/core/target.ts';
import { http } from '../../functions/targets/http.ts';
import { answered, type ErrorCase, NOW, runCall, seen, targetSuite } from '../suites/target-suite.ts';
import errors from './http.errors.json' with { type: 'json' };

const service = http('service');
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const connection = { baseUrl: 'https://service.example/hooks/syncline', secret };
const ok = answered({ status: 200 });
const sentBy = async (call: Parameters<typeof runCall>[0], by: object = connection) =>
  (await runCall(call, by, ok)).sent[0]!;

targetSuite({
  target: service,
  connection,
  answers: {
    sendWebhook: { answer: { status: 202, body: 'thanks' }, result: { status: 202 } },
    put: { answer: { status: 200, body: { id: 1001, total: '49.00' } }, result: { status: 200, id: '1001' } },
    post: { answer: { status: 201, body: { id: 'ord_1' } }, result: { status: 201, id: 'ord_1' } },
    postOnce: { answer: { status: 204 }, result: { status: 204 } },
  },
  errors: errors as ErrorCase[],
});

describe('http.sendWebhook', () => {
  const call = service.sendWebhook({ type: 'invoice.paid', data: { invoice: 'in_1' } });

  it('is signed so that a receiver with the standard library verifies it', async () => {
    const { body, headers } = await sentBy(call);

    vi.useFakeTimers({ now: Date.parse(NOW) });
    const verified = new Webhook(secret).verify(body!, { ...headers });
    vi.useRealTimers();

    expect(verified).toEqual({
      type: 'invoice.paid',
      timestamp: '2026-11-20T00:00:00.000Z',
      data: { invoice: 'in_1' },
    });
    expect(headers['webhook-timestamp']).toBe('1795132800');
  });

  it('keeps its id over retries and takes a new one in a new round', async () => {
    const ids = [];
    for (const round of [0, 0, 1]) {
      const { sent } = await runCall(call, connection, ok, { round });
      ids.push(sent[0]!.headers['webhook-id']);
    }

    expect(ids[0]).toMatch(/^msg_[\w-]{43}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it("keeps the event's own time when it is given", async () => {
    const { body } = await sentBy(
      service.sendWebhook({ type: 'invoice.paid', data: null, timestamp: '2026-11-19T12:00:00+01:00' }),
    );

    expect(JSON.parse(String(body))).toEqual({
      type: 'invoice.paid',
      timestamp: '2026-11-19T12:00:00+01:00',
      data: null,
    });
  });

  it.each([
    'https://service.example',
    'https://service.example/hooks/syncline',
    'https://service.example/hooks/?sig=a%2Fb',
  ])('goes to exactly %s', async (baseUrl) => {
    const { url } = await sentBy(call, { ...connection, baseUrl });

    expect(url).toBe(new URL(baseUrl).href);
  });

  it('waits for a secret when the connection has none', async () => {
    const { error, sent } = await runCall(call, { baseUrl: connection.baseUrl }, ok);

    expect(seen(error)).toMatchObject({ errorClass: 'auth', code: 'no-signing-secret', outcome: 'not-sent' });
    expect(error!.message).toContain('the connection has no secret to sign with');
    expect(sent).toEqual([]);
  });
});

describe('http writes', () => {
  it('go below the base URL with the headers of the connection', async () => {
    const by = { baseUrl: 'https://service.example/v2/?tenant=7', headers: { 'X-Api-Key': 'k' } };

    const { method, url, headers, body } = await sentBy(service.put({ path: '/orders/1?full=1', body: [1] }), by);

    expect({ method, url }).toEqual({ method: 'PUT', url: 'https://service.example/v2/orders/1?full=1&tenant=7' });
    expect(headers).toEqual({ 'content-type': 'application/json', 'X-Api-Key': 'k' });
    expect(String(body)).toBe('[1]');
  });

  it('carry an idempotency key when the service honours it, and only then', async () => {
    const once = await sentBy(service.postOnce({ path: '/payments', body: {} }));
    const plain = await sentBy(service.post({ path: '/payments', body: {} }));

    expect(once.headers['idempotency-key']).toMatch(/^[\w-]{43}$/);
    expect(plain.headers).not.toHaveProperty('idempotency-key');
  });

  it.each([
    'orders',
    '//evil.example/orders',
    'https://evil.example/orders',
    '/orders/https://evil.example',
    '/orders/../admin',
    '/orders/%2E%2e',
    '/./orders',
    '/orders/..?full=1',
    '/orders\\..\\admin',
    '/orders/1#top',
    '/orders /1',
    '/orders/%zz',
    '/orders\r\nhost: evil.example',
  ])('never go to %j', async (path) => {
    const { error, sent } = await runCall(service.put({ path, body: {} }), connection, ok);

    expect(seen(error)).toMatchObject({ errorClass: 'validation', code: 'input' });
    expect(sent).toEqual([]);
  });
});

describe('http connections', () => {
  const schema = service.definition.connection;

  it.each([
    ['a base URL that is none', { baseUrl: 'service.example' }],
    ['another protocol', { baseUrl: 'ftp://service.example' }],
    ['credentials in the URL', { baseUrl: 'https://user:pass@service.example' }],
    ['a secret of another kind', { ...connection, secret: 'hunter2' }],
    ['a header that we set ourselves', { ...connection, headers: { 'Webhook-Id': 'x' } }],
    ['a header of two lines', { ...connection, headers: { 'x-key': 'a\r\nb: c' } }],
  ])('refuse %s', async (_, given) => {
    expect(await check(schema, given)).toHaveProperty('problems');
  });
});

it('http calls carry their results and repeatability as types', () => {
  expectTypeOf<ResultOf<ReturnType<typeof service.sendWebhook>>>().toEqualTypeOf<{ status: number }>();
  expectTypeOf<ResultOf<ReturnType<typeof service.post>>>().toEqualTypeOf<{ status: number; id?: string }>();
  expectTypeOf(service.sendWebhook).toExtend<To>();
  expectTypeOf(service.put).toExtend<To>();
  expectTypeOf(service.postOnce).toExtend<To>();
  expectTypeOf(service.post).not.toExtend<To>();
});
