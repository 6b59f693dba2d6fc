import { type IncomingHttpHeaders, request } from 'node:http';
import { onTestFinished } from 'vitest';
import type { HttpRoute } from '../../../../lib/laptop/assembly/http-apis.ts';
import type { HttpApiEvent } from '../../../../lib/laptop/http-api/event.ts';
import { type AccessEntry, type HttpApiOptions, startHttpApi } from '../../../../lib/laptop/http-api/http-api.ts';
import type { FunctionResult } from '../../../../lib/laptop/lambda/result.ts';
import { fakeClock } from '../fake-clock.ts';

export const post: HttpRoute = { method: 'POST', path: '/hooks/{source}', functionName: 'ingest', timeoutMs: 10_000 };

/** An HTTP API in front of a function that returns `result` (a value, or whole); `events` is what it was given. */
export async function startApi(
  result: unknown,
  { routes = [post], ...options }: Partial<HttpApiOptions> & { routes?: HttpRoute[] } = {},
) {
  const events: HttpApiEvent[] = [];
  const accesses: AccessEntry[] = [];
  const api = await startHttpApi({
    port: 0,
    routes,
    stage: '$default',
    account: '000000000000',
    clock: fakeClock(),
    onAccess: (entry) => accesses.push(entry),
    invoke: async (_functionName, payload): Promise<FunctionResult> => {
      events.push(JSON.parse(payload.toString('utf8')));
      return { kind: 'ok', payload: Buffer.from(JSON.stringify(result) ?? 'null') };
    },
    ...options,
  });
  onTestFinished(() => api.close());
  return { api, events, accesses, send: (sent: Partial<Sent>) => send(api.url, sent) };
}

type Sent = { method: string; path: string; headers: Record<string, string | string[]>; body: string | Buffer };
type Received = { status: number; headers: IncomingHttpHeaders; body: string };

/** Byte for byte: fetch would add headers of its own. */
function send(
  url: string,
  { method = 'POST', path = '/hooks/shop', headers = {}, body }: Partial<Sent>,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url + path, { method, headers, agent: false }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
