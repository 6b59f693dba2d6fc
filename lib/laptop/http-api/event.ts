import type { IncomingMessage } from 'node:http';
import { decode, pathOf, type RouteMatch } from './routes.ts';

/** An event of payload format 2.0. */
export type HttpApiEvent = {
  version: '2.0';
  routeKey: string;
  rawPath: string;
  rawQueryString: string;
  cookies?: string[];
  headers: Record<string, string>;
  queryStringParameters?: Record<string, string>;
  requestContext: Record<string, unknown>;
  body?: string;
  pathParameters?: Record<string, string>;
  isBase64Encoded: boolean;
};

export type EventContext = {
  account: string;
  apiId: string;
  stage: string;
  requestId: string;
  traceId: string;
  /** Milliseconds since the epoch. */
  now: number;
};

/** Between two hops only; API Gateway does not pass them on. */
const hopHeaders = new Set(['connection', 'expect', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/**
 * The event of one request. Members that do not apply are absent, as on AWS, not null.
 *
 * `rawPath` is percent-decoded in spite of its name, `rawQueryString` is not (captures of live HTTP APIs, 2026).
 */
export function buildEvent(
  incoming: IncomingMessage,
  body: Buffer,
  match: RouteMatch,
  context: EventContext,
): HttpApiEvent {
  const url = incoming.url ?? '/';
  const rawQueryString = url.slice(pathOf(url).length + 1);
  const { cookie, ...headers } = readHeaders(incoming, body, context);
  return {
    version: '2.0',
    routeKey: match.routeKey,
    rawPath: decode(pathOf(url)),
    rawQueryString,
    ...(cookie && { cookies: cookie.split(/[;,] */) }),
    headers,
    ...(rawQueryString && { queryStringParameters: readQuery(rawQueryString) }),
    requestContext: requestContext(incoming, match, context),
    ...encodeBody(body, headers),
    ...(Object.keys(match.pathParameters).length > 0 && { pathParameters: match.pathParameters }),
  };
}

/** Names in lower case, values of one name joined by commas, and what API Gateway adds about the way. */
function readHeaders(incoming: IncomingMessage, body: Buffer, { traceId }: EventContext): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    const name = incoming.rawHeaders[index]?.toLowerCase() ?? '';
    const value = incoming.rawHeaders[index + 1] ?? '';
    if (!hopHeaders.has(name)) headers[name] = name in headers ? `${headers[name]},${value}` : value;
  }
  const forwarded = headers['x-forwarded-for'];
  return {
    ...headers,
    'content-length': String(body.length),
    'x-amzn-trace-id': headers['x-amzn-trace-id'] ?? traceId,
    'x-forwarded-for': `${forwarded ? `${forwarded}, ` : ''}${incoming.socket.remoteAddress ?? ''}`,
    'x-forwarded-port': String(incoming.socket.localPort),
    'x-forwarded-proto': 'http',
  };
}

/** Decoded; values of one name joined by commas. */
function readQuery(rawQueryString: string): Record<string, string> {
  const parameters: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    parameters[name] = name in parameters ? `${parameters[name]},${value}` : value;
  }
  return parameters;
}

/**
 * Text for `text/*` and three application types; base64 for everything else, a missing type and form posts among them.
 *
 * Measured on AWS in June 2026 (the docs only say "binary"); that a compressed body is base64 is not measured, but as
 * text it would not survive.
 */
function encodeBody(body: Buffer, headers: Record<string, string>): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const compressed = (headers['content-encoding'] ?? 'identity') !== 'identity';
  const isText = !compressed && /^(text\/.+|application\/(json|xml|javascript))$/.test(type);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

function requestContext(incoming: IncomingMessage, match: RouteMatch, context: EventContext): Record<string, unknown> {
  const domainName = domainOf(incoming) ?? '';
  return {
    accountId: context.account,
    apiId: context.apiId,
    domainName,
    domainPrefix: domainName.split('.')[0],
    http: {
      method: incoming.method,
      path: decode(pathOf(incoming.url ?? '/')),
      protocol: `HTTP/${incoming.httpVersion}`,
      sourceIp: incoming.socket.remoteAddress,
      userAgent: incoming.headers['user-agent'] ?? '',
    },
    requestId: context.requestId,
    routeKey: match.routeKey,
    stage: context.stage,
    time: logTime(context.now),
    timeEpoch: context.now,
  };
}

/** @returns undefined when the `Host` header names none. */
export function domainOf({ headers: { host = '127.0.0.1' } }: IncomingMessage): string | undefined {
  return URL.parse(`http://${host}`)?.hostname;
}

/** As in access logs: `20/Nov/2026:00:00:00 +0000`. */
function logTime(now: number): string {
  const [, day, month, year, time] = new Date(now).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
