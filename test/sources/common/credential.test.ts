import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import type { Headers, SourceRequest } from '../../../functions/core/source.ts';
import { check } from '../../../functions/core/standard-schema.ts';
import {
  BasicConnection,
  BearerConnection,
  basicPair,
  bearerPair,
  headerPair,
  signBasic,
  signBearer,
  tokenConnection,
  tokenPair,
  tokenQuery,
  verifyBasic,
  verifyBearer,
  verifyHeader,
  verifyToken,
} from '../../../functions/sources/common/credential.ts';
import { fresh } from '../../suites/source-suite.ts';

const TOKEN = '8p5fFuAGNkpgQQx81ToBFZAgPk6RDQnm';
const HASH = createHash('sha256').update(TOKEN).digest('hex');

const request = (more: Partial<SourceRequest>): SourceRequest => ({
  ...{ method: 'POST', rawQuery: '', headers: {}, body: Buffer.from('{}') },
  ...more,
});
const context = <Connection>(...secrets: Connection[]) => ({
  ...{ secrets, publicUrl: 'https://hub.example', now: 0 },
  fetchKey: async () => Promise.reject(new Error('no key was provided')),
});
const sample = { type: 'any', body: '{}', fresh: fresh(1), url: '' };

describe('the connection of a token', () => {
  const connection = tokenConnection({ account: z.string() });

  test('keeps the hash alone, and what else it has', async () => {
    expect(await check(connection, { token: TOKEN, account: 'a' })).toEqual({
      value: { tokenHash: HASH, account: 'a' },
    });
  });

  test('takes what it made again', async () => {
    const stored = { tokenHash: HASH, account: 'a' };

    expect(await check(connection, stored)).toEqual({ value: stored });
  });

  test.each([
    ['no token', { account: 'a' }],
    ['an empty token', { token: '', account: 'a' }],
    ['a token that could be guessed', { token: 'x'.repeat(23), account: 'a' }],
    ['a token that a URL cannot hold as it is', { token: `${'x'.repeat(24)}&`, account: 'a' }],
    ['a hash of another length', { tokenHash: 'ab', account: 'a' }],
    ['no account', { token: TOKEN }],
  ])('refuses %s', async (_, value) => {
    expect(await check(connection, value)).toHaveProperty('problems');
  });
});

describe('a token in the URL', () => {
  const verdict = (rawQuery: string) => verifyToken(request({ rawQuery }), context({ tokenHash: HASH }));

  test.each([
    [`token=${TOKEN}`, 'valid'],
    [`site=de&token=${TOKEN}&x`, 'valid'],
    [`token=${TOKEN.toLowerCase()}`, 'wrong-credential'],
    [`token=${TOKEN}xyz`, 'wrong-credential'],
    [`token=${HASH}`, 'wrong-credential'],
    [`token=${TOKEN}&token=${TOKEN}`, 'malformed-credential'],
    [`token=${TOKEN}&token=`, 'malformed-credential'],
    [`Token=${TOKEN}`, 'missing-credential'],
    ['token=', 'missing-credential'],
    ['', 'missing-credential'],
  ])('%s is %s', (rawQuery, expected) => {
    expect(verdict(rawQuery)).toBe(expected);
  });

  test('of a new pair fits, and is kept by the vendor alone', () => {
    const { connection, vendor } = tokenPair(() => TOKEN, { account: 'a' });

    expect(connection).toEqual({ tokenHash: HASH, account: 'a' });
    expect(verdict(tokenQuery(vendor))).toBe('valid');
  });
});

