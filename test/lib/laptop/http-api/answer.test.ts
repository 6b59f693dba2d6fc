import { describe, expect, test } from 'vitest';
import { fakeClock } from '../fake-clock.ts';
import { post, startApi } from './setup.ts';

describe('the answer to a request', () => {
  test('is the status, headers, cookies and body of a structured result', async () => {
    const { send } = await startApi({
      statusCode: 201,
      headers: { 'X-Count': 3, 'Content-Type': 'application/json', 'Content-Length': 99 },
      cookies: ['a=1; Path=/', 'b=2'],
      body: '{"ok":true}',
    });

    const { status, headers, body } = await send({});

    expect({ status, body }).toEqual({ status: 201, body: '{"ok":true}' });
    expect(headers).toMatchObject({
      'x-count': '3',
      'content-type': 'application/json',
      'content-length': '11',
      'set-cookie': ['a=1; Path=/', 'b=2'],
      'apigw-requestid': expect.any(String),
    });
  });

  test.each([
    [{ ok: true }, 200, 'application/json', '{"ok":true}'],
    ['plain', 200, 'application/json', 'plain'],
    [null, 200, 'application/json', 'null'],
    [{ statusCode: 202 }, 202, 'text/plain;charset=UTF-8', ''],
    [{ statusCode: '202', body: 'x' }, 202, 'text/plain;charset=UTF-8', 'x'],
    [{ statusCode: 200, body: 'aGk=', isBase64Encoded: true }, 200, 'text/plain;charset=UTF-8', 'hi'],
    [{ statusCode: 204, body: 'ignored' }, 204, 'text/plain;charset=UTF-8', ''],
  ])('to a function that returns %j is %d, %s, %j', async (result, status, contentType, body) => {
    const { send } = await startApi(result);

    const answer = await send({});

    expect(answer).toMatchObject({ status, body, headers: { 'content-type': contentType } });
  });

  test.each([
    [{ statusCode: 'ok' }],
    [{ statusCode: 99 }],
    [{ statusCode: 200, body: { ok: true } }],
    [{ statusCode: 200, headers: { 'x-list': ['a'] } }],
    [{ statusCode: 200, cookies: 'a=1' }],
  ])('to a function that returns %j is a 500', async (result) => {
    const { send, accesses } = await startApi(result);

    const answer = await send({});

    expect(answer).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
    expect(accesses[0]).toMatchObject({ status: 500, error: 'MalformedResponse' });
  });

  test('to a function that fails is a 500 that does not say why', async () => {
    const payload = Buffer.from('{"errorType":"TypeError","errorMessage":"secret"}');
    const { send, accesses } = await startApi(null, {
      invoke: async () => ({ kind: 'error', errorType: 'TypeError', payload }),
    });

    expect(await send({})).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
    expect(accesses[0]).toMatchObject({ routeKey: 'POST /hooks/{source}', error: 'TypeError' });
  });

  test('is a 503 when the function takes longer than the integration allows', async () => {
    const clock = fakeClock();
    const invoke = () => {
      queueMicrotask(() => void clock.advance(10_000));
      return new Promise<never>(() => {});
    };
    const { send, accesses } = await startApi(null, { clock, invoke });

    expect(await send({})).toMatchObject({ status: 503, body: '{"message":"Service Unavailable"}' });
    expect(accesses[0]).toMatchObject({ error: 'IntegrationTimeout', durationMs: 10_000 });
  });

  test('to HEAD has no body', async () => {
    const { send } = await startApi({ statusCode: 200, body: 'hello' }, { routes: [{ ...post, method: 'HEAD' }] });

    expect(await send({ method: 'HEAD' })).toMatchObject({ status: 200, body: '', headers: { 'content-length': '5' } });
  });

  test('goes to the access log', async () => {
    const { send, accesses } = await startApi({ statusCode: 200, body: 'hello' });

    const { headers } = await send({ path: '/hooks/shop?a=1' });

    expect(accesses).toEqual([
      {
        requestId: headers['apigw-requestid'],
        timeEpochMs: 1795132800000,
        sourceIp: '127.0.0.1',
        method: 'POST',
        url: '/hooks/shop?a=1',
        routeKey: 'POST /hooks/{source}',
        status: 200,
        responseBytes: 5,
        durationMs: 0,
      },
    ]);
  });

  test('is still given when the API closes meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const invoked = Promise.withResolvers<void>();
    const { api, send } = await startApi(null, {
      invoke: async () => {
        invoked.resolve();
        await promise;
        return { kind: 'ok', payload: Buffer.from('"done"') };
      },
    });
    const answer = send({ headers: { connection: 'keep-alive' } });
    await invoked.promise;

    const closed = api.close();
    resolve();

    expect((await answer).body).toBe('done');
    await closed;
  });
});

describe('a request above the limits', () => {
  test('with 10,240 bytes of headers passes, with one more is a 431', async () => {
    const { api, send } = await startApi({ statusCode: 200 });
    const others = `POST /hooks/shop HTTP/1.1\r\nx-pad: \r\nHost: ${new URL(api.url).host}\r\nConnection: close\r\nContent-Length: 0\r\n`;
    const pad = (bytes: number) => ({ headers: { 'x-pad': 'x'.repeat(bytes - others.length), 'Content-Length': '0' } });

    expect((await send(pad(10_240))).status).toBe(200);
    expect(await send(pad(10_241))).toMatchObject({
      status: 431,
      body: '{"message":"Request Header Fields Too Large"}',
    });
  });

  test.each([
    ['10 MB of body', { 'content-type': 'text/plain' }, 10 * 1024 * 1024 + 1],
    ['10 MB of chunked body', { 'transfer-encoding': 'chunked' }, 10 * 1024 * 1024 + 1],
    ["Lambda's 6 MB of event", { 'content-type': 'text/plain' }, 6 * 1024 * 1024],
  ])('with more than %s is a 413 and not invoked', async (_what, headers, bytes) => {
    const { events, send } = await startApi({ statusCode: 200 });

    const answer = await send({ headers, body: Buffer.alloc(bytes, 'x') });

    expect(answer).toMatchObject({ status: 413, body: '{"message":"Request Entity Too Large"}' });
    expect(events).toEqual([]);
  });
});
