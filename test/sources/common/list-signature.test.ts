import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Headers } from '../../../functions/core/source.ts';
import { listSignature } from '../../../functions/sources/common/list-signature.ts';
import { fresh } from '../../suites/source-suite.ts';

const SECRET = { secret: 'whsec_7f3a' };
const TIME = 1_795_167_000;
const BODY = Buffer.from('a=1&b=%C3%BC');
const scheme = listSignature({ header: 'x-list', maxAgeSeconds: 300, contentType: 'text/plain' });
const v1 = (secret = SECRET.secret, time: number | string = TIME) =>
  createHmac('sha256', secret).update(`${time}.`).update(BODY).digest('hex');

const verify = (list: Headers[string] | undefined, now = TIME * 1_000, secrets = [SECRET]) =>
  scheme.verify(
    { method: 'POST', rawQuery: '', headers: list === undefined ? {} : { 'x-list': list }, body: BODY },
    { secrets, publicUrl: '', now, fetchKey: async () => '' },
  );

describe('a list of a time and signatures', () => {
  test.each<[string, Headers[string] | undefined, string]>([
    ['the one right signature', `t=${TIME},v1=${v1()}`, 'valid'],
    ['blanks after commas', `t=${TIME}, v1=${v1()}`, 'valid'],
    ['the signature first', `v1=${v1()},t=${TIME}`, 'valid'],
    ['another secret’s beside it', `t=${TIME},v1=${v1('other')},v1=${v1()}`, 'valid'],
    ['another version beside it', `t=${TIME},v0=ab,v1=${v1()}`, 'valid'],
    ['another time', `t=${TIME + 1},v1=${v1()}`, 'bad-signature'],
    ['another secret', `t=${TIME},v1=${v1('other')}`, 'bad-signature'],
    ['upper case', `t=${TIME},v1=${v1().toUpperCase()}`, 'bad-signature'],
    ['an empty signature', `t=${TIME},v1=`, 'bad-signature'],
    ['another version alone', `t=${TIME},v0=${v1()}`, 'malformed-header'],
    ['no time', `v1=${v1()}`, 'malformed-header'],
    ['an empty time', `t=,v1=${v1('', '')}`, 'malformed-header'],
    ['two times', `t=${TIME},t=${TIME},v1=${v1()}`, 'malformed-header'],
    ['two lists, joined', `t=${TIME},v1=${v1()},t=${TIME},v1=${v1()}`, 'malformed-header'],
    ['two header lines', [`t=${TIME},v1=${v1()}`, `t=${TIME},v1=${v1()}`], 'malformed-header'],
    ['nothing', '', 'malformed-header'],
    ['no header', undefined, 'missing-header'],
  ])('with %s is %s', (_, list, verdict) => {
    expect(verify(list)).toBe(verdict);
  });

  test.each([
    ['exactly as old as it may be', 300, 'valid'],
    ['a second older', 301, 'stale'],
    ['far ahead', -86_400, 'valid'],
  ])('%s is %s', (_, ageSeconds, verdict) => {
    expect(verify(`t=${TIME},v1=${v1()}`, (TIME + ageSeconds) * 1_000)).toBe(verdict);
  });

  test('by an empty secret never passes', () => {
    expect(verify(`t=${TIME},v1=${v1('')}`, TIME * 1_000, [{ secret: '' }])).toBe('bad-signature');
  });

  test('is what a vendor would send', () => {
    const { headers } = scheme.sign({ type: 'any', body: BODY.toString(), fresh: fresh(1), url: '' }, SECRET);

    expect(headers).toEqual({ 'content-type': 'text/plain', 'x-list': `t=${TIME},v1=${v1()}` });
  });
});
