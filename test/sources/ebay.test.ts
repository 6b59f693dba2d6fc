import { createSign, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type FetchKeyOptions, NoSuchKey } from '../../functions/core/source.ts';
import { check } from '../../functions/core/standard-schema.ts';
import { ebay } from '../../functions/sources/ebay.ts';
import { sourceSuite } from '../suites/source-suite.ts';

const source = ebay('ebay');
const { definition } = source;
const pair = (letter: string) => definition.pair!(() => letter.repeat(32));

sourceSuite('ebay', {
  source,
  proofIn: { header: 'x-ebay-signature' },
  current: pair('a'),
  previous: pair('b'),
});

describe('an eBay signature', () => {
  const KID = '29024b9c-e6a7-4818-a43c-c71a02687509';
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pemOf = (key = publicKey) => key.export({ format: 'pem', type: 'spki' }).toString().replaceAll('\n', '');
  const body = Buffer.from('{"metadata":{"topic":"ITEM_AVAILABILITY"},"notification":{"notificationId":"n_1"}}');
  const signature = createSign('SHA1').update(body).sign(privateKey, 'base64');
  const application = { verificationToken: 't', clientId: 'ada', clientSecret: 'loves numbers' };
  const verify = async (named: object, answers: Record<string, unknown>, ...secrets: unknown[]) => {
    const asked: { url: string; options: FetchKeyOptions | undefined }[] = [];
    const fetchKey = async (url: string, options?: FetchKeyOptions) => {
      asked.push({ url, options });
      const answer = answers[new URL(url).pathname];
      if (answer instanceof NoSuchKey) throw answer;
      if (answer === undefined) throw new Error(`no answer from ${url}`);
      return JSON.stringify(answer);
    };
    const json = JSON.stringify({ alg: 'ecdsa', kid: KID, signature, digest: 'SHA1', ...named });
    const headers = { 'x-ebay-signature': Buffer.from(json).toString('base64') };
    const context = { secrets: secrets.length > 0 ? secrets : [application], publicUrl: '', now: 0, fetchKey };
    const verdict = await definition.verify({ method: 'POST', rawQuery: '', headers, body }, context);
    return { verdict, asked };
  };
  const TOKEN = { '/identity/v1/oauth2/token': { access_token: 'v^1.1', expires_in: 7_200 } };
  const KEY = { [`/commerce/notification/v1/public_key/${KID}`]: { key: pemOf(), algorithm: 'ECDSA', digest: 'SHA1' } };

  test('is checked by the key that eBay gives to the application', async () => {
    const { verdict, asked } = await verify({}, { ...TOKEN, ...KEY });

    expect(verdict).toBe('valid');
    expect(asked).toEqual([
      {
        url: 'https://api.ebay.com/identity/v1/oauth2/token',
        options: {
          headers: { authorization: 'Basic YWRhOmxvdmVzIG51bWJlcnM=' },
          post: {
            contentType: 'application/x-www-form-urlencoded',
            body: 'grant_type=client_credentials&scope=https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope',
          },
          keepMs: 600_000,
        },
      },
      {
        url: `https://api.ebay.com/commerce/notification/v1/public_key/${KID}`,
        options: { headers: { authorization: 'Bearer v^1.1' }, again: false },
      },
    ]);
  });

  test('is checked by the sandbox’s key where the connection says so', async () => {
    const sandbox = { ...application, apiUrl: 'https://api.sandbox.ebay.com' };

    const { verdict, asked } = await verify({}, { ...TOKEN, ...KEY }, sandbox);

    expect(verdict).toBe('valid');
    expect(asked.map(({ url }) => new URL(url).host)).toEqual(['api.sandbox.ebay.com', 'api.sandbox.ebay.com']);
  });

  test('cannot be judged while eBay gives no token, no key, or a key of another kind', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const other = { [Object.keys(KEY)[0]!]: { key: pemOf(rsa) } };

    await expect(verify({}, KEY)).rejects.toThrow('no answer');
    await expect(verify({}, TOKEN)).rejects.toThrow('no answer');
    await expect(verify({}, { ...TOKEN, ...other })).rejects.toThrow('is no P-256 key');
  });

  test('of a key that eBay does not have is refused', async () => {
    const { verdict } = await verify({}, { ...TOKEN, [Object.keys(KEY)[0]!]: new NoSuchKey('api.ebay.com', 404) });

    expect(verdict).toBe('bad-signature');
  });

  test('that one connection cannot judge may pass by another', async () => {
    const pinned = { verificationToken: 't', publicKeys: { [KID]: pemOf() } };

    expect(await verify({}, {}, application, pinned)).toMatchObject({ verdict: 'valid' });
  });

  test('of a key that is not pinned is refused, and eBay is not asked', async () => {
    const pinned = { verificationToken: 't', publicKeys: { constructor: pemOf() } };

    expect(await verify({}, {}, pinned)).toEqual({ verdict: 'bad-signature', asked: [] });
    expect(await verify({ kid: 'toString' }, {}, pinned)).toEqual({ verdict: 'bad-signature', asked: [] });
  });

  test.each([
    { kid: '../../identity/v1/oauth2/token' },
    { kid: '%2e%2e' },
    { kid: 'a?b' },
    { kid: '' },
    { kid: 1 },
    { alg: 'none' },
    { digest: 'MD5' },
    { signature: '' },
    { signature: `${signature}=` },
  ])('with %o is malformed, and eBay is not asked', async (named) => {
    expect(await verify(named, { ...TOKEN, ...KEY })).toEqual({ verdict: 'malformed-header', asked: [] });
  });
});

