import { beforeEach, expect, it } from 'vitest';
import { openSandbox, service } from './support.ts';

const sandbox = await openSandbox();
beforeEach(() => sandbox.empty('service'));

it('remembers a webhook by its id', async () => {
  const call = service.sendWebhook({ type: 'invoice.paid', data: { n: 1 }, timestamp: '2026-11-20T00:00:00Z' });

  const first = await sandbox.send(call);
  const second = await sandbox.send(call);

  expect([first, second]).toEqual([{ status: 201 }, { status: 201 }]);
  expect(await sandbox.list('service')).toEqual({
    records: [
      {
        type: 'webhook',
        id: expect.any(String),
        key: expect.stringMatching(/^msg_[\w-]{43}$/),
        fields: { type: 'invoice.paid', data: { n: 1 }, timestamp: '2026-11-20T00:00:00Z' },
        writes: 1,
      },
    ],
    calls: 2,
  });
});

it('takes a webhook with another id for another one', async () => {
  const call = service.sendWebhook({ type: 'invoice.paid', data: { n: 1 } });

  await sandbox.send(call, 0);
  await sandbox.send(call, 1);

  expect((await sandbox.list('service')).records).toHaveLength(2);
});

it('answers a repeated idempotency key from memory', async () => {
  const call = service.postOnce({ path: '/payments', body: { amount: 1 } });

  const first = await sandbox.send(call);
  const second = await sandbox.send(call);

  expect(first).toEqual({ status: 201, id: expect.stringMatching(/^\d+$/) });
  expect(second).toEqual(first);
  expect((await sandbox.list('service')).records).toMatchObject([
    { type: 'request', fields: { amount: 1 }, writes: 1 },
  ]);
});

it('keeps one record for each path that is put', async () => {
  await sandbox.send(service.put({ path: '/orders/1', body: { total: 1 } }));
  await sandbox.send(service.put({ path: '/orders/1', body: { total: 1 } }));
  const changed = await sandbox.send(service.put({ path: '/orders/1', body: { total: 2 } }));
  await sandbox.send(service.put({ path: '/orders/2', body: [1, 2] }));

  expect(changed).toMatchObject({ status: 200 });
  expect((await sandbox.list('service')).records).toMatchObject([
    { type: 'request', key: '/orders/1', fields: { total: 2 }, writes: 2 },
    { type: 'request', key: '/orders/2', fields: { body: [1, 2] }, writes: 1 },
  ]);
});

it('keeps every post without a key', async () => {
  const call = service.post({ path: '/orders', body: { total: 1 } });

  await sandbox.send(call);
  await sandbox.send(call);

  expect((await sandbox.list('service')).records).toMatchObject([{ key: '/orders' }, { key: '/orders' }]);
});

it.each([
  ['a webhook without a signature', { 'webhook-id': 'msg_1', 'webhook-timestamp': '1' }, '{}'],
  ['a body that is not JSON', {}, '{'],
])('refuses %s', async (_, headers, body) => {
  const response = await sandbox.fetch('/service', { method: 'POST', headers, body });

  expect(response.status).toBe(400);
  expect((await sandbox.list('service')).records).toEqual([]);
});

it('says by name what is not part of it', async () => {
  const response = await sandbox.fetch('/service/orders/1', { method: 'DELETE' });

  expect(response.status).toBe(501);
  expect(await response.json()).toEqual({
    error: '[syncline] [sandbox] http: DELETE /orders/1 is not part of the sandbox',
  });
});
