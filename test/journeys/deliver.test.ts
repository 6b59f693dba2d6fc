import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FLOWS, type Hub, resourceNames, SOON, startHub } from './hub.ts';
import {
  genericLead,
  type Signed,
  shopifyOrder,
  sourceSecrets,
  standardWebhook,
  stripePaymentFailed,
} from './vendors.ts';

const OUR_SECRET = 'whsec_b3VyLW93bi1zZXJ2aWNlLW9mLTMyLWJ5dGVzLWxvbmc=';

let hub: Hub;
const ourService = await startReceiver();

beforeAll(async () => {
  hub = await startHub({
    secrets: { ...sourceSecrets, 'target/http': { baseUrl: ourService.url, secret: OUR_SECRET } },
  });
});
afterAll(async () => {
  await hub.stop();
  ourService.close();
});

describe('an event of each source', () => {
  test('a paid order becomes a contact, a deal and their association, each written once', async () => {
    const order = await shopifyOrder('order-1001');

    const answer = await hub.post(order);
    const delivery = await hub.reaches(FLOWS.hubspot, order.eventId, 'delivered');

    expect(answer).toEqual({ status: 200, body: '' });
    const records = await hub.records('hubspot');
    expect(records).toMatchObject([
      {
        type: 'contacts',
        key: 'order-1001@example.com',
        writes: 1,
        fields: { firstname: 'Ada', lastname: 'Lovelace' },
      },
      {
        ...{ type: 'deals', key: '5000000001001', writes: 1 },
        fields: { dealname: 'Order #order-1001', amount: '259.00', dealstage: 'closedwon' },
      },
      { type: 'association', writes: 1 },
    ]);
    const [contact, deal] = records;
    expect(delivery).toMatchObject({ attempts: 1, result: { fromId: deal?.id, toId: contact?.id } });
  });

  test('a payment that failed is told to the payments channel', async () => {
    const payment = await stripePaymentFailed('INV-7');

    await hub.post(payment);
    await hub.reaches(FLOWS.slack, payment.eventId, 'delivered');

    expect(await hub.records('slack')).toMatchObject([
      {
        type: 'message',
        writes: 1,
        fields: {
          channel: '#payments',
          text: 'Payment 2 of 49.00 EUR by INV-7@example.com failed (INV-7). https://invoice.stripe.com/i/INV-7',
        },
      },
    ]);
  });

  test.each([
    ['shopify', shopifyOrder, 'shopify.orders/paid'],
    ['stripe', stripePaymentFailed, 'stripe.invoice.payment_failed'],
    ['standard-webhooks', standardWebhook, 'standard-webhooks.contact.created'],
    ['generic', genericLead, 'generic.lead.created'],
  ])('%s is sent on as a webhook that the standardwebhooks package verifies', async (source, vendor, type) => {
    const event = await vendor(`${source}-2`);

    await hub.post(event);
    await hub.reaches(FLOWS.http, event.eventId, 'delivered');

    const received = ourService.received.filter(({ body }) => body.includes(`${source}-2`));
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ url: '/hooks?tenant=7', headers: { 'content-type': 'application/json' } });
    const verified = verify(received[0]!);
    expect(verified).toMatchObject({ type, data: JSON.parse(event.body) });
  });
});

describe('the same request five times', () => {
  test.each([
    ['orders', shopifyOrder, FLOWS.hubspot],
    ['payments', stripePaymentFailed, FLOWS.slack],
  ])('has one effect among %s, and the others are counted as duplicates', async (_, vendor, flow) => {
    const id = `again-${flow.length}`;
    const event = await vendor(id);
    const duplicates = () => hub.metric(resourceNames.deliverFunction(flow), 'Duplicates');
    const before = { duplicates: duplicates(), webhooks: ourService.received.length, effects: await effectsOf(id) };

    const answers = await Promise.all(Array.from({ length: 5 }, () => hub.post(event)));
    await hub.quiet();

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(before.effects).toEqual([]);
    expect((await effectsOf(id)).map(({ writes }) => writes)).toEqual([1]);
    expect(ourService.received.length - before.webhooks).toBe(1);
    await expect.poll(duplicates, SOON).toBe(before.duplicates + 4);
    expect(await hub.delivery(flow, event.eventId)).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  test('of which each is signed anew is still one event', async () => {
    const first = await standardWebhook('retried');
    const retried = await standardWebhook('retried');

    await hub.post(first);
    await hub.post({ ...retried, headers: { ...retried.headers, ...resigned(retried) } });
    await hub.quiet();

    expect(ourService.received.filter(({ body }) => body.includes('"id":"retried"'))).toHaveLength(1);
  });
});

/** A vendor's retry: the same id, signed with a later time. */
function resigned({ eventId, body }: Signed): Record<string, string> {
  const later = new Date(Date.now() + 60_000);
  const signature = new Webhook(sourceSecrets['source/standard-webhooks'].secret).sign(eventId, later, body);
  return { 'webhook-timestamp': `${Math.floor(later.getTime() / 1_000)}`, 'webhook-signature': signature };
}

/** What the vendors hold of it: the deal by its name, the message by the invoice's number. */
async function effectsOf(id: string) {
  const records = [...(await hub.records('hubspot')), ...(await hub.records('slack'))];
  const texts = ({ fields }: { fields: Record<string, unknown> }) => `${fields.dealname} ${fields.text}`;
  return records.filter((record) => texts(record).includes(id));
}

const verify = ({ body, headers }: Received) =>
  new Webhook(OUR_SECRET).verify(body, headers as Record<string, string>) as object;

type Received = { url: string; headers: IncomingHttpHeaders; body: string };

/** A service of one's own that keeps what it receives. */
async function startReceiver() {
  const received: Received[] = [];
  const server = createServer(async (incoming, outgoing) => {
    received.push({ url: incoming.url ?? '', headers: incoming.headers, body: String(await buffer(incoming)) });
    outgoing.writeHead(204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hooks?tenant=7`, received, close: () => server.close() };
}