describe('HTTP Basic', () => {
  const ada = { username: 'ada', password: 'pässwörd: 7' };
  const right = 'YWRhOnDDpHNzd8O2cmQ6IDc=';
  const verdict = (authorization: Headers[string]) =>
    verifyBasic(request({ headers: { authorization } }), context({ username: 'bob', password: 'x' }, ada));

  test.each<[Headers[string], string]>([
    [`Basic ${right}`, 'valid'],
    [`BASIC ${right}`, 'valid'],
    [`Basic ${right.slice(0, -1)}`, 'wrong-credential'],
    [`Basic ${right.toUpperCase()}`, 'wrong-credential'],
    ['Basic !!!', 'wrong-credential'],
    ['Basic ', 'malformed-credential'],
    ['Basic', 'malformed-credential'],
    [`Bearer ${right}`, 'malformed-credential'],
    [right, 'malformed-credential'],
    [[`Basic ${right}`, `Basic ${right}`], 'malformed-credential'],
    ['', 'missing-credential'],
  ])('%j is %s', (authorization, expected) => {
    expect(verdict(authorization)).toBe(expected);
  });

  test('is missing where the header is', () => {
    expect(verifyBasic(request({}), context(ada))).toBe('missing-credential');
  });

  test('with an empty password lets nobody in', async () => {
    const open = { username: 'ada', password: '' };
    const { headers } = signBasic(sample, open);

    expect(verifyBasic(request({ headers }), context(open))).toBe('wrong-credential');
    expect(await check(BasicConnection, open)).toHaveProperty('problems');
    expect(await check(BasicConnection, { username: 'a:b', password: 'x' })).toHaveProperty('problems');
  });

  test('of a new pair fits', async () => {
    const { connection, vendor } = basicPair(() => TOKEN);

    expect(await check(BasicConnection, connection)).toEqual({ value: vendor });
    expect(verifyBasic(request({ headers: signBasic(sample, vendor).headers }), context(vendor))).toBe('valid');
  });
});

describe('a bearer token', () => {
  const verdict = (authorization: Headers[string]) =>
    verifyBearer(request({ headers: { authorization } }), context({ token: 'old' }, { token: TOKEN }));

  test.each<[Headers[string], string]>([
    [`Bearer ${TOKEN}`, 'valid'],
    [`bearer ${TOKEN}`, 'valid'],
    ['Bearer old', 'valid'],
    [`Bearer ${TOKEN.toLowerCase()}`, 'wrong-credential'],
    [`Bearer ${TOKEN} `, 'wrong-credential'],
    [`Bearer  ${TOKEN}`, 'wrong-credential'],
    [`Bearer ${TOKEN}, Bearer ${TOKEN}`, 'wrong-credential'],
    ['Bearer ', 'malformed-credential'],
    [`Basic ${TOKEN}`, 'malformed-credential'],
    [TOKEN, 'malformed-credential'],
    [[`Bearer ${TOKEN}`], 'malformed-credential'],
    ['', 'missing-credential'],
  ])('%j is %s', (authorization, expected) => {
    expect(verdict(authorization)).toBe(expected);
  });

  test.each(['', ' ', 'two words', 'ümlaut'])('cannot be %j', async (token) => {
    expect(await check(BearerConnection, { token })).toHaveProperty('problems');
  });

  test('of a new pair fits', () => {
    const { vendor } = bearerPair(() => TOKEN);

    expect(verifyBearer(request({ headers: signBearer(sample, vendor).headers }), context(vendor))).toBe('valid');
  });
});

describe('a fixed value in a header', () => {
  const verdict = (headers: Headers, ...values: string[]) => verifyHeader(request({ headers }), 'x-key', values);

  test('is compared letter by letter with each that is valid', () => {
    expect(verdict({ 'x-key': 'a' }, 'b', 'a')).toBe('valid');
    expect(verdict({ 'x-key': 'A' }, 'b', 'a')).toBe('wrong-credential');
    expect(verdict({ 'x-key': 'aa' }, 'a')).toBe('wrong-credential');
    expect(verdict({ 'x-key': 'a' })).toBe('wrong-credential');
  });

  test('must be there, once', () => {
    expect(verdict({}, 'a')).toBe('missing-credential');
    expect(verdict({ 'x-key': '' }, '')).toBe('missing-credential');
    expect(verdict({ 'x-key': ['a', 'a'] }, 'a')).toBe('malformed-credential');
  });

  test('lets in no other text, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 1 }), (given, value) => {
        fc.pre(given !== value && Buffer.from(given).compare(Buffer.from(value)) !== 0);

        expect(verdict({ 'x-key': given }, value)).not.toBe('valid');
      }),
    );
  });

  test('of a new pair stands under the field that the connector names', () => {
    const { connection, vendor } = headerPair('credential')(() => TOKEN);

    expect(vendor).toEqual({ credential: TOKEN });
    expect(connection).toEqual(vendor);
  });
});
