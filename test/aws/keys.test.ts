import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { fetchKeys } from '../../functions/aws/keys.ts';
import { NoSuchKey } from '../../functions/core/source.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

type Reply = (request: IncomingMessage, response: ServerResponse, count: number) => unknown;
const servers: { close(): unknown; closeAllConnections(): void }[] = [];

/** A vendor who counts how often it was asked, and a clock that is moved by hand. */
async function vendor(reply: Reply = (_, response, count) => response.end(`key ${count}`)) {
  const asked = { count: 0 };
  const clock = { now: Date.parse('2026-11-20T09:30:00Z') };
  const server = createServer((request, response) => {
    asked.count += 1;
    reply(request, response, asked.count);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  return { url, asked, clock, fetchKey: fetchKeys(() => clock.now) };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('a fetched key', () => {
  test('is kept for a day', async () => {
    const { url, clock, fetchKey } = await vendor();

    expect(await fetchKey(url)).toBe('key 1');
    clock.now += DAY_MS - 1;
    expect(await fetchKey(url)).toBe('key 1');
    clock.now += 1;
    expect(await fetchKey(url)).toBe('key 2');
  });

  test('is kept as long as asked for, or not at all', async () => {
    const { url, clock, fetchKey } = await vendor();

    expect(await fetchKey(url, { keepMs: 5 * MINUTE_MS })).toBe('key 1');
    clock.now += 5 * MINUTE_MS;
    expect(await fetchKey(url, { keepMs: 5 * MINUTE_MS })).toBe('key 2');
    expect(await fetchKey(url, { keepMs: 0 })).toBe('key 3');
    expect(await fetchKey(url, { keepMs: 0 })).toBe('key 4');
  });

  test('is asked for again at most once a minute', async () => {
    const { url, clock, fetchKey } = await vendor();

    expect(await fetchKey(url)).toBe('key 1');
    clock.now += MINUTE_MS;
    expect(await fetchKey(url, { again: true })).toBe('key 2');
    clock.now += MINUTE_MS - 1;
    expect(await fetchKey(url, { again: true })).toBe('key 2');
    clock.now += 1;
    expect(await fetchKey(url, { again: true })).toBe('key 3');
  });

  test('stays what it was when asking again fails, which is not repeated within a minute', async () => {
    const { url, asked, clock, fetchKey } = await vendor((_, response, count) => {
      response.statusCode = count === 2 ? 500 : 200;
      response.end(`key ${count}`);
    });

    expect(await fetchKey(url)).toBe('key 1');
    clock.now += MINUTE_MS;
    await expect(fetchKey(url, { again: true })).rejects.toThrow('status 500');
    await expect(fetchKey(url, { again: true })).rejects.toThrow('status 500');
    expect(await fetchKey(url)).toBe('key 1');
    expect(asked.count).toBe(2);
    clock.now += MINUTE_MS;
    expect(await fetchKey(url, { again: true })).toBe('key 3');
  });

  test('is fetched once for all who ask at the same time', async () => {
    const { url, asked, fetchKey } = await vendor();

    const keys = await Promise.all([fetchKey(url), fetchKey(url), fetchKey(url, { again: true })]);

    expect(keys).toEqual(['key 1', 'key 1', 'key 1']);
    expect(asked.count).toBe(1);
  });

  test('is one for whoever asks, whatever the headers', async () => {
    const { url, fetchKey } = await vendor();

    expect(await fetchKey(url, { headers: { authorization: 'Bearer one' } })).toBe('key 1');
    expect(await fetchKey(url, { headers: { authorization: 'Bearer two' } })).toBe('key 1');
  });

  test('is forgotten when a hundred others came after it', async () => {
    const { url, asked, fetchKey } = await vendor();

    await fetchKey(url);
    for (let other = 1; other <= 100; other++) await fetchKey(`${url}?${other}`);

    expect(await fetchKey(`${url}?100`)).toBe('key 101');
    expect(await fetchKey(url)).toBe('key 102');
    expect(asked.count).toBe(102);
  });
});

describe('a fetch', () => {
  test('sends headers and what is to be posted, and keeps answers apart by both', async () => {
    const { url, asked, fetchKey } = await vendor(async (request, response) => {
      const { method, headers } = request;
      response.end([method, headers['content-type'], headers.authorization, await text(request)].join(' '));
    });
    const post = { contentType: 'application/x-www-form-urlencoded', body: 'grant_type=client_credentials' };
    const token = (authorization: string) => fetchKey(url, { post, headers: { authorization } });

    expect(await token('Basic one')).toBe(`POST ${post.contentType} Basic one ${post.body}`);
    expect(await token('Basic two')).toBe(`POST ${post.contentType} Basic two ${post.body}`);
    expect(await token('Basic one')).toBe(`POST ${post.contentType} Basic one ${post.body}`);
    expect(asked.count).toBe(2);
  });

  test('fails for an answer that is not 2xx, and keeps nothing of it', async () => {
    const { url, fetchKey } = await vendor((_, response, count) => {
      response.statusCode = count === 1 ? 503 : 200;
      response.end('key');
    });

    await expect(fetchKey(url)).rejects.toThrow(
      /^the request to 127.0.0.1:\d+ for a key was answered with status 503$/,
    );
    expect(await fetchKey(url)).toBe('key');
  });

  test('tells a key that is nowhere from one that cannot be had', async () => {
    const { url, fetchKey } = await vendor((request, response) => {
      response.statusCode = Number(request.url?.split('?')[1]);
      response.end();
    });
    const statuses = [400, 401, 404, 410, 429, 500];

    const none = await Promise.all(
      statuses.map((status) => fetchKey(`${url}?${status}`).catch((error) => error instanceof NoSuchKey)),
    );
    const post = { contentType: 'text/plain', body: '' };
    const posted = await fetchKey(`${url}?400`, { post }).catch((error) => error instanceof NoSuchKey);

    expect(none).toEqual([true, false, true, true, false, false]);
    expect(posted).toBe(false);
  });

  test('follows no redirect', async () => {
    const { url, asked, fetchKey } = await vendor((_, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end();
    });

    await expect(fetchKey(url)).rejects.toThrow();
    expect(asked.count).toBe(1);
  });

  test('reads no more than a megabyte', async () => {
    const { url, fetchKey } = await vendor((request, response) => {
      response.end('x'.repeat(request.url === '/jwks' ? 1_000_000 : 1_000_001));
    });

    expect(await fetchKey(url)).toHaveLength(1_000_000);
    await expect(fetchKey(`${url}?more`)).rejects.toThrow('larger than 1000000 bytes');
  });

  test('gives up on a vendor who does not finish its answer', async () => {
    const { url, fetchKey } = await vendor((_, response) => response.write('begun'));

    await expect(fetchKey(url)).rejects.toThrow('timeout');
  });
});
