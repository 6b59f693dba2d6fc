import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The most a function may return, and be given. */
export const maxPayloadBytes = 6 * 1024 * 1024;

/** One piece of work for a function. */
export type Invocation = { requestId: string; payload: Buffer; traceId: string };

/** What goes with it: the deadline as the function's clock shows it, and that clock's reading if the runner moves it. */
export type InvocationDetails = { deadlineMs: number; functionArn: string; clockReading?: string | undefined };

/** What a function process tells the runner. */
export type RuntimeListener = {
  /** The process is ready for an invocation: it has started, or has answered the last one. */
  onNext(): void;
  /** `too-large` when the body exceeds what Lambda lets a function return. */
  onResponse(requestId: string, body: Buffer | 'too-large'): void;
  onError(requestId: string, body: Buffer): void;
  /** The handler could not be loaded, or the process is about to end on an uncaught error. */
  onInitError(body: Buffer): void;
};

/** One process's place at the Runtime API. */
export type RuntimeSlot = {
  /** Value of `AWS_LAMBDA_RUNTIME_API`: host, port and a token of this process alone. */
  address: string;
  /** Answers the `next` that the process waits for. */
  handOver(invocation: Invocation, details: InvocationDetails): void;
  release(): void;
};

export type RuntimeApi = { register(listener: RuntimeListener): RuntimeSlot; close(): Promise<void> };

type Entry = { listener: RuntimeListener; waiting?: ServerResponse };

/**
 * Lambda's Runtime API, for all function processes, on a free loopback port.
 *
 * The paths are Lambda's own behind the process's token: `/<token>/2018-06-01/runtime/invocation/next`,
 * `…/invocation/<request id>/response`, `…/invocation/<request id>/error`, `…/init/error`. Nothing else on the machine
 * can take or answer an invocation without the token.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export async function startRuntimeApi(): Promise<RuntimeApi> {
  const entries = new Map<string, Entry>();
  const server = createServer((incoming, outgoing) => answer(entries, incoming, outgoing));
  // A process may compute for 15 minutes between two requests, and waits for work as long as it lives.
  Object.assign(server, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    register: (listener) => register(entries, listener, port),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function register(entries: Map<string, Entry>, listener: RuntimeListener, port: number): RuntimeSlot {
  const token = randomBytes(16).toString('hex');
  const entry: Entry = { listener };
  entries.set(token, entry);
  return {
    address: `127.0.0.1:${port}/${token}`,
    handOver({ requestId, payload, traceId }, { deadlineMs, functionArn, clockReading }) {
      entry.waiting?.writeHead(200, [
        ...['Content-Type', 'application/json', 'Content-Length', String(payload.length)],
        ...['Lambda-Runtime-Aws-Request-Id', requestId, 'Lambda-Runtime-Deadline-Ms', String(deadlineMs)],
        ...['Lambda-Runtime-Invoked-Function-Arn', functionArn, 'Lambda-Runtime-Trace-Id', traceId],
        ...(clockReading === undefined ? [] : ['Syncline-Clock', clockReading]),
      ]);
      entry.waiting?.end(payload);
    },
    release: () => entries.delete(token),
  };
}

async function answer(entries: Map<string, Entry>, incoming: IncomingMessage, outgoing: ServerResponse) {
  const [, token = '', , , ...route] = (incoming.url ?? '').split('/');
  const entry = entries.get(token);
  outgoing.sendDate = false;
  if (!entry) return void outgoing.writeHead(403).end();
  if (route[1] === 'next') {
    entry.waiting = outgoing;
    return entry.listener.onNext();
  }
  const body = await readBody(incoming);
  outgoing.writeHead(body === 'too-large' ? 413 : 202, ['Content-Length', '0']).end();
  report(entry.listener, route, body);
}

function report(listener: RuntimeListener, [area, requestId = '', kind]: string[], body: Buffer | 'too-large'): void {
  const error = body === 'too-large' ? Buffer.from('{}') : body;
  if (area === 'init') listener.onInitError(error);
  else if (kind === 'response') listener.onResponse(requestId, body);
  else listener.onError(requestId, error);
}

function readBody(incoming: IncomingMessage): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve) => {
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxPayloadBytes) chunks.push(chunk);
    });
    incoming.on('end', () => resolve(length > maxPayloadBytes ? 'too-large' : Buffer.concat(chunks, length)));
    // A process that dies while it posts has not answered; its end is reported by its exit.
    incoming.on('error', () => {});
  });
}
