/**
 * An API Gateway HTTP API with Lambda proxy integrations, payload format 2.0, stage `$default`.
 *
 * One request: limits, route, throttle, event, function, answer. Left out: CORS, authorizers, custom domains and mutual
 * TLS; templates that ask for them are refused when they are read.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { HttpRoute } from '../assembly/http-apis.ts';
import type { Clock } from '../clock.ts';
import type { FunctionResult } from '../lambda/result.ts';
import { maxPayloadBytes } from '../lambda/runtime-api.ts';
import { newTraceRoot, randomHex } from '../lambda/trace-id.ts';
import { listenOnLoopback } from '../loopback.ts';
import { buildEvent, domainOf } from './event.ts';
import { drain, headerBytes, maxHeaderBytes, readBody } from './request.ts';
import { type HttpAnswer, hasNoBody, messageAnswer, toAnswer } from './response.ts';
import { matchRoute, type RouteMatch } from './routes.ts';
import { createThrottles } from './throttle.ts';

/** One line of the access log. */
export type AccessEntry = {
  requestId: string;
  timeEpochMs: number;
  sourceIp: string;
  method: string;
  /** As sent, with the query. */
  url: string;
  /** Absent when no route took the request. */
  routeKey?: string;
  status: number;
  responseBytes: number;
  durationMs: number;
  /** The `errorType` of a function that failed, or what the API itself had against the request. */
  error?: string;
};

export type HttpApiOptions = {
  /** 0 takes a free one. */
  port: number;
  routes: HttpRoute[];
  stage: '$default';
  account: string;
  /** @default `laptop` */
  apiId?: string;
  invoke: (functionName: string, payload: Buffer, options: { traceId: string }) => Promise<FunctionResult>;
  clock: Clock;
  onAccess?: (entry: AccessEntry) => void;
};

export type HttpApi = {
  /** `http://127.0.0.1:<port>` */
  url: string;
  updateRoutes(routes: HttpRoute[]): void;
  /** Takes no more requests and waits for the answers of those it has. */
  close(): Promise<void>;
};

/** An answer, and the error for the access log. */
type Outcome = { answer: HttpAnswer; routeKey?: string; error?: string };

export async function startHttpApi(given: HttpApiOptions): Promise<HttpApi> {
  const options = { apiId: 'laptop', throttles: createThrottles(given.clock), ...given };
  const server = createServer({ maxHeaderSize: 8 * maxHeaderBytes }, (incoming, outgoing) => {
    // Closed while it was served: the connection must not be kept.
    outgoing.on('finish', () => server.listening || incoming.socket.end());
    void serve(incoming, outgoing, options);
  });
  server.keepAliveTimeout = 60_000;
  const url = await listenOnLoopback(server, options.port);
  return {
    url,
    updateRoutes(routes) {
      options.routes = routes;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

type Options = HttpApiOptions & { apiId: string; throttles: ReturnType<typeof createThrottles> };

async function serve(incoming: IncomingMessage, outgoing: ServerResponse, options: Options): Promise<void> {
  const startedAt = options.clock.now();
  const requestId = `${randomHex().slice(0, 15)}=`;
  const { answer, ...outcome } = await handle(incoming, requestId, options).catch(unexpected);
  await drain(incoming);
  send(outgoing, answer, requestId);
  options.onAccess?.({
    requestId,
    timeEpochMs: startedAt,
    sourceIp: incoming.socket.remoteAddress ?? '',
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    ...outcome,
    status: answer.status,
    responseBytes: answer.body.length,
    durationMs: options.clock.now() - startedAt,
  });
}

async function handle(incoming: IncomingMessage, requestId: string, options: Options): Promise<Outcome> {
  if (headerBytes(incoming) > maxHeaderBytes) return refuse(431, 'Request Header Fields Too Large');
  if (domainOf(incoming) === undefined) return refuse(400, 'Bad Request');
  const match = matchRoute(options.routes, incoming.method ?? 'GET', incoming.url ?? '/');
  if (!match) return refuse(404, 'Not Found');
  const { routeKey } = match;
  const admitted = options.throttles.admit(routeKey, match.route.throttle);
  if (!admitted) return { ...refuse(429, 'Too Many Requests'), routeKey };
  const body = await readBody(incoming);
  if (body === 'too-large') return { ...refuse(413, 'Request Entity Too Large'), routeKey };
  const { apiId, account, stage, clock } = options;
  const traceId = newTraceRoot();
  const context = { apiId, account, stage, requestId, traceId, now: clock.now() };
  const event = Buffer.from(JSON.stringify(buildEvent(incoming, body, match, context)));
  // Lambda takes 6 MB of event, less than the API's 10. What AWS answers between the two is not documented.
  if (event.length > maxPayloadBytes) return { ...refuse(413, 'Request Entity Too Large'), routeKey };
  return { ...(await integrate(match, event, traceId, options)), routeKey };
}

/** A function that fails is a 500; one that takes longer than the integration's timeout a 503, while it runs on. */
async function integrate(match: RouteMatch, event: Buffer, traceId: string, options: Options): Promise<Outcome> {
  const { functionName, timeoutMs } = match.route;
  const result = await withTimeout(options.invoke(functionName, event, { traceId }), timeoutMs, options.clock);
  if (result === 'timeout') return refuse(503, 'Service Unavailable', 'IntegrationTimeout');
  if (result.kind === 'error') return refuse(500, 'Internal Server Error', result.errorType);
  const answer = toAnswer(result.payload);
  return answer ? { answer } : refuse(500, 'Internal Server Error', 'MalformedResponse');
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number, clock: Clock): Promise<T | 'timeout'> {
  let cancel = () => {};
  const timeout = new Promise<'timeout'>((resolve) => {
    cancel = clock.after(timeoutMs, () => resolve('timeout'));
  });
  return Promise.race([promise, timeout]).finally(() => cancel());
}

const refuse = (status: number, message: string, error = message): Outcome => ({
  answer: messageAnswer(status, message),
  error,
});

function unexpected(error: unknown): Outcome {
  return refuse(500, 'Internal Server Error', error instanceof Error ? error.name : String(error));
}

/** Node leaves out the body of an answer to HEAD by itself. */
function send(outgoing: ServerResponse, answer: HttpAnswer, requestId: string): void {
  const length: [string, string][] = hasNoBody(answer.status) ? [] : [['content-length', String(answer.body.length)]];
  const headers = [...answer.headers, ...length, ['apigw-requestid', requestId]];
  outgoing.writeHead(answer.status, headers.flat()).end(answer.body);
}
