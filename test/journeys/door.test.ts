import { gzipSync } from 'node:zlib';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, DeleteSecretCommand } from '@aws-sdk/client-secrets-manager';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FLOWS, type Hub, type Request, resourceNames, SOON, startHub } from './hub.ts';
import {
  genericLead,
  genericSignature,
  type Signed,
  shopifyOrder,
  shopifyRequest,
  sourceSecrets,
  standardWebhook,
  standardWebhookRequest,
  stripePaymentFailed,
} from './vendors.ts';

const MB = 1_000_000;
const { 'source/stripe': _, ...secretsButStripe } = sourceSecrets;

let hub: Hub;

beforeAll(async () => {
  hub = await startHub({ secrets: secretsButStripe });
});
afterAll(() => hub.stop());

describe('the door refuses', () => {
  test('a source that does not exist', async () => {
    expect(await hub.post({ source: 'nobody', headers: {}, body: '{}' })).toEqual({
      status: 404,
      body: '{"message":"Not Found"}',
    });
  });

  test.each<[string, string, () => Promise<Signed>]>([
    ['unsigned', 'missing-header', async () => without('x-shopify-hmac-sha256', await shopifyOrder('unsigned-1'))],
    ['forged', 'bad-signature', () => shopifyOrder('forged-2', { forged: true })],
    ['forged', 'bad-signature', () => standardWebhook('forged-3', { forged: true })],
    ['forged', 'bad-signature', () => genericLead('forged-4', { forged: true })],
    [
      'altered',
      'bad-signature',
      async () => ({ ...(await shopifyOrder('altered-5')), body: '{"total_price":"0.01"}' }),
    ],
    ['stale', 'stale', () => standardWebhookRequest('stale-6', '{}', { at: new Date(Date.now() - 301_000) })],
    [
      'malformed',
      'malformed-header',
      async () => withHeader('webhook-signature', 'v1', await standardWebhook('malformed-7')),
    ],
  ])('a request that is %s (%s), and does not say why', async (_, reason, request) => {
    const signed = await request();
    const ingest = resourceNames.ingestFunction(signed.source);
    const [reasons, refused] = [() => reasonsOf(ingest), () => hub.metric(ingest, 'Refused')];
    const before = { reasons: reasons().length, refused: refused() };

    const answer = await hub.post(signed);

    expect(answer).toEqual({ status: 401, body: '{"message":"Unauthorized"}' });
    await expect.poll(refused, SOON).toBe(before.refused + 1);
    expect(reasons().slice(before.reasons)).toEqual([reason]);
  });

  test.each<[string, number, Partial<Request>]>([
    ['an empty body', 400, { body: '' }],
    ['GET', 404, { method: 'GET' }],
    ['DELETE', 404, { method: 'DELETE' }],
    ['a body of over 10 MB', 413, { body: 'x'.repeat(10 * 1024 * 1024 + 1) }],
  ])('%s with a %i', async (_, status, request) => {
    expect((await hub.post({ source: 'shopify', headers: {}, ...request })).status).toBe(status);
  });

  test('everything, with a 503, while the source has no secret', async () => {
    const { secrets } = hub.address;
    const Name = resourceNames.sourceSecret('stripe');
    await secrets.send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true }));
    await secrets.send(new CreateSecretCommand({ Name }));

    const answers = [await stripePaymentFailed('no-secret'), await stripePaymentFailed('forged', { forged: true })];

    const unavailable = { status: 503, body: '{"message":"Service Unavailable"}' };
    expect(await Promise.all(answers.map(hub.post))).toEqual([unavailable, unavailable]);
    const ingest = resourceNames.ingestFunction('stripe');
    await expect.poll(() => hub.metric(ingest, 'Unavailable'), SOON).toBe(2);
    expect(reasonsOf(ingest)).toEqual(['no-secret', 'no-secret']);
  });

  test('and nothing of what it refused is delivered', async () => {
    await hub.quiet();

    expect(await hub.deliveries()).toEqual([]);
  });
});

