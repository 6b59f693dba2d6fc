import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeHttp } from '../../functions/aws/http.ts';

const open: { close(): void; closeAllConnections?(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const post = (url: string, options: { timeoutMs?: number; freshSocket?: boolean } = {}) =>
  nodeHttp().send({
    method: 'POST',
    url,
    headers: { 'content-type': 'text/plain' },
    body: Buffer.from('hello'),
    timeoutMs: options.timeoutMs ?? 2_000,
    freshSocket: options.freshSocket ?? false,
  });

describe('the HTTP client of calls', () => {
  it('answers with status, headers and bytes', async () => {
    const url = await serve(async (request, response) => {
      const chunks = await request.toArray();
      response.writeHead(201, { 'x-seen': Buffer.concat(chunks).toString() }).end('done');
    });

    const answer = await post(url);

    expect(answer).toMatchObject({ kind: 'answered', response: { status: 201, headers: { 'x-seen': 'hello' } } });
    expect(answer.kind === 'answered' && answer.response.body.toString()).toBe('done');
  });

  it('does not follow a redirect', async () => {
    let calls = 0;
    const url = await serve((_request, response) => {
      calls++;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });

    const answer = await post(url);

    expect(answer).toMatchObject({ kind: 'answered', response: { status: 307 } });
    expect(calls).toBe(1);
  });

  it('says not-sent when nobody listens, the name does not exist or TLS is not spoken there', async () => {
    const plain = await serve((_request, response) => response.end());

    expect(await post('http://127.0.0.1:1')).toMatchObject({ kind: 'not-sent', reason: 'ECONNREFUSED' });
    expect(await post('http://does-not-exist.invalid')).toMatchObject({ kind: 'not-sent' });
    expect(await post(plain.replace('http:', 'https:'))).toMatchObject({ kind: 'not-sent' });
    expect(await post('ftp://127.0.0.1/')).toMatchObject({ kind: 'not-sent' });
  });

  it('says unknown when the connection breaks after the request was sent', async () => {
    const url = await serve((request) => request.socket.destroy());

    expect(await post(url)).toMatchObject({ kind: 'unknown' });
    expect(await post(url, { freshSocket: true })).toMatchObject({ kind: 'unknown' });
  });

  it('says unknown when the answer does not come in time, or breaks off', async () => {
    const silent = await serve(() => {});
    const broken = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setTimeout(() => request.socket.destroy(), 20);
    });

    expect(await post(silent, { timeoutMs: 50 })).toMatchObject({ kind: 'unknown' });
    expect(await post(broken)).toMatchObject({ kind: 'unknown' });
  });

  it('says not-sent when the connection itself does not come about in time', async () => {
    // A backlog of nobody: the handshake completes in the kernel, but TLS never answers.
    const server = createTcpServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push(server);

    const answer = await post(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, { timeoutMs: 100 });

    expect(answer).toMatchObject({ kind: 'not-sent' });
  });

  it('sends a call that cannot be repeated on a connection of its own', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    const client = nodeHttp();
    const request = { method: 'GET', url, headers: {}, body: undefined, timeoutMs: 2_000 };

    for (let call = 0; call < 3; call++) await client.send({ ...request, freshSocket: false });
    expect(ports.size).toBe(1);
    for (let call = 0; call < 3; call++) await client.send({ ...request, freshSocket: true });

    expect(ports.size).toBe(4);
  });
});
