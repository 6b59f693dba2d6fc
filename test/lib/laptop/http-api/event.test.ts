import { describe, expect, test } from 'vitest';
import { post, startApi } from './setup.ts';

describe('the event of a request', () => {
  test('has the members of payload format 2.0', async () => {
    const { api, events, send } = await startApi({ statusCode: 200 });

    await send({
      path: '/hooks/shop?topic=orders%2Fpaid&tag=a&tag=b',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'vendor/1.0',
        'X-Sign': ['one', 'two'],
        Cookie: 'a=1; b=2',
      },
      body: '{"order":"Zoë"}',
    });

    const port = new URL(api.url).port;
    expect(events).toEqual([
      {
        version: '2.0',
        routeKey: 'POST /hooks/{source}',
        rawPath: '/hooks/shop',
        rawQueryString: 'topic=orders%2Fpaid&tag=a&tag=b',
        cookies: ['a=1', 'b=2'],
        headers: {
          'content-length': '16',
          'content-type': 'application/json',
          host: `127.0.0.1:${port}`,
          'user-agent': 'vendor/1.0',
          'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
          'x-forwarded-for': '127.0.0.1',
          'x-forwarded-port': port,
          'x-forwarded-proto': 'http',
          'x-sign': 'one,two',
        },
        queryStringParameters: { topic: 'orders/paid', tag: 'a,b' },
        requestContext: {
          accountId: '000000000000',
          apiId: 'laptop',
          domainName: '127.0.0.1',
          domainPrefix: '127',
          http: {
            method: 'POST',
            path: '/hooks/shop',
            protocol: 'HTTP/1.1',
            sourceIp: '127.0.0.1',
            userAgent: 'vendor/1.0',
          },
          requestId: expect.stringMatching(/^.{16}$/),
          routeKey: 'POST /hooks/{source}',
          stage: '$default',
          time: '20/Nov/2026:00:00:00 +0000',
          timeEpoch: 1795132800000,
        },
        body: '{"order":"Zoë"}',
        pathParameters: { source: 'shop' },
        isBase64Encoded: false,
      },
    ]);
  });

  test('leaves out what the request does not have', async () => {
    const { events, send } = await startApi({}, { routes: [{ ...post, method: 'GET', path: '/health' }] });

    await send({ method: 'GET', path: '/health' });

    expect(events[0]).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
    expect(Object.keys(events[0] ?? {})).not.toContain('body');
    expect(Object.keys(events[0] ?? {})).not.toContain('cookies');
    expect(Object.keys(events[0] ?? {})).not.toContain('pathParameters');
    expect(Object.keys(events[0] ?? {})).not.toContain('queryStringParameters');
  });

  test.each([
    ['text/plain', false],
    ['text/csv; charset=utf-8', false],
    ['application/json', false],
    ['Application/JSON; charset=utf-8', false],
    ['application/xml', false],
    ['application/javascript', false],
    ['application/cloudevents+json', true],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
    ['image/png', true],
    [undefined, true],
  ])('with content type %s has a base64 body: %s', async (contentType, isBase64Encoded) => {
    const { events, send } = await startApi({});

    await send({ ...(contentType && { headers: { 'content-type': contentType } }), body: 'a=ü' });

    const body = isBase64Encoded ? 'YT3DvA==' : 'a=ü';
    expect(events[0]).toMatchObject({ body, isBase64Encoded });
  });

  test('has a compressed body in base64, byte for byte', async () => {
    const { events, send } = await startApi({});
    const body = Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0xff]);

    await send({ headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body });

    expect(Buffer.from(events[0]?.body ?? '', 'base64')).toEqual(body);
  });

  test('has the decoded path, and the raw query', async () => {
    const { events, send } = await startApi({});

    await send({ path: '/hooks/a%20b?q=%20' });

    expect(events[0]).toMatchObject({
      rawPath: '/hooks/a b',
      rawQueryString: 'q=%20',
      pathParameters: { source: 'a b' },
      queryStringParameters: { q: ' ' },
    });
  });

  test('has the addresses that a proxy in front of it names', async () => {
    const { events, send } = await startApi({});

    await send({ headers: { 'X-Forwarded-For': '203.0.113.7' } });

    expect(events[0]?.headers['x-forwarded-for']).toBe('203.0.113.7, 127.0.0.1');
  });

  test('has the length of a chunked body and not its framing', async () => {
    const { events, send } = await startApi({});

    await send({ headers: { 'transfer-encoding': 'chunked', 'content-type': 'text/plain' }, body: 'hello' });

    expect(events[0]).toMatchObject({ body: 'hello', headers: { 'content-length': '5' } });
    expect(events[0]?.headers).not.toHaveProperty('transfer-encoding');
  });
});