describe('the door lets in', () => {
  test.each<[string, () => Promise<Signed>]>([
    ['a body of one byte', () => shopifyRequest('byte-1', '7')],
    ['a body of 699,990 bytes, which fits a message', () => shopifyRequest('inline-2', textOf(699_990))],
    ['a body of 700,001 bytes, which goes through the bucket', () => shopifyRequest('bucket-3', textOf(700_001))],
    ['a body of 4 MB', () => shopifyRequest('large-4', textOf(4 * MB))],
    [
      'characters that SQS refuses',
      () => standardWebhookRequest('odd-5', '{"type":"odd","text":"\uffff \ufffe \u007f \u{1fffe} \u2028 🧀"}'),
    ],
    ['a body of the type application/octet-stream', async () => typed('application/octet-stream', 'octets-6')],
    ['a body of the type application/cloudevents+json', async () => typed('application/cloudevents+json', 'events-7')],
    ['a body without a type', async () => typed('', 'untyped-8')],
  ])('%s, and delivers it as it came', async (_, request) => {
    const signed = await request();

    const answer = await hub.post(signed);
    await hub.reaches(FLOWS.http, signed.eventId, 'delivered');

    expect(answer).toEqual({ status: 200, body: '' });
    expect(await lastWebhook()).toEqual(JSON.parse(signed.body));
  });

  test('large bodies by way of the bucket, where each is kept once', async () => {
    const credentials = { accessKeyId: 'operator', secretAccessKey: 'laptop' };
    const s3 = new S3Client({ endpoint: hub.aws, region: 'eu-central-1', credentials, forcePathStyle: true });

    const Bucket = resourceNames.bucket('000000000000', 'eu-central-1');
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'bodies/' }));

    expect(Contents.map(({ Size = 0 }) => Size).sort((a, b) => a - b)).toEqual([700_001, 4 * MB]);
  });

  test('a compressed body, signed as sent, and delivers it unpacked', async () => {
    const lead = await genericLead('packed-9');
    const body = new Uint8Array(gzipSync(lead.body));
    const headers = { ...lead.headers, 'content-encoding': 'gzip', ...genericSignature(body) };

    const answer = await hub.post({ source: 'generic', headers, body });
    await hub.quiet();

    expect(answer.status).toBe(200);
    expect(await lastWebhook()).toEqual(JSON.parse(lead.body));
  });

  test.each<[string, () => Promise<Request>]>([
    ['is not JSON', () => shopifyRequest('unreadable-10', 'not JSON')],
    ['is not what its encoding says', async () => packedWrongly()],
  ])('a verified body that %s, which stops as validation in the dead-letter queue', async (_, request) => {
    const before = await hub.deadLetters(FLOWS.http);

    const answer = await hub.post(await request());
    await hub.quiet();

    expect(answer.status).toBe(200);
    expect((await hub.deliveries(FLOWS.http)).at(-1)).toMatchObject({
      state: 'stopped',
      errorClass: 'validation',
      type: 'unreadable',
      attempts: 0,
    });
    expect(await hub.deadLetters(FLOWS.http)).toBe(before + 1);
  });
});

test('while a flow has no queue, its sources answer 503, and what they are sent again is delivered once', async () => {
  const order = await shopifyOrder('no-queue-11');
  const restore = await deleteQueue(resourceNames.queue(FLOWS.hubspot));

  const refused = await hub.post(order);
  await restore();
  const accepted = await hub.post(order);
  await hub.quiet();

  expect([refused.status, accepted.status]).toEqual([503, 200]);
  expect(reasonsOf(resourceNames.ingestFunction('shopify')).at(-1)).toBe('queue-unavailable');
  expect(await hub.delivery(FLOWS.hubspot, order.eventId)).toMatchObject({ state: 'delivered' });
  expect(await hub.delivery(FLOWS.http, order.eventId)).toMatchObject({ state: 'delivered' });
  const sentOn = (await hub.records('http')).filter(({ fields }) => JSON.stringify(fields).includes('no-queue-11'));
  expect(sentOn.map(({ writes }) => writes)).toEqual([1]);
});

const textOf = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));

const withHeader = (name: string, value: string, signed: Signed): Signed => ({
  ...signed,
  headers: { ...signed.headers, [name]: value },
});

function without(name: string, signed: Signed): Signed {
  const { [name]: _, ...headers } = signed.headers as Record<string, string>;
  return { ...signed, headers };
}

async function typed(contentType: string, id: string): Promise<Signed> {
  const signed = await genericLead(id);
  return contentType === '' ? without('content-type', signed) : withHeader('content-type', contentType, signed);
}

async function packedWrongly(): Promise<Request> {
  return withHeader('content-encoding', 'gzip', await genericLead('unreadable-11'));
}

/** Why the door refused, oldest first: in its log alone. */
const reasonsOf = (functionName: string) =>
  hub.log(functionName).flatMap(({ message, reason }) => (message === 'refused' ? [reason] : []));

/** The data of the last webhook that was sent on. */
async function lastWebhook(): Promise<unknown> {
  const last = (await hub.records('http')).at(-1);
  return last?.fields.data;
}

/** @returns Makes it again as it was. */
async function deleteQueue(QueueName: string): Promise<() => Promise<void>> {
  const { sqs } = hub.address;
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  const settings = ['VisibilityTimeout', 'MessageRetentionPeriod', 'MaximumMessageSize', 'RedrivePolicy'] as const;
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  return async () => {
    const kept = Object.fromEntries(settings.map((name) => [name, (Attributes as Record<string, string>)[name]!]));
    await sqs.send(new CreateQueueCommand({ QueueName, Attributes: kept }));
  };
}
