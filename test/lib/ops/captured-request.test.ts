import { describe, expect, test } from 'vitest';
import { readCaptured } from '../../../lib/ops/explain/captured-request.ts';

const read = (text: string | Buffer) => {
  const { request, ...rest } = readCaptured(Buffer.from(text));
  return { ...request, body: request.body.toString('latin1'), ...rest };
};

describe('a captured request', () => {
  test('may be JSON, with its body as text or as base64', () => {
    const json = { method: 'POST', url: 'https://hub.example/hooks?a=%20b?c', headers: { 'X-Sig': 'abc' } };
    const right = {
      method: 'POST',
      rawQuery: 'a=%20b?c',
      headers: { 'x-sig': 'abc' },
      url: 'https://hub.example/hooks',
    };

    expect(read(JSON.stringify({ ...json, body: 'zoe' }))).toEqual({ ...right, body: 'zoe' });
    expect(read(` \n${JSON.stringify({ ...json, bodyBase64: 'AP8=' })}`)).toEqual({ ...right, body: '\0\xff' });
  });

  test('may be a raw message, of which every byte after the empty line is the body', () => {
    const head = ['POST /hooks?a=1 HTTP/1.1', 'Host: hub.example', 'X-Sig: a', 'x-sig:  b ', 'X-Empty:'];
    const right = {
      ...{ method: 'POST', rawQuery: 'a=1', url: 'https://hub.example/hooks' },
      headers: { host: 'hub.example', 'x-sig': ['a', 'b'], 'x-empty': '' },
    };

    for (const end of ['\r\n', '\n']) {
      const bytes = Buffer.concat([
        Buffer.from([...head, '', ''].join(end)),
        Buffer.from([0xff, 0x0a, 0x0d, 0x0a, 0x0d, 0x0a]),
      ]);
      expect(read(bytes)).toEqual({ ...right, body: '\xff\n\r\n\r\n' });
    }
  });

  test('may have no headers, no body and no host', () => {
    expect(read('GET /hooks')).toEqual({ method: 'GET', rawQuery: '', headers: {}, body: '' });
  });

  test.each([
    ['JSON that is none', '{"method":', 'it begins as JSON and is none'],
    ['JSON without a method', '{"url":"https://hub.example"}', 'see method'],
    ['neither', 'hello there', 'it is no JSON, and its first line no HTTP request'],
    ['nothing', '', 'it is no JSON, and its first line no HTTP request'],
    ['a header without a colon', 'POST / HTTP/1.1\nX-Sig\n\n', 'a header line has no colon'],
  ])('is refused when it is %s', (_, text, message) => {
    expect(() => readCaptured(Buffer.from(text))).toThrow(`the request cannot be read: ${message}`);
  });
});
