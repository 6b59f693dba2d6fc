import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Vector } from '../../../lib/ops/vectors/vector.ts';

/** A request under change, still as lines and bytes on the wire. */
export type Draft = {
  readonly method: string;
  readonly rawQuery: string;
  /** The source's URL as configured at the vendor. */
  readonly publicUrl: string;
  /** Header lines in the order sent; a name may occur twice. */
  readonly headers: readonly Line[];
  readonly body: Buffer;
  /** Milliseconds since the epoch, on our side of the door. */
  readonly now: number;
  /** How the gateway hands the body over. As text, bytes that are no UTF-8 are lost. */
  readonly transport: 'text' | 'base64';
  /** The opposite of what `transport` says: the flag that comes with the body is wrong. */
  readonly hasWrongFlag: boolean;
  /** Headers that come as lists of lines, as transports do that do not join them. */
  readonly lists: readonly string[];
};

export type Line = readonly [name: string, value: string];

export function draftOf({ request, now }: Vector): Draft {
  const body = request.bodyBase64 === undefined ? Buffer.from(request.body ?? '') : fromBase64(request.bodyBase64);
  const [publicUrl = '', ...query] = request.url.split('?');
  return {
    ...{ method: request.method, rawQuery: query.join('?'), publicUrl, body, now: now * 1_000 },
    headers: Object.entries(request.headers).flatMap(([name, value]) =>
      [value].flat().map((line): Line => [name, line]),
    ),
    ...{ transport: isText(body) ? 'text' : 'base64', hasWrongFlag: false },
    lists: Object.keys(request.headers).filter((name) => Array.isArray(request.headers[name])),
  };
}

/** API Gateway's payload 2.0: names in lower case, lines of one name joined by a comma. */
export function eventOf({ method, rawQuery, headers, body, transport, hasWrongFlag }: Draft): APIGatewayProxyEventV2 {
  const joined = new Map<string, string>();
  for (const [name, value] of headers) {
    const known = joined.get(name.toLowerCase());
    joined.set(name.toLowerCase(), known === undefined ? value : `${known},${value}`);
  }
  return {
    ...{ version: '2.0', routeKey: `${method} /`, rawPath: '/', rawQueryString: rawQuery },
    headers: Object.fromEntries(joined),
    requestContext: { http: { method } } as APIGatewayProxyEventV2['requestContext'],
    ...(body.length > 0 && { body: body.toString(transport === 'text' ? 'utf8' : 'base64') }),
    isBase64Encoded: (transport === 'base64') !== hasWrongFlag,
  };
}

/** The values of a header, one for each line. */
export const linesOf = ({ headers }: Draft, wanted: string): string[] =>
  headers.flatMap(([name, value]) => (name.toLowerCase() === wanted ? [value] : []));

export const withoutHeader = (draft: Draft, unwanted: string): Draft => ({
  ...draft,
  headers: draft.headers.filter(([name]) => name.toLowerCase() !== unwanted),
});

/** One line of that name, where the first one was. */
export function withHeader(draft: Draft, name: string, value: string): Draft {
  const at = draft.headers.findIndex(([known]) => known.toLowerCase() === name);
  const others = withoutHeader(draft, name).headers;
  const place = at < 0 ? others.length : at;
  return { ...draft, headers: [...others.slice(0, place), [name, value], ...others.slice(place)] };
}

export const isText = (body: Buffer) => Buffer.from(body.toString('utf8')).equals(body);

const fromBase64 = (text: string) => Buffer.from(text, 'base64');
