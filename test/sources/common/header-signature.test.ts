import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Headers } from '../../../functions/core/source.ts';
import { type HeaderSignature, headerSignature } from '../../../functions/sources/common/header-signature.ts';
import { fresh } from '../../suites/source-suite.ts';

const SECRET = { secret: 'It’s a Secret to Everybody' };
const BODY = Buffer.from('{"name":"Zoë"}');
const NOW = Date.parse('2026-11-20T09:30:00Z');
const PLAIN: HeaderSignature = { header: 'x-signature', algorithm: 'sha256', encoding: 'hex' };

type Call = { headers?: Headers; body?: Buffer; rawQuery?: string; method?: string; now?: number; secrets?: Secret[] };
type Secret = { secret: string; publicUrl?: string };

const verify = (scheme: HeaderSignature, call: Call) => {
  const { headers = {}, body = BODY, rawQuery = '', method = 'POST', now = NOW, secrets = [SECRET] } = call;
  return headerSignature(scheme).verify(
    { method, rawQuery, headers, body },
    { secrets, publicUrl: 'https://hub.example/in', now, fetchKey: async () => '' },
  );
};
const sign = (scheme: HeaderSignature, secret: Secret = SECRET, body = BODY.toString()) =>
  headerSignature(scheme).sign({ type: 'any', body, fresh: fresh(1), url: 'https://hub.example/in' }, secret).headers;

describe('a signature in a header', () => {
  test.each(['sha1', 'sha256', 'sha512'] as const)('is an HMAC by %s in either encoding', (algorithm) => {
    const digest = createHmac(algorithm, SECRET.secret).update(BODY).digest();

    for (const encoding of ['hex', 'base64'] as const) {
      const headers = { 'x-signature': digest.toString(encoding) };
      const other = encoding === 'hex' ? 'base64' : 'hex';

      expect(verify({ ...PLAIN, algorithm, encoding }, { headers })).toBe('valid');
      expect(verify({ ...PLAIN, algorithm, encoding: other }, { headers })).toBe('bad-signature');
      expect(sign({ ...PLAIN, algorithm, encoding })).toMatchObject(headers);
    }
  });

  test('stands behind the prefix, letter by letter', () => {
    const scheme = { ...PLAIN, prefix: 'sha256=' };
    const hex = createHmac('sha256', SECRET.secret).update(BODY).digest('hex');

    expect(verify(scheme, { headers: { 'x-signature': `sha256=${hex}` } })).toBe('valid');
    for (const wrong of [hex, `SHA256=${hex}`, `sha256=${hex.toUpperCase()}`, `sha256= ${hex}`, `sha1=${hex}`]) {
      expect(verify(scheme, { headers: { 'x-signature': wrong } }), wrong).toBe('bad-signature');
    }
  });

  test('must be there, once', () => {
    const right = sign(PLAIN)['x-signature']!;

    expect(verify(PLAIN, {})).toBe('missing-header');
    expect(verify(PLAIN, { headers: { 'x-signature': '' } })).toBe('bad-signature');
    expect(verify(PLAIN, { headers: { 'x-signature': [right] } })).toBe('malformed-header');
    expect(verify(PLAIN, { headers: { 'x-signature': [right, right] } })).toBe('malformed-header');
    expect(verify(PLAIN, { headers: { 'x-signature': `${right}, ${right}` } })).toBe('bad-signature');
  });

  test('may be by any secret that is valid, but never by an empty one', () => {
    const headers = sign(PLAIN);
    const empty = createHmac('sha256', '').update(BODY).digest('hex');

    expect(verify(PLAIN, { headers, secrets: [{ secret: 'new' }, SECRET] })).toBe('valid');
    expect(verify(PLAIN, { headers, secrets: [{ secret: 'new' }] })).toBe('bad-signature');
    expect(verify(PLAIN, { headers, secrets: [] })).toBe('bad-signature');
    expect(verify(PLAIN, { headers: { 'x-signature': empty }, secrets: [{ secret: '' }] })).toBe('bad-signature');
  });

  test('has the key that the scheme makes of the secret', () => {
    const scheme = { ...PLAIN, key: (text: string) => Buffer.from(text, 'hex') };
    const right = createHmac('sha256', Buffer.from([1, 255]))
      .update(BODY)
      .digest('hex');

    expect(verify(scheme, { headers: { 'x-signature': right }, secrets: [{ secret: '01ff' }] })).toBe('valid');
  });

  test('is over what the scheme takes of the request', () => {
    const scheme: HeaderSignature = { ...PLAIN, content: ({ method, url, body }) => [method, url, body] };
    const right = (url: string) => createHmac('sha256', SECRET.secret).update(`POST${url}`).update(BODY).digest('hex');
    const headers = { 'x-signature': right('https://hub.example/in?a=%20b') };
    const there = { 'x-signature': right('https://hooks.example/?a=%20b') };

    expect(verify(scheme, { headers, rawQuery: 'a=%20b' })).toBe('valid');
    expect(verify(scheme, { headers, rawQuery: 'a=+b' })).toBe('bad-signature');
    expect(verify(scheme, { headers, rawQuery: 'a=%20b', method: 'PUT' })).toBe('bad-signature');
    const secrets = [{ ...SECRET, publicUrl: 'https://hooks.example/' }];
    expect(verify(scheme, { headers: there, rawQuery: 'a=%20b', secrets })).toBe('valid');
  });

  test('of any body under any secret verifies, and for no other body', () => {
    const secret = fc.string({ unit: 'binary', minLength: 1 });

    fc.assert(
      fc.property(secret, fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, body, other) => {
        const headers = sign(PLAIN, { secret: text }, body);
        const call = { headers, secrets: [{ secret: text }] };

        expect(verify(PLAIN, { ...call, body: Buffer.from(body) })).toBe('valid');
        fc.pre(Buffer.from(body).compare(Buffer.from(other)) !== 0);
        expect(verify(PLAIN, { ...call, body: Buffer.from(other) })).toBe('bad-signature');
      }),
    );
  });
});

