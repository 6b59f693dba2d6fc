import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { nodeHttp } from '../../functions/aws/http.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function listen(server: Pick<Server, 'listen' | 'address' | 'close'>): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const serve = (listener: RequestListener) => listen(createServer(listener));

const send = (url: string, changes: Partial<Parameters<ReturnType<typeof nodeHttp>['send']>[0]> = {}) =>
  nodeHttp().send({
    method: 'POST',
    url,
    headers: {},
    body: Buffer.from('hi'),
    timeoutMs: 2_000,
    freshSocket: true,
    ...changes,
  });

it('answers with what the server said, redirects included', async () => {
  const url = await serve((_, response) =>
    response.writeHead(302, { location: '/other', 'X-Two': ['a', 'b'] }).end('moved'),
  );

  const answer = await send(url);

  expect(answer).toMatchObject({ kind: 'answered', response: { status: 302, body: Buffer.from('moved') } });
  expect(answer).toHaveProperty('response.headers.x-two', 'a, b');
});

it('knows that nothing was sent where nobody listens', async () => {
  const url = await serve(() => {});
  open.pop()?.close();

  expect(await send(url)).toEqual({ kind: 'not-sent', reason: 'ECONNREFUSED' });
});

it('knows that nothing was sent where TLS fails', async () => {
  const url = await listen(createTcpServer((socket) => socket.end('no TLS here\r\n')) as unknown as Server);

  expect(await send(url.replace('http:', 'https:'))).toMatchObject({ kind: 'not-sent' });
});

it.each([
  ['a URL without a host', 'http://', {}],
  ['a protocol of another kind', 'ftp://example.com/', {}],
  ['a header with a line break', 'http://127.0.0.1:1/', { authorization: 'token\n' }],
])('sends nothing to %s', async (_, url, headers) => {
  expect(await send(url, { headers })).toMatchObject({ kind: 'not-sent' });
});

it.each<[string, RequestListener]>([
  ['closes without an answer', (request) => void request.socket.destroy()],
  [
    'breaks off its answer',
    (_, response) => void response.writeHead(200, { 'content-length': '9' }).write('ha', () => response.destroy()),
  ],
  ['answers with more than 5 MB', (_, response) => void response.end(Buffer.alloc(5_000_001))],
  ['never answers', () => {}],
])('does not know the outcome when the server %s', async (_, listener) => {
  const url = await serve(listener);

  expect(await send(url, { timeoutMs: 300 })).toMatchObject({ kind: 'unknown' });
});

it('uses a new connection where a call must not meet a closed one', async () => {
  const ports = new Set<number | undefined>();
  const url = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end();
  });

  await send(url);
  await send(url);

  expect(ports.size).toBe(2);
});
