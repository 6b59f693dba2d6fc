import { expect, it } from 'vitest';
import { classifyStatus, retryAfterMs } from '../../functions/core/classify.ts';
import { startMs } from './given.ts';

const classified = (status: number, body = '', headers = {}) =>
  classifyStatus({ status, headers, body: Buffer.from(body) }, startMs);

it.each([
  [301, 'permanent', 'refused'],
  [304, 'permanent', 'refused'],
  [400, 'validation', 'refused'],
  [401, 'auth', 'refused'],
  [403, 'permanent', 'refused'],
  [404, 'not-found', 'refused'],
  [408, 'transient', 'unknown'],
  [409, 'conflict', 'unknown'],
  [410, 'permanent', 'refused'],
  [412, 'conflict', 'refused'],
  [418, 'permanent', 'refused'],
  [422, 'validation', 'refused'],
  [425, 'transient', 'unknown'],
  [429, 'rate-limit', 'refused'],
  [500, 'transient', 'unknown'],
  [503, 'transient', 'unknown'],
  [599, 'transient', 'unknown'],
])('status %i is %s, and its call %s', (status, errorClass, outcome) => {
  expect(classified(status)).toMatchObject({ errorClass, outcome, code: `http-${status}` });
});

it('keeps a redacted beginning of the body', () => {
  const { message } = classified(422, `no ada@example.com\n with token abcdefghijklmnop12345678 ${'x '.repeat(5_000)}`);

  expect(message).toContain('no <email> with token <token> x');
  expect(message.length).toBeLessThanOrEqual(200);
});

it.each([
  ['120', 120_000],
  ['0', 0],
  ['1.5', 1_500],
  ['Fri, 20 Nov 2026 00:01:00 GMT', 60_000],
  ['Thu, 19 Nov 2026 00:00:00 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('a Retry-After of %s is %s ms', (header, expected) => {
  expect(retryAfterMs(header, startMs)).toBe(expected);
});

it('says the status of an answer without a body', () => {
  expect(classified(503).message).toBe('status 503');
});