describe('a connection with eBay', () => {
  const verificationToken = 'syncline-verification-token_0123456789abcdef';

  test.each([
    { verificationToken },
    { verificationToken, clientId: 'ada' },
    { verificationToken, clientId: 'ada', clientSecret: 's', apiUrl: 'https://api.ebay.example' },
    { verificationToken, publicKeys: { kid: 'not a key' } },
    { verificationToken, publicKeys: {} },
    { verificationToken: '', clientId: 'ada', clientSecret: 's' },
  ])('is refused without what keys are fetched with: %o', async (connection) => {
    expect(await check(definition.connection, connection)).toHaveProperty('problems');
  });
});

describe('eBay’s check of the URL', () => {
  const secrets = [
    { verificationToken: 'syncline-verification-token_0123456789abcdef', clientId: 'a', clientSecret: 'b' },
  ];
  const handshake = (rawQuery: string, method = 'GET', publicUrl = 'https://hub.syncline.example/ingest/ebay/app') => {
    const fetchKey = async () => Promise.reject(new Error('no key was provided'));
    const request = { method, rawQuery, headers: {}, body: Buffer.alloc(0) };
    return definition.handshake?.(request, { secrets, publicUrl, now: 0, fetchKey });
  };

  test('is answered by the hash of code, token and URL', () => {
    expect(handshake('challenge_code=2a5a0c279dad4dac348b0f00a1533043')).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"challengeResponse":"7d1f50a7c9dab2939413313c1007e1a38ebd102518c5ea02a151471cdde5466a"}',
    });
  });

  test('is none without one code, or by another method', () => {
    for (const query of ['', 'challenge_code=', 'challenge_code=1&challenge_code=2', 'code=1']) {
      expect(handshake(query), query).toBeUndefined();
    }
    expect(handshake('challenge_code=1', 'POST')).toBeUndefined();
  });
});

describe('an eBay event', () => {
  test('is about the order, listing or user that it names, and keeps its id over retries', () => {
    const read = (data: object) =>
      definition.read({
        headers: {},
        body: Buffer.from(
          JSON.stringify({
            metadata: { topic: 'ORDER_CONFIRMATION' },
            notification: { notificationId: 'n_1', eventDate: '2026-11-12T09:29:10.462Z', data },
          }),
        ),
        acceptedAt: 0,
      });

    expect(read({ orderId: '11-22', userId: 'ada' })).toMatchObject({
      events: [{ key: 'n_1', eventId: 'n_1', occurredAt: '2026-11-12T09:29:10.462Z', entityId: '11-22' }],
    });
    expect(read({ userId: 'ada' })).toMatchObject({ events: [{ entityId: 'ada' }] });
    expect(read({})).toMatchObject({ events: [{ entityId: null }] });
  });
});
