import { validateHeaderName, validateHeaderValue } from 'node:http';

export type HttpAnswer = { status: number; headers: [string, string][]; body: Buffer };

type Structured = {
  statusCode: number | string;
  headers?: Record<string, unknown>;
  cookies?: unknown[];
  body?: unknown;
  isBase64Encoded?: boolean;
};

/** Set by API Gateway itself, whatever the function says. */
const ownHeaders = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding']);

export const hasNoBody = (status: number) => status === 204 || status === 304;

/** An answer of API Gateway's own. */
export function messageAnswer(status: number, message: string): HttpAnswer {
  return { status, headers: [['content-type', 'application/json']], body: Buffer.from(JSON.stringify({ message })) };
}

/**
 * What a function's result means to the caller.
 *
 * An object with `statusCode` is taken apart; any other value is the body of a 200 in JSON, a text as it stands.
 *
 * @returns `undefined` for a structured result that API Gateway cannot send: the caller gets a 500.
 */
export function toAnswer(payload: Buffer): HttpAnswer | undefined {
  const result: unknown = JSON.parse(payload.toString('utf8'));
  if (isStructured(result)) return toStructuredAnswer(result);
  const body = typeof result === 'string' ? Buffer.from(result) : payload;
  return { status: 200, headers: [['content-type', 'application/json']], body };
}

const isStructured = (result: unknown): result is Structured =>
  typeof result === 'object' && result !== null && 'statusCode' in result;

function toStructuredAnswer(result: Structured): HttpAnswer | undefined {
  const { headers = {}, cookies = [], body = '', isBase64Encoded = false } = result;
  const status = Number(result.statusCode);
  const headersFit = Object.values(headers ?? {}).every((value) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  if (!Number.isInteger(status) || status < 200 || status > 599 || !headersFit) return undefined;
  if (typeof (body ?? '') !== 'string' || !Array.isArray(cookies ?? [])) return undefined;
  const given: [string, string][] = [
    ...ownOrGiven(headers ?? {}),
    ...(cookies ?? []).map((cookie): [string, string] => ['set-cookie', String(cookie)]),
  ];
  if (!given.every(isHeader)) return undefined;
  return {
    status,
    headers: given,
    body: hasNoBody(status) ? Buffer.alloc(0) : Buffer.from(String(body ?? ''), isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** Whether HTTP can carry it: no line ends, no characters beyond Latin-1. */
function isHeader([name, value]: [string, string]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** Without a content type of its own, a structured result is plain text. */
function ownOrGiven(headers: Record<string, unknown>): [string, string][] {
  const given = Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), String(value)])
    .filter(([name]) => !ownHeaders.has(name));
  return given.some(([name]) => name === 'content-type')
    ? given
    : [['content-type', 'text/plain;charset=UTF-8'], ...given];
}
