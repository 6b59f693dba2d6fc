import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type FetchKeyOptions, NoSuchKey } from '../../functions/core/source.ts';
import { check } from '../../functions/core/standard-schema.ts';
import { paypal } from '../../functions/sources/paypal.ts';
import { fresh, sourceSuite } from '../suites/source-suite.ts';

const source = paypal('paypal');
const { definition } = source;
const pair = (letter: string) => definition.pair!(() => letter.repeat(32));
const current = pair('a');

sourceSuite('paypal', {
  source,
  proofIn: { header: 'paypal-transmission-sig' },
  signedHeaders: ['paypal-transmission-id', 'paypal-transmission-time', 'paypal-auth-algo'],
  current,
  previous: pair('b'),
});

const CERTIFICATES = JSON.parse(readFileSync(new URL('../fixtures/certificates.json', import.meta.url), 'utf8'));
const { root, authority, leaf, sandbox, otherName, expired, shortKey, noAuthority, byNoAuthority } = CERTIFICATES;
const { leafKey, shortKeyKey } = CERTIFICATES;

const NOW = Date.parse('2026-11-20T09:30:00Z');
const URL_THERE = 'https://api.paypal.com/v1/notifications/certs/CERT-1';
const BODY = '{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","note":"für Ada"}';

/** What becomes of a delivery, and what PayPal was asked. */
async function verify(
  given: {
    connection?: object;
    certificates?: string | (() => string);
    key?: string;
    url?: string;
    now?: number;
    body?: Buffer | string;
    answers?: Record<string, string>;
  } = {},
) {
  const { connection = { trustAnchors: [root] }, certificates = leaf + authority, key = leafKey, now = NOW } = given;
  const { url = URL_THERE, body = BODY, answers = {} } = given;
  const sample = { type: 'PAYMENT.CAPTURE.COMPLETED' as const, body: `${body}`, fresh: fresh(1), url: '' };
  const { headers } = definition.sign(sample, { webhookId: '3AB81234CD567890E', privateKey: key });
  const asked: { url: string; options: FetchKeyOptions | undefined }[] = [];
  const fetchKey = async (at: string, options?: FetchKeyOptions) => {
    asked.push({ url: at, options });
    return answers[at] ?? (typeof certificates === 'string' ? certificates : certificates());
  };
  const verdict = await definition.verify(
    {
      method: 'POST',
      rawQuery: '',
      headers: { ...headers, 'paypal-cert-url': url },
      body: Buffer.from(body as string),
    },
    { secrets: [{ webhookId: '3AB81234CD567890E', ...connection }], publicUrl: '', now, fetchKey },
  );
  return { verdict, asked };
}

describe('a PayPal certificate', () => {
  test('is fetched from where the request says, and leads to a trust anchor', async () => {
    expect(await verify()).toEqual({ verdict: 'valid', asked: [{ url: URL_THERE, options: { again: false } }] });
  });

  test.each([
    ['the sandbox’s', { certificates: sandbox + authority }, 'valid'],
    ['sent with its root and a stranger', { certificates: leaf + root + noAuthority + authority }, 'valid'],
    ['issued by a trust anchor itself', { certificates: leaf, connection: { trustAnchors: [authority] } }, 'valid'],
    ['a trust anchor itself', { certificates: leaf, connection: { trustAnchors: [leaf] } }, 'valid'],
    ['without the authority between', { certificates: leaf }, 'bad-signature'],
    ['of no public authority', { connection: {} }, 'bad-signature'],
    ['behind its authority', { certificates: authority + leaf }, 'bad-signature'],
    ['of another name', { certificates: otherName + authority }, 'bad-signature'],
    ['expired', { certificates: expired + authority }, 'bad-signature'],
    ['not valid yet', { now: Date.parse('2019-12-31T23:59:59Z') }, 'bad-signature'],
    ['of too short a key', { certificates: shortKey + authority, key: shortKeyKey }, 'bad-signature'],
    ['issued by no authority', { certificates: byNoAuthority + noAuthority }, 'bad-signature'],
    ['of another key', { key: shortKeyKey }, 'bad-signature'],
    ['a page of words', { certificates: '<html>We are sorry</html>' }, 'bad-signature'],
    ['broken', { certificates: leaf.replace('MII', 'AAA') }, 'bad-signature'],
  ])('that is %s', async (_, given, expected) => {
    expect((await verify(given)).verdict).toBe(expected);
  });

  test('is fetched again when the kept one is not to be trusted any more', async () => {
    const answers = [expired + authority, leaf + authority];

    const { verdict, asked } = await verify({ certificates: () => answers.shift() ?? '' });

    expect(verdict).toBe('valid');
    expect(asked.map(({ options }) => options?.again)).toEqual([false, true]);
  });

  test('of which PayPal knows nothing is refused; one that cannot be had leaves the request open', async () => {
    const none = () => {
      throw new NoSuchKey('api.paypal.com', 404);
    };
    const away = () => {
      throw new Error('PayPal is away');
    };

    expect((await verify({ certificates: none })).verdict).toBe('bad-signature');
    await expect(verify({ certificates: away })).rejects.toThrow('PayPal is away');
  });

  test.each([
    'https://api.paypal.com.evil.example/cert',
    'https://evilpaypal.com/cert',
    'https://api.paypal.com./cert',
    'https://api.paypal.com@evil.example/cert',
    'https://user@api.paypal.com/cert',
    'https://user:word@api.paypal.com/cert',
    'https://api.paypal.com:8443/cert',
    'https://api.paypal.com/cert#x',
    'http://api.paypal.com/cert',
    'file://api.paypal.com/cert',
    '//api.paypal.com/cert',
    'cert',
    '',
  ])('is not looked for at %s', async (url) => {
    expect(await verify({ url })).toEqual({ verdict: 'malformed-header', asked: [] });
  });

  test('that is pinned is not fetched, and no other counts', async () => {
    const pinned = (url: string) => ({ trustAnchors: [root], certificates: { [url]: leaf + authority } });

    expect(await verify({ connection: pinned(URL_THERE) })).toEqual({ verdict: 'valid', asked: [] });
    expect(await verify({ connection: pinned(`${URL_THERE}2`) })).toEqual({ verdict: 'bad-signature', asked: [] });
  });

  test('may be of any issuer where a connection says so, but of PayPal’s name and valid', async () => {
    const connection = { trustAnyIssuer: true };

    expect((await verify({ connection, certificates: leaf })).verdict).toBe('valid');
    expect((await verify({ connection, certificates: otherName })).verdict).toBe('bad-signature');
    expect((await verify({ connection, certificates: expired })).verdict).toBe('bad-signature');
  });
});

