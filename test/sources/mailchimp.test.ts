import { describe, expect, test } from 'vitest';
import type { SourceRequest } from '../../functions/core/source.ts';
import { tokenPair } from '../../functions/sources/common/credential.ts';
import { mailchimp } from '../../functions/sources/mailchimp.ts';
import { both, fresh, sourceSuite } from '../suites/source-suite.ts';

const source = mailchimp('mailchimp');
const { definition } = source;
const SECRET = both({ secret: '28acc231b3cc18ab6b45f568ef0e4360cd12e9499b44cd21' });
const TOKEN = tokenPair(() => '8p5fFuAGNkpgQQx81ToBFZAgPk6RDQnm');

sourceSuite('mailchimp, with a token in the URL', {
  source,
  proofIn: 'query',
  current: TOKEN,
  previous: tokenPair(() => 'PrqMIFNyYJJCK785ABrsHUCME8y6FiiB'),
  empty: [{ token: '' }, { tokenHash: '' }],
  zero: { token: '' },
});

// A connection with a secret proves every byte, so it is held against what vendors that sign are held against.
sourceSuite('mailchimp, signed', {
  source: { ...source, definition: { ...definition, proof: 'signature' } },
  proofIn: { header: 'x-mailchimp-signature' },
  current: SECRET,
  previous: both({ secret: '14c11c1483f40be37aff8a33d61e04123c68efe8f7c9e3fa' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

const NOW = new Date('2026-11-20T09:30:00Z');
const BODY = 'type=upemail&fired_at=2026-11-12+09%3A30%3A00&data%5Bnew_id%5D=51da8c3259';
const context = (secrets: readonly unknown[], now = NOW) => ({
  ...{ secrets, publicUrl: 'https://hub.example', now: now.getTime() },
  fetchKey: async () => Promise.reject(new Error('no key was provided')),
});
const requestOf = (vendor: unknown): SourceRequest => {
  const { headers, query = '' } = definition.sign({ type: 'upemail', body: BODY, fresh: fresh(1), url: '' }, vendor);
  return { method: 'POST', rawQuery: query, headers, body: Buffer.from(BODY) };
};

describe('a Mailchimp webhook', () => {
  test.each([
    ['300 seconds behind', '2026-11-20T09:35:00Z', 'valid'],
    ['301 seconds behind', '2026-11-20T09:35:01Z', 'stale'],
    ['an hour ahead', '2026-11-20T08:30:00Z', 'valid'],
  ])('signed %s of our clock is judged by the second', async (_, now, verdict) => {
    const secrets = [SECRET.connection];

    expect(await definition.verify(requestOf(SECRET.vendor), context(secrets, new Date(now)))).toBe(verdict);
  });

  test('may go over from a token to a signature: either connection lets its own in', async () => {
    const secrets = [SECRET.connection, TOKEN.connection];

    expect(await definition.verify(requestOf(SECRET.vendor), context(secrets))).toBe('valid');
    expect(await definition.verify(requestOf(TOKEN.vendor), context(secrets))).toBe('valid');
    expect(await definition.verify(requestOf({ secret: 'guess' }), context(secrets))).toBe('bad-signature');
  });

  test('that is signed is known by its token alone, if we were not given the secret', async () => {
    const { headers } = requestOf({ secret: 'never told' });
    const both = { ...requestOf(TOKEN.vendor), headers };

    expect(await definition.verify(both, context([TOKEN.connection]))).toBe('valid');
  });

  test.each([
    ['a secret', [SECRET.connection], '', 200],
    ['the right token', [TOKEN.connection], 'token=8p5fFuAGNkpgQQx81ToBFZAgPk6RDQnm', 200],
    ['a wrong token', [TOKEN.connection], 'token=PrqMIFNyYJJCK785ABrsHUCME8y6FiiB', undefined],
  ])('is saved by a GET of a URL with %s', async (_, secrets, rawQuery, status) => {
    const request = { method: 'GET', rawQuery, headers: {}, body: Buffer.alloc(0) };

    const answer = await definition.handshake?.(request, context(secrets));

    expect(answer?.status).toBe(status);
  });

  test('takes its time to UTC, and has no record when only an address changed', () => {
    expect(definition.read({ headers: {}, body: Buffer.from(BODY), acceptedAt: 0 })).toMatchObject({
      events: [{ type: 'upemail', eventId: null, occurredAt: '2026-11-12T09:30:00Z', entityId: null }],
    });
  });

  test('is decoded as PHP would', () => {
    const body = Buffer.from('type=profile&data%5Bid%5D=8a&data%5Bmerges%5D%5BFNAME%5D=Zo%C3%AB');

    expect(definition.payload?.(body, 'application/x-www-form-urlencoded')).toEqual({
      type: 'profile',
      data: { id: '8a', merges: { FNAME: 'Zoë' } },
    });
  });
});
