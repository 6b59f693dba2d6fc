/** A request that somebody has captured: as JSON, or as a raw HTTP message. */
import type { Headers, SourceRequest } from '../../../functions/core/source.ts';
import { OperatorError } from '../operator-error.ts';
import { requestOf } from '../vectors/judge-vector.ts';
import { readRequest } from '../vectors/vector.ts';

export type Captured = {
  readonly request: SourceRequest;
  /** Without its query; of a raw message, only where it has a Host. */
  readonly url?: string;
};

const NEXT = 'give JSON { "method", "url", "headers", "body" or "bodyBase64" }, or a raw HTTP message';

/** @throws OperatorError for what is neither. */
export function readCaptured(bytes: Buffer): Captured {
  const text = bytes.toString('utf8').trimStart();
  return text.startsWith('{') ? fromJson(text) : fromMessage(bytes);
}

function fromJson(text: string): Captured {
  const read = readRequest(parse(text));
  if ('problem' in read) throw new OperatorError('failed', `the request cannot be read: ${read.problem}`, NEXT);
  const request = requestOf(read.request);
  return { request, ...urlOf(read.request.url, request.headers) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new OperatorError('failed', 'the request cannot be read: it begins as JSON and is none', NEXT);
  }
}

/** Lines may end with CRLF, or with LF alone; every byte after the empty line is the body. */
function fromMessage(bytes: Buffer): Captured {
  const text = bytes.toString('latin1');
  const [head = ''] = /^[\s\S]*?(?:\r?\n\r?\n|$)/.exec(text) ?? [];
  const [line = '', ...lines] = head.trimEnd().split(/\r?\n/);
  const [, method, target] = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/.exec(line) ?? [];
  if (method === undefined || target === undefined) {
    throw new OperatorError(
      'failed',
      'the request cannot be read: it is no JSON, and its first line no HTTP request',
      NEXT,
    );
  }
  const headers = headersOf(lines);
  const [, ...query] = target.split('?');
  const body = bytes.subarray(head.length);
  return { request: { method, rawQuery: query.join('?'), headers, body }, ...urlOf(target, headers) };
}

function headersOf(lines: readonly string[]): Headers {
  const headers: Record<string, string | string[]> = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    if (at < 1) throw new OperatorError('failed', 'the request cannot be read: a header line has no colon', NEXT);
    const [name, value] = [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    headers[name] = Object.hasOwn(headers, name) ? [headers[name]!, value].flat() : value;
  }
  return headers;
}

function urlOf(target: string, { host, 'x-forwarded-proto': protocol }: Headers): { url?: string } {
  const path = target.split('?')[0]!;
  if (/^https?:\/\//.test(path)) return { url: path };
  if (typeof host !== 'string' || !path.startsWith('/')) return {};
  return { url: `${typeof protocol === 'string' ? protocol : 'https'}://${host}${path}` };
}
