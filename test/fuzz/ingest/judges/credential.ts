/** Vendors that sign nothing, and show a credential: in the URL or in a header. The body is nobody's word. */
import type { Vector } from '../../../../lib/ops/vectors/vector.ts';
import { type Draft, withHeader } from '../draft.ts';
import type { Arrival, Scheme } from '../judge.ts';
import { batchOf, fieldsOf, genuineIf, jsonOf, lineOf, parameterOf, secretsOf } from './parts.ts';

const common = { methods: ['POST'], body: 'free', url: 'unread', query: 'unread' } as const;

/** A token in the URL. */
export function urlToken(vector: Vector, more: Partial<Scheme> = {}): Scheme {
  const name = String(vector.keys?.queryParam ?? 'token');
  return {
    ...{ ...common, query: 'read' },
    reads: () => false,
    judge: (arrival) => genuineIf(hasToken(vector, arrival)),
    sign: (draft) => ({ ...draft, rawQuery: withToken(draft, name, secretsOf(vector)[0]!) }),
    ...more,
  };
}

export function hasToken(vector: Vector, { request }: Arrival): boolean {
  const token = parameterOf(request.rawQuery, String(vector.keys?.queryParam ?? 'token'));
  return secretsOf(vector).some((secret) => secret === token);
}

function withToken({ rawQuery }: Draft, wanted: string, token: string): string {
  const others = fieldsOf(rawQuery).filter(([name]) => name !== wanted);
  return new URLSearchParams([...others, [wanted, token]]).toString();
}

/** What is saved is asked for by GET, and wants no more than an answer. */
export const mailchimpToken = (vector: Vector): Scheme =>
  urlToken(vector, {
    methods: ['POST', 'GET'],
    reads: (name) => name === 'content-type',
    judge: (arrival) => (arrival.request.method === 'GET' ? 'handshake' : genuineIf(hasToken(vector, arrival))),
  });

export const formToken = (vector: Vector): Scheme => urlToken(vector, { reads: (name) => name === 'content-type' });

/** A header that holds a value, and nothing else. */
export function inHeader(vector: Vector): Scheme {
  const header = String(vector.keys?.header).toLowerCase();
  return {
    ...{ ...common, signature: header },
    reads: (name) => name === header,
    judge: ({ request }) => genuineIf(secretsOf(vector).some((secret) => secret === lineOf(request.headers, header))),
    sign: (draft) => withHeader(draft, header, secretsOf(vector)[0]!),
  };
}

const AUTHORIZATION = 'authorization';

function inAuthorization(right: (line: string) => boolean, line: string): Scheme {
  return {
    ...{ ...common, signature: AUTHORIZATION },
    reads: (name) => name === AUTHORIZATION,
    judge: ({ request }) => genuineIf(right(lineOf(request.headers, AUTHORIZATION) ?? '')),
    sign: (draft) => withHeader(draft, AUTHORIZATION, line),
  };
}

/** RFC 6750; the scheme's name in any case. */
export const bearer = (vector: Vector): Scheme =>
  inAuthorization(
    (line) => secretsOf(vector).includes(/^bearer +(.*)$/is.exec(line)?.[1] ?? ''),
    `Bearer ${secretsOf(vector)[0]}`,
  );

/** RFC 7617; the bits that a last character of base64 leaves over are nobody's. */
export function basic(vector: Vector): Scheme {
  const right = `${vector.keys?.username}:${vector.keys?.password}`;
  const isRight = (line: string) => {
    const [, base64] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(line) ?? [];
    return base64 !== undefined && Buffer.from(base64, 'base64').toString() === right;
  };
  return inAuthorization(isRight, `Basic ${Buffer.from(right).toString('base64')}`);
}

/** CloudEvents come one by one or in an array; they may put what they are into headers. Before the first, a handshake asks whether its origin may send. */
export function eventMesh(vector: Vector): Scheme {
  const scheme = basic(vector);
  const allowed = (vector.keys?.allowedOrigins ?? []) as readonly string[];
  const originOf = ({ request }: Arrival) => lineOf(request.headers, 'webhook-request-origin');
  return {
    ...{ ...scheme, methods: ['POST', 'OPTIONS'] },
    items: (body) => batchOf(jsonOf(body)),
    reads: (name) => scheme.reads(name) || /^(ce-|webhook-request-|content-type$)/.test(name),
    judge(arrival) {
      if (arrival.request.method === 'POST') return scheme.judge(arrival);
      return allowed.some((origin) => origin === originOf(arrival)) ? 'handshake' : 'forged';
    },
    isAnswered: ({ status, headers = {} }, arrival) =>
      status === 200 &&
      Object.entries(headers).some(
        ([name, value]) => name.toLowerCase() === 'webhook-allowed-origin' && ['*', originOf(arrival)].includes(value),
      ),
  };
}