describe('a PayPal connection', () => {
  const webhookId = '3AB81234CD567890E';
  const postback = { clientId: 'ada', clientSecret: 'loves numbers' };

  test.each([
    { webhookId },
    { webhookId, trustAnchors: [root] },
    { webhookId, trustAnyIssuer: true },
    { webhookId, postback },
    { webhookId, certificates: { [URL_THERE]: leaf }, trustAnchors: [leaf] },
  ])('may be %o', async (connection) => {
    expect(await check(definition.connection, connection)).toEqual({ value: connection });
  });

  test.each([
    { webhookId: '' },
    { webhookId, trustAnchors: [] },
    { webhookId, trustAnchors: ['leaf-only'] },
    { webhookId, trustAnchors: 'leaf-only' },
    { webhookId, trustAnyIssuer: 'true' },
    { webhookId, trustAnyIssuer: false },
    { webhookId, trustAnyIssuer: true, trustAnchors: [root] },
    { webhookId, trustAnyIssuer: true, postback },
    { webhookId, postback: { clientId: 'ada' } },
    { webhookId, postback: { ...postback, apiUrl: 'https://evil.example' } },
    { webhookId, trustAnchor: root },
  ])('cannot be %o', async (connection) => {
    expect(await check(definition.connection, connection)).toHaveProperty('problems');
  });
});

describe('PayPal’s own word on a delivery', () => {
  const API = 'https://api-m.sandbox.paypal.com';
  const ASKED = `${API}/v1/notifications/verify-webhook-signature`;
  const connection = { postback: { clientId: 'ada', clientSecret: 'loves numbers', apiUrl: API } };
  const answering = (answer: string) => ({ [`${API}/v1/oauth2/token`]: '{"access_token":"A21"}', [ASKED]: answer });
  const SUCCESS = answering('{"verification_status":"SUCCESS"}');

  test('is asked for with the very bytes of the event, and not kept', async () => {
    const { verdict, asked } = await verify({ connection, answers: SUCCESS });

    expect(verdict).toBe('valid');
    const [token, question] = asked;
    expect(token).toMatchObject({
      url: `${API}/v1/oauth2/token`,
      options: {
        headers: { authorization: 'Basic YWRhOmxvdmVzIG51bWJlcnM=' },
        post: { body: 'grant_type=client_credentials' },
      },
    });
    expect(question).toMatchObject({
      url: ASKED,
      options: { headers: { authorization: 'Bearer A21' }, post: { contentType: 'application/json' }, keepMs: 0 },
    });
    const text = question?.options?.post?.body ?? '';
    expect(text.endsWith(`,"webhook_event":${BODY}}`)).toBe(true);
    expect(JSON.parse(text)).toEqual({
      auth_algo: 'SHA256withRSA',
      cert_url: URL_THERE,
      transmission_id: fresh(1).id,
      transmission_sig: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      transmission_time: '2026-11-20T09:30:00.000Z',
      webhook_id: '3AB81234CD567890E',
      webhook_event: JSON.parse(BODY),
    });
  });

  test('refuses a delivery by FAILURE, and leaves it open by anything else', async () => {
    const failure = answering('{"verification_status":"FAILURE"}');

    expect((await verify({ connection, answers: failure })).verdict).toBe('bad-signature');
    await expect(verify({ connection, answers: answering('{"name":"INTERNAL_ERROR"}') })).rejects.toThrow();
    await expect(verify({ connection, answers: answering('') })).rejects.toThrow();
  });

  test.each([['{},"webhook_id":"OTHER"'], ['{"id":1}}'], ['{'], [Buffer.from([0x22, 0xff, 0x22])]])(
    'is not asked for with a body that is not one JSON value: %s',
    async (body) => {
      expect(await verify({ connection, answers: SUCCESS, body })).toEqual({ verdict: 'bad-signature', asked: [] });
    },
  );
});

describe('a PayPal event', () => {
  test('is known by its own id, whatever the delivery', () => {
    const body = Buffer.from(
      '{"id":"WH-1","event_type":"CUSTOMER.DISPUTE.CREATED","create_time":"2026-11-12T09:29:53.033Z","resource":{"dispute_id":"PP-D-1"}}',
    );

    expect(definition.read({ headers: {}, body, acceptedAt: 0 })).toMatchObject({
      events: [{ eventId: 'WH-1', key: 'WH-1', occurredAt: '2026-11-12T09:29:53.033Z', entityId: 'PP-D-1' }],
    });
  });
});