describe('a signed time', () => {
  const TIMED: HeaderSignature = {
    ...PLAIN,
    content: ({ timestamp, body }) => [timestamp, body],
    timestamp: { header: 'x-time', maxAgeMs: 300_000, maxAheadMs: 60_000 },
  };
  const headers = sign(TIMED);

  test('is written in seconds, and part of what is signed', () => {
    expect(headers['x-time']).toBe('1795167000');
    expect(verify(TIMED, { headers })).toBe('valid');
    expect(verify(TIMED, { headers: { ...headers, 'x-time': '1795167001' } })).toBe('bad-signature');
  });

  test.each([
    ['2026-11-20T09:35:00.000Z', 'valid'],
    ['2026-11-20T09:35:00.999Z', 'valid'],
    ['2026-11-20T09:35:01.000Z', 'stale'],
    ['2026-11-20T09:29:00.000Z', 'valid'],
    ['2026-11-20T09:28:59.999Z', 'stale'],
  ])('judged at %s is %s', (now, verdict) => {
    expect(verify(TIMED, { headers, now: Date.parse(now) })).toBe(verdict);
  });

  test('has no limit where the vendor has none', () => {
    const scheme = { ...TIMED, timestamp: { header: 'x-time' } };

    expect(verify(scheme, { headers, now: 0 })).toBe('valid');
    expect(verify(scheme, { headers, now: Date.parse('2099-01-01T00:00:00Z') })).toBe('valid');
  });

  test.each<[string, Headers[string] | undefined, string]>([
    ['absent', undefined, 'missing-header'],
    ['twice', ['1795167000', '1795167000'], 'malformed-header'],
    ['empty', '', 'malformed-header'],
    ['in milliseconds', '1795167000000', 'malformed-header'],
    ['a word', 'yesterday', 'malformed-header'],
    ['negative', '-1', 'malformed-header'],
    ['wrapped in blanks', ' 1795167000', 'malformed-header'],
  ])('that is %s is refused', (_, time, verdict) => {
    const { 'x-time': __, ...others } = headers;
    const given = time === undefined ? others : { ...others, 'x-time': time };

    expect(verify(TIMED, { headers: given })).toBe(verdict);
  });

  test('that is stale and forged is forged: strangers learn nothing of the window', () => {
    const forged = { ...headers, 'x-signature': 'ab' };

    expect(verify(TIMED, { headers: forged, now: Date.parse('2026-11-21T09:30:00Z') })).toBe('bad-signature');
  });

  test('may be in a notation of the vendor’s own', () => {
    const parse = (text: string) => (Number.isNaN(Date.parse(text)) ? undefined : Date.parse(text));
    const write = (now: Date) => now.toISOString();
    const scheme = { ...TIMED, timestamp: { ...TIMED.timestamp!, parse, write } };

    expect(sign(scheme)['x-time']).toBe('2026-11-20T09:30:00.000Z');
    expect(verify(scheme, { headers: sign(scheme) })).toBe('valid');
    expect(verify(scheme, { headers: { ...sign(scheme), 'x-time': 'soon' } })).toBe('malformed-header');
  });
});
