/** Vectors on the way that vendors' requests take: the HTTP API's event, and the ingest function's reading of it. */
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { requestOf } from '../../functions/http-event.ts';
import { buildEvent } from '../../lib/laptop/http-api/event.ts';
import type { RouteMatch } from '../../lib/laptop/http-api/routes.ts';
import { judgeVector, requestOf as requestIn, type VectorVerdict } from '../../lib/ops/vectors/judge-vector.ts';
import type { Vector } from '../../lib/ops/vectors/vector.ts';

const MATCH: RouteMatch = {
  route: { method: 'ANY', path: '/{source}', functionName: 'ingest', timeoutMs: 30_000 },
  ...{ routeKey: 'ANY /{source}', pathParameters: { source: 'vector' } },
};
const CONTEXT = {
  account: '000000000000',
  apiId: 'api',
  stage: '$default',
  requestId: 'id=',
  traceId: 'Root=1',
  now: 0,
};

/** Whether a request comes by HTTP at all. */
export const isHttp = ({ request }: Vector) => !['SQS', 'EVENTBRIDGE'].includes(request.method);

export const hasLines = ({ request }: Vector) => Object.values(request.headers).some((value) => Array.isArray(value));

/** The verdicts on a vector's request with its body handed over as the content type has it, as base64, and as text. */
export async function throughTheFront(vector: Vector): Promise<Record<string, VectorVerdict>> {
  const event = eventOf(vector);
  const { body } = requestIn(vector.request);
  const isText = Buffer.from(body.toString('utf8')).equals(body);
  const events = {
    'as it comes': event,
    ...(body.length > 0 && { 'as base64': { ...event, body: body.toString('base64'), isBase64Encoded: true } }),
    ...(body.length > 0 && isText && { 'as text': { ...event, body: body.toString('utf8'), isBase64Encoded: false } }),
  };
  const verdicts = Object.entries(events).map(
    async ([how, one]) => [how, await judgeVector(vector, requestOf(one))] as const,
  );
  return Object.fromEntries(await Promise.all(verdicts));
}

/** What API Gateway makes of the request: names in lower case, lines of one name joined by commas. */
function eventOf(vector: Vector): APIGatewayProxyEventV2 {
  const { method, url, headers } = vector.request;
  const { pathname } = new URL(url);
  const query = url.split('?').slice(1).join('?');
  const incoming = {
    ...{
      method,
      url: url.includes('?') ? `${pathname}?${query}` : pathname,
      httpVersion: '1.1',
      headers: { host: 'hub.example' },
    },
    rawHeaders: Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((line) => [name, line])),
    socket: { remoteAddress: '192.0.2.1', localPort: 443 },
  } as unknown as IncomingMessage;
  return buildEvent(incoming, requestIn(vector.request).body, MATCH, CONTEXT) as unknown as APIGatewayProxyEventV2;
}
