import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { XMLValidator } from 'fast-xml-parser';
import type { Random } from '../random.ts';
import { authorization, type FuzzedService, isFrontRefusal } from '../service.ts';
import type { HttpRequest } from '../wire.ts';

const KEYS = [
  ...['a', 'a/b', 'a//b', '../../etc/passwd', '%2e%2e%2f', '%00', 'a%00b', '%F0%9F%92%A5', '%', '%zz', '%ff', '/', '.'],
  ...[
    'x'.repeat(1_024),
    'x'.repeat(1_025),
    '%E2%82%AC'.repeat(400),
    '__proto__',
    '%01%1f%7f',
    "'%3B--",
    '&lt;',
    '+%20',
  ],
];
const QUERIES = [
  ...[
    '',
    '?x-id=PutObject',
    '?uploads',
    '?versionId=1',
    '?list-type=2',
    '?list-type=2&max-keys=1',
    '?acl=',
    '?constructor',
  ],
  ...[
    '?list-type=2&prefix=a&delimiter=/',
    '?list-type=2&max-keys=-1',
    '?list-type=2&max-keys=999999999',
    '?list-type=1',
  ],
  ...[
    '?list-type=2&continuation-token=%ff',
    '?list-type=2&start-after=%00&encoding-type=url',
    '?list-type=2&prefix=%00',
  ],
  '?list-type=2&delimiter=%F4%8F%BF%BF&prefix=a',
];
const HEADERS: [string, string][] = [
  ...(['bytes=0-0', 'bytes=-1', 'bytes=5-1', 'bytes=0-0,2-3', 'bytes=', 'x', `bytes=${'9'.repeat(400)}-`].map(
    (range) => ['range', range],
  ) as [string, string][]),
  ['if-none-match', '*'],
  ['if-none-match', '"x"'],
  ['if-match', '*'],
  ['x-amz-meta-a', '\xff\xfe'],
  ['x-amz-meta-__proto__', 'x'],
  ['x-amz-checksum-__proto__', 'x'],
  ['x-amz-checksum-constructor', 'x'],
  ['x-amz-checksum-crc32', 'AAAAAA=='],
  ['x-amz-checksum-crc32c', 'AAAAAA=='],
  ['x-amz-checksum-mode', 'ENABLED'],
  ['content-md5', 'x'],
  ['content-encoding', 'gzip, aws-chunked'],
  ['content-type', '\xff'],
  ['content-disposition', 'attachment; filename="é"'],
  ['x-amz-acl', 'public-read'],
  ['x-amz-copy-source', '/kept/a'],
  ['x-amz-content-sha256', '0'.repeat(64)],
  ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
  ['x-amz-decoded-content-length', '-1'],
];

export const s3: FuzzedService = {
  name: 's3',
  endpoint: 'aws',
  request(random) {
    const bucket = random.percent(75)
      ? 'fuzz'
      : random.pick(['none', 'UPPER', '', '%2F', '..', '192.168.1.1', '%00', '%']);
    const object = random.percent(70)
      ? `/${random.percent(50) ? random.pick(['a', 'a/b']) : random.pick(KEYS)}`
      : random.pick(['', '/']);
    const headers = Array.from({ length: random.percent(40) ? 1 + random.int(2) : 0 }, () => random.pick(HEADERS));
    const request: HttpRequest = {
      method: random.pick(['PUT', 'PUT', 'PUT', 'GET', 'GET', 'HEAD', 'DELETE', 'POST']),
      target: `/${bucket}${object}${random.percent(object.length > 1 ? 8 : 70) ? random.pick(QUERIES) : ''}`,
      headers: [authorization('s3'), ...headers],
      body: Buffer.alloc(0),
    };
    if (request.method !== 'PUT' || object === '') return request;
    return random.percent(50) ? asChunks(request, random) : { ...request, body: random.bytes(random.int(300)) };
  },
  complaint(answer) {
    if (isFrontRefusal(answer)) return undefined;
    const { status, headers, body } = answer;
    if (status >= 500) return `it failed: ${body}`;
    if (status < 300) return undefined;
    if (headers['content-type'] !== 'application/xml') return `the content type is ${headers['content-type']}`;
    const text = body.toString('utf8');
    if (XMLValidator.validate(text) !== true) return 'the error is no XML';
    return /<Error><Code>[A-Z]\w+<\/Code><Message>[^<]+<\/Message>/.test(text) ? undefined : 'the error has no code';
  },
};

/** An upload as SDKs stream it, whole or damaged. */
function asChunks(request: HttpRequest, random: Random): HttpRequest {
  const content = random.bytes(random.int(200));
  const cut = random.int(content.length + 1);
  const chunks = [content.subarray(0, cut), content.subarray(cut)].filter(({ length }) => length > 0);
  const encoded = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)};chunk-signature=0\r\n`),
    chunk,
    CRLF,
  ]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content));
  const trailers = [
    `x-amz-checksum-crc32:${sum.toString('base64')}`,
    `x-amz-checksum-sha256:${createHash('sha256').update(content).digest('base64')}`,
    ...['x-amz-checksum-__proto__:x', 'no colon', '__proto__:x', ':', 'x-amz-checksum-crc32:', '\xff:\xff'],
  ];
  const trailer = `0\r\n${random.pick(trailers)}\r\n\r\n`;
  const whole = Buffer.concat([...encoded, Buffer.from(trailer, 'latin1')]);
  const length = random.percent(80) ? String(content.length) : random.pick(['', '-1', 'x', '1e3', '99999999999']);
  return {
    ...request,
    headers: [
      ...request.headers,
      ['x-amz-content-sha256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
      ['x-amz-decoded-content-length', length],
      ...ANNOUNCED.filter(() => random.percent(40)),
    ],
    body: random.percent(50) ? whole : damageChunks(whole, random),
  };
}

const ANNOUNCED: [string, string][] = [
  ['x-amz-trailer', 'x-amz-checksum-crc32'],
  ['x-amz-trailer', 'X-Amz-Checksum-SHA256'],
  ['x-amz-trailer', 'x-amz-checksum-__proto__, ,'],
];

const CRLF = Buffer.from('\r\n');

function damageChunks(whole: Buffer, random: Random): Buffer {
  const at = random.int(whole.length);
  return random.pick([
    () => whole.subarray(0, at),
    () => Buffer.concat([whole.subarray(0, at), random.bytes(3), whole.subarray(at)]),
    () =>
      Buffer.concat([
        Buffer.from(random.pick(['ffffffff\r\n', '-1\r\n', 'g\r\n', '\r\n', '0x1\r\n', '1e9\r\n'])),
        whole,
      ]),
    () => Buffer.concat([whole, whole]),
    () => Buffer.from('0'),
    () => Buffer.alloc(0),
  ])();
}
