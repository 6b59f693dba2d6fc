import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Http } from '../core/ports.ts';

/** More than any API answers to a write; what is longer is an unreadable answer. */
const MAX_RESPONSE_BYTES = 5_000_000;

type Request = Parameters<Http['send']>[0];
type Answer = Awaited<ReturnType<Http['send']>>;

/**
 * HTTP over Node's own client, which shows what matters here: whether a connection was established before it failed.
 * Redirects are answers like any other.
 */
export function nodeHttp(): Http {
  const agents = {
    'http:': new HttpAgent({ keepAlive: true }),
    'https:': new HttpsAgent({ keepAlive: true }),
  };
  return { send: (request) => send(request, agents) };
}

function send(request: Request, agents: { 'http:': HttpAgent; 'https:': HttpsAgent }): Promise<Answer> {
  return new Promise((resolve) => {
    let connected = false;
    let answering = false;
    const fail = (reason: string) => resolve({ kind: connected ? 'unknown' : 'not-sent', reason });
    let outgoing: ClientRequest;
    let secure: boolean;
    try {
      const url = new URL(request.url);
      secure = url.protocol === 'https:';
      outgoing = (secure ? httpsRequest : httpRequest)(url, {
        method: request.method,
        headers: { ...request.headers, 'content-length': request.body?.length ?? 0 },
        agent: request.freshSocket ? false : agents[secure ? 'https:' : 'http:'],
        signal: AbortSignal.timeout(Math.max(1, Math.floor(request.timeoutMs))),
      });
    } catch (error) {
      // A URL or a header that Node refuses: nothing has left.
      return fail((error as NodeJS.ErrnoException).code ?? String(error));
    }
    outgoing.once('socket', (socket: Socket) => {
      // A reused socket is connected already; a new one is once TLS is up, before the first byte of the request.
      if (outgoing.reusedSocket || (!socket.connecting && !secure)) connected = true;
      else socket.once(secure ? 'secureConnect' : 'connect', () => (connected = true));
    });
    // More than one error may come, and one that nobody hears ends the process.
    outgoing.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.name));
    outgoing.once('close', () => answering || fail('closed without an answer'));
    outgoing.once('response', (incoming) => {
      answering = true;
      readResponse(incoming).then(resolve, (error) => fail(String(error.code ?? error)));
    });
    outgoing.end(request.body);
  });
}

async function readResponse(incoming: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_RESPONSE_BYTES) throw new Error(`an answer of over ${MAX_RESPONSE_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return { kind: 'answered', response: { status: incoming.statusCode ?? 0, headers, body: Buffer.concat(chunks) } };
}
