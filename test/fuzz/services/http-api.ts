import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { mutate, toText } from '../mutate.ts';
import type { Random } from '../random.ts';
import { type FuzzedService, parseJson } from '../service.ts';
import type { HttpRequest } from '../wire.ts';

const QUERIES = [
  '',
  '?',
  '?a=1&a=2',
  '?constructor=1&__proto__=2',
  '?%',
  '?a=%ff',
  '?toString',
  '?=&&=',
  `?a=${'x'.repeat(4_000)}`,
];
const SOURCES = [
  'shop',
  '%',
  '%ff',
  '%2F',
  '..',
  'a b'.replace(' ', '+'),
  '__proto__',
  '',
  'x'.repeat(3_000),
  '{source}',
  '%00',
];
const TYPES = [
  'application/json',
  'text/plain; charset=utf-8',
  'image/png',
  '',
  ';',
  '\xff',
  'text/',
  'application/json;',
];
const HOSTS = ['[', 'a b', '%', '', 'x'.repeat(300), '127.0.0.1:99999', 'http://x', '\xff', '1.1.1.1.1', 'a.b:c'];
const HEADERS: [string, string][] = [
  ['constructor', 'x'],
  ['__proto__', 'x'],
  ['cookie', ';;=;,'],
  ['content-encoding', 'gzip'],
  ['x-forwarded-for', '1.2.3.4'],
  ['x-amzn-trace-id', '\xff'],
  ['user-agent', '\xff'],
];
const ANSWER = {
  ...{ statusCode: 200, headers: { 'content-type': 'text/html', 'x-number': 1, 'set-cookie': 'a=b' } },
  ...{ cookies: ['a=b'], body: 'é', isBase64Encoded: false },
};
/** What a function may say that HTTP cannot. */
const BAD_HEADERS = [
  { 'a b': 'x' },
  { a: '\r\nb: c' },
  { a: '\0' },
  { a: '💥' },
  { '': 'x' },
  { é: 'x' },
  { 'content-length': '9' },
];

export const httpApi: FuzzedService = {
  name: 'http-api',
  endpoint: 'api',
  request(random) {
    if (random.percent(35)) return answerRequest(random);
    const path = random.pick([
      ...[
        '/v1/webhooks/',
        '/v1/webhooks/',
        '/v1/webhooks/',
        '/files/a/',
        '/files',
        '/v1/webhooks/a/b/',
        '/V1/webhooks/',
      ],
      ...['/v1//webhooks/', '/'],
    ]);
    const headers = Array.from({ length: random.int(3) }, () => random.pick(HEADERS));
    const host: [string, string][] = random.percent(10) ? [['host', random.pick(HOSTS)]] : [];
    return {
      method: random.pick(['POST', 'POST', 'POST', 'GET', 'PUT', 'HEAD', 'OPTIONS']),
      target: `${path}${random.pick(SOURCES)}${random.pick(QUERIES)}`,
      headers: [['content-type', random.pick(TYPES)], ...headers, ...host],
      body: random.percent(3)
        ? Buffer.alloc(random.pick([4_000_000, 5_000_000, 7_000_000]), 'x')
        : random.bytes(random.int(300)),
    };
  },
  complaint({ status, headers, body }, request) {
    const json = parseJson(body) as { message?: unknown; sha256?: unknown; query?: object } | undefined;
    if (isAnswers(request)) {
      return status === 500 && typeof json?.message !== 'string' ? 'the failure has no message' : undefined;
    }
    if (status >= 500) return `it failed: ${body}`;
    if (status === 200) return json && complaintOfEvent(json, request);
    if (headers['content-type'] !== 'application/json') return `the content type is ${headers['content-type']}`;
    return typeof json?.message === 'string' ? undefined : 'the error has no message';
  },
};

/** A request to the function that gives back its body as its own answer. */
function answerRequest(random: Random): HttpRequest {
  const answer = random.percent(40) ? { ...ANSWER, headers: random.pick(BAD_HEADERS) } : mutate(ANSWER, random);
  const headers: [string, string][] = [['content-type', 'application/json']];
  return { method: 'POST', target: '/answers', headers, body: Buffer.from(toText(answer)) };
}

const isAnswers = ({ target }: HttpRequest) => target.startsWith('/answers');

/** The function must have got what was sent. */
function complaintOfEvent(
  { sha256, query = {} }: { sha256?: unknown; query?: object },
  { target, headers, body }: HttpRequest,
) {
  const type = headers.flatMap(([name, value]) => (name === 'content-type' ? [value] : [])).join(',');
  const isText = /^(text|application)\//.test(type);
  if (!isText && sha256 !== createHash('sha256').update(body).digest('hex')) return 'the function got another body';
  const sent = new Map<string, string>();
  const given = target.includes('?') ? target.slice(target.indexOf('?')) : '';
  for (const [name, value] of new URLSearchParams(given))
    sent.set(name, sent.has(name) ? `${sent.get(name)},${value}` : value);
  const same = isDeepStrictEqual(new Map(Object.entries(query)), sent);
  return same ? undefined : `the function got the query ${JSON.stringify(query)}`;
}
