import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ledgerKey } from '../../functions/core/delivery-id.ts';
import type { Headers } from '../../functions/core/source.ts';
import { tokenPair } from '../../functions/sources/common/credential.ts';
import { type GenericOptions, generic } from '../../functions/sources/generic.ts';
import { authorizationMeans, both, fresh, sourceSuite } from '../suites/source-suite.ts';

const SECRETS = {
  current: both({ secret: 'jLeFjhaxv7wCuj9a4K9BoKtQ82MlqnyN8byW' }),
  previous: both({ secret: 'NcpQmOEkuyNVJJUSbxKkdbYrA9tbbnF6uqU9' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
};

sourceSuite('generic, as it is', { source: generic('generic'), proofIn: { header: 'x-signature' }, ...SECRETS });

sourceSuite('generic, with a signed time', {
  source: generic('netsuite', {
    header: 'X-NetSuite-Signature',
    encoding: 'base64',
    signedContent: 'timestamp.body',
    timestampHeader: 'X-NetSuite-Timestamp',
  }),
  proofIn: { header: 'x-netsuite-signature' },
  ...SECRETS,
});

sourceSuite('generic, with a prefix and paths', {
  source: generic('paths', {
    algorithm: 'sha512',
    prefix: 'sha512=',
    paths: { id: 'event.id', type: 'event.type', occurredAt: ['event.at', 'at'], entityId: [] },
  }),
  proofIn: { header: 'x-signature' },
  ...SECRETS,
});

sourceSuite('generic, with a bearer token', {
  source: generic('bearer', { scheme: 'bearer' }),
  proofIn: { header: 'authorization' },
  meaningOf: authorizationMeans,
  current: both({ token: '6sCf6aLX1bTH2WVZLuSs0bTRuwhpdN7i' }),
  previous: both({ token: 'ld4oRmQprNQnjMhSVJrNQBVEVQGV5oKv' }),
  empty: [{ token: '' }],
  zero: { token: '' },
});

sourceSuite('generic, with HTTP Basic', {
  source: generic('basic', { scheme: 'basic' }),
  proofIn: { header: 'authorization' },
  meaningOf: authorizationMeans,
  current: both({ username: 'ada', password: 'pässwörd: 82zfFGohvkzlyCc5R2tQWvtqb9' }),
  previous: both({ username: 'ada', password: 'bc7shIE4dlCCTLZMfXBWHk10mL' }),
  empty: [{ username: 'ada', password: '' }],
  zero: { username: 'ada', password: '' },
});

sourceSuite('generic, with a fixed header', {
  source: generic('header', { scheme: 'header', header: 'X-Api-Key' }),
  proofIn: { header: 'x-api-key' },
  current: both({ value: 'jgLf0bSXUzFwCmAu09ZSsCuXGOSbTGS5' }),
  previous: both({ value: 'w4xkzvBNis86TkTvEHb78mGlZ6Kggu4t' }),
  empty: [{ value: '' }],
  zero: { value: '' },
});

sourceSuite('generic, with a token in the URL', {
  source: generic('token', { scheme: 'token' }),
  proofIn: 'query',
  current: tokenPair(() => 'x3jB7ZQ2mSbSNSUXVJ6W9x2Zk4fAcyVY'),
  previous: tokenPair(() => 'nVrhv2KzHMOH5xPxVJ4Yr9CzWAhEwoiR'),
  empty: [{ token: '' }, { token: 'short' }, { tokenHash: '' }],
  zero: { token: '' },
});

const NOW = new Date('2026-11-20T09:30:00Z');
const BODY = Buffer.from('{"id":"1"}');

function verify(options: GenericOptions, headers: Headers, now = NOW) {
  const request = { method: 'POST', rawQuery: '', headers, body: BODY };
  return generic('generic', options).definition.verify(request, {
    secrets: [{ secret: 'key' }],
    publicUrl: 'https://hub.example',
    now: now.getTime(),
    fetchKey: async () => Promise.reject(new Error('no key was provided')),
  });
}

describe('a generic signature', () => {
  const signature = createHmac('sha256', 'key').update(BODY).digest('hex');

  test('is a lower-case hex HMAC-SHA256 of the body in X-Signature when nothing else is said', () => {
    expect(verify({}, { 'x-signature': signature })).toBe('valid');
  });

  test('is refused in upper case, in another encoding and behind a prefix that was not agreed', () => {
    const base64 = Buffer.from(signature, 'hex').toString('base64');

    for (const other of [signature.toUpperCase(), base64, `sha256=${signature}`]) {
      expect(verify({}, { 'x-signature': other })).toBe('bad-signature');
    }
  });

  test('needs the prefix that was agreed', () => {
    const options = { prefix: 'sha256=' };

    expect(verify(options, { 'x-signature': `sha256=${signature}` })).toBe('valid');
    expect(verify(options, { 'x-signature': signature })).toBe('bad-signature');
  });
});

describe('a signed time', () => {
  const options = { signedContent: 'timestamp.body', timestampHeader: 'X-Time', maxAgeSeconds: 60 } as const;
  const signature = createHmac('sha256', 'key').update('1795167000.').update(BODY).digest('hex');
  const headers = { 'x-signature': signature, 'x-time': '1795167000' };

  test.each([
    ['60 seconds behind', '2026-11-20T09:31:00Z', 'valid'],
    ['61 seconds behind', '2026-11-20T09:31:01Z', 'stale'],
    ['60 seconds ahead', '2026-11-20T09:29:00Z', 'valid'],
    ['61 seconds ahead', '2026-11-20T09:28:59Z', 'stale'],
  ])('%s of our clock is judged by the second', (_, now, verdict) => {
    expect(verify(options, headers, new Date(now))).toBe(verdict);
  });

  test('may be 300 seconds old when nothing else is said', () => {
    const { maxAgeSeconds: _, ...rest } = options;

    expect(verify(rest, headers, new Date('2026-11-20T09:35:00Z'))).toBe('valid');
    expect(verify(rest, headers, new Date('2026-11-20T09:35:01Z'))).toBe('stale');
  });

  test('is part of what is signed', () => {
    expect(verify(options, { ...headers, 'x-time': '1795167001' })).toBe('bad-signature');
  });

  test('must be there, once, in seconds', () => {
    expect(verify(options, { 'x-signature': signature })).toBe('missing-header');
    expect(verify(options, { ...headers, 'x-time': ['1795167000'] })).toBe('malformed-header');
    expect(verify(options, { ...headers, 'x-time': '1795167000000' })).toBe('malformed-header');
    expect(verify(options, { ...headers, 'x-time': '2026-11-20T09:30:00Z' })).toBe('malformed-header');
  });
});

const read = (body: string, options: GenericOptions = {}, at = NOW) =>
  generic('generic', options).definition.read({ headers: {}, body: Buffer.from(body), acceptedAt: at.getTime() });

describe('a generic credential', () => {
  const { definition } = generic('zaps', { scheme: 'bearer', identity: 'id' });
  const bearing = (authorization: string) =>
    definition.verify(
      { method: 'POST', rawQuery: '', headers: { authorization }, body: BODY },
      { secrets: [{ token: 'key' }], publicUrl: '', now: 0, fetchKey: async () => '' },
    );

  test.each([
    ['Bearer key', 'valid'],
    ['bearer key', 'valid'],
    ['Bearer Key', 'wrong-credential'],
    ['Bearer  key', 'wrong-credential'],
    ['Bearer ', 'malformed-credential'],
    ['Basic key', 'malformed-credential'],
    ['key', 'malformed-credential'],
  ])('%j is judged %s', (authorization, verdict) => {
    expect(bearing(authorization)).toBe(verdict);
  });

  test('makes hints of all events, even if each body has an id', () => {
    expect(definition.types['lead.created']).toEqual({ shape: 'hint', sample: expect.any(Function) });
  });

  test('is told in the sheet, with what it needs', () => {
    const needs = definition.sheet.needs.map(({ field }) => field);

    expect(needs).toEqual(['token']);
    expect(definition.sheet.signs).toMatch(/^nothing: a bearer token in Authorization/);
  });

  test.each(['bearer', 'basic', 'token'] as const)('of a new connection fits both sides: %s', async (scheme) => {
    const { definition } = generic('pair', { scheme });
    const { connection, vendor } = definition.pair!(() => 'x3jB7ZQ2mSbSNSUXVJ6W9x2Zk4fAcyVY');
    const { headers, query = '' } = definition.sign({ type: '', body: '{}', fresh: fresh(1), url: '' }, vendor);

    const context = { secrets: [connection], publicUrl: '', now: 0, fetchKey: async () => '' };
    expect(await definition.verify({ method: 'POST', rawQuery: query, headers, body: BODY }, context)).toBe('valid');
  });
});

describe('a generic body', () => {
  test('says what happened where most senders say it', () => {
    const body =
      '{"eventId":"e-1","type":"salesorder.create","internalId":"10442","occurredAt":"2026-11-12T09:29:51Z","id":"r-1"}';

    expect(read(body)).toEqual({
      events: [
        {
          type: 'salesorder.create',
          eventId: 'e-1',
          key: 'e-1',
          occurredAt: '2026-11-12T09:29:51Z',
          entityId: '10442',
        },
      ],
    });
  });

  test('says what happened where the paths look', () => {
    const paths = { id: 'meta.ids.1', type: ['meta.kind', 'meta.type'], occurredAt: 'meta.at', entityId: 'order.id' };
    const body = '{"meta":{"ids":["a","b"],"type":"order.paid","at":1795167000},"order":{"id":77}}';

    expect(read(body, { paths })).toEqual({
      events: [{ type: 'order.paid', eventId: 'b', key: 'b', occurredAt: '1795167000', entityId: '77' }],
    });
  });

  test('without an id has the hash of its bytes and a window as key, and no id', () => {
    const [one, same, other] = ['{"a":1}', '{"a":1}', '{"a": 1}'].map((body) => read(body));

    expect(one).toEqual({
      events: [
        {
          type: 'untyped',
          eventId: null,
          key: 'content:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862:249328',
          occurredAt: null,
          entityId: null,
        },
      ],
    });
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  test('whose id is the record can be told to have none', () => {
    const options = { paths: { id: [], entityId: 'id' } };

    expect(read('{"id":"r-1","v":1}', options)).toMatchObject({ events: [{ eventId: null, entityId: 'r-1' }] });
    expect(read('{"id":"r-1","v":1}', options)).not.toEqual(read('{"id":"r-1","v":2}', options));
  });

  test('with an id that JSON would round has the hash as key: two events must not seem one', () => {
    const [one, other] = ['9007199254740992', '9007199254740993'].map((id) => read(`{"id":${id}}`));

    expect(one).toMatchObject({ events: [{ eventId: null, key: expect.stringMatching(/^content:/) }] });
    expect(other).not.toEqual(one);
  });

  test('does not take what every object inherits for a value', () => {
    expect(read('{}', { paths: { type: 'constructor.name', id: '__proto__.id' } })).toMatchObject({
      events: [{ type: 'untyped', eventId: null }],
    });
  });
});

describe('two equal bodies without an id', () => {
  const keyOf = (at: string, options?: GenericOptions) => {
    const found = read('{"a":1}', options, new Date(at));
    return 'events' in found ? found.events[0]?.key : found;
  };

  test.each<[string, string, string, boolean, GenericOptions?]>([
    ['a retry in the same window', '2026-11-20T08:00:00.000Z', '2026-11-20T09:59:59.999Z', true],
    ['a retry over the edge of a window', '2026-11-20T09:59:59.999Z', '2026-11-20T10:00:00.000Z', false],
    ['a second change a day later', '2026-11-20T08:00:00.000Z', '2026-11-21T08:00:00.000Z', false],
    [
      'a retry in a longer window',
      '2026-11-20T00:00:00.000Z',
      '2026-11-20T23:59:59.999Z',
      true,
      { identity: { windowHours: 24 } },
    ],
    [
      'a retry over its edge',
      '2026-11-20T23:59:59.999Z',
      '2026-11-21T00:00:00.000Z',
      false,
      { identity: { windowHours: 24 } },
    ],
  ])('%s, at %s and %s, are one event: %s', (_, first, second, isOne, options) => {
    expect(keyOf(first, options) === keyOf(second, options)).toBe(isOne);
  });

  test('have a key that the ledger takes as it is', () => {
    expect(ledgerKey({ flow: 'f', source: 's', key: String(keyOf('2026-11-20T08:00:00Z')) })).toMatch(/^f#s#content:/);
  });

  test('cannot be read where each body has an id', () => {
    expect(read('{"a":1}', { identity: 'id' })).toEqual({ unreadable: 'there is no id at eventId, event_id, id' });
    expect(read('{"id":"e1"}', { identity: 'id' })).toMatchObject({ events: [{ key: 'e1' }] });
  });
});

test('all types are hints unless each body has an id', () => {
  const shapeOf = (options: GenericOptions) => generic('generic', options).definition.types['lead.created'];

  expect(shapeOf({})).toMatchObject({ shape: 'hint', identity: 'content' });
  expect(shapeOf({ identity: 'id' })).toEqual({ shape: 'state', sample: expect.any(Function) });
});

test('a sample has its values where the paths look', () => {
  const { definition } = generic('generic', { paths: { id: 'event.id', type: 'event.type', occurredAt: 'at' } });

  expect(definition.types['lead.created']?.sample(fresh(1))).toMatchObject({
    event: { id: fresh(1).id, type: 'lead.created' },
    at: '2026-11-20T09:30:00.000Z',
  });
});

describe('the options of a generic source', () => {
  test.each<[string, object | null, string]>([
    [
      'a name that they do not have',
      { algorythm: 'sha256' },
      "there is no option 'algorythm': options are scheme, header, algorithm, encoding, prefix, signedContent, " +
        'timestampHeader, maxAgeSeconds, paths, identity, retries, types',
    ],
    [
      'a path that they do not have',
      { paths: { time: 'at' } },
      "there is no option 'paths.time': options are scheme, header",
    ],
    ['another algorithm', { algorithm: 'md5' }, `option 'algorithm' must be 'sha256' or 'sha512', not "md5"`],
    ['another encoding', { encoding: 'HEX' }, `option 'encoding' must be 'hex' or 'base64', not "HEX"`],
    ['a header with a space', { header: 'X Signature' }, `option 'header' must be the name of a header`],
    ['a path with an empty name', { paths: { id: 'a..b' } }, "option 'paths' must be an object like"],
    [
      'a signed time without its header',
      { signedContent: 'timestamp.body' },
      "option 'timestampHeader' must be the name of a header, such as 'X-Timestamp', with signedContent " +
        "'timestamp.body' and only with it, not undefined",
    ],
    ['a time that is not signed', { timestampHeader: 'X-Time' }, "option 'timestampHeader' must be"],
    ['an age without a time', { maxAgeSeconds: 60 }, "option 'maxAgeSeconds' must be a whole number from 1 to 86400"],
    ['another identity', { identity: 'hash' }, "option 'identity' must be 'id', or { windowHours } with"],
    [
      'a window of no hours',
      { identity: { windowHours: 0 } },
      "option 'identity' must be 'id', or { windowHours } with",
    ],
    ['another scheme', { scheme: 'digest' }, "option 'scheme' must be 'hmac', 'bearer', 'basic', 'header' or 'token'"],
    [
      'an option of another scheme',
      { scheme: 'bearer', algorithm: 'sha256' },
      "there is no option 'algorithm': options are scheme, paths, identity, retries, types",
    ],
    [
      'a header that is not named',
      { scheme: 'header' },
      "option 'header' must be the name of a header, such as 'X-Signature', not undefined",
    ],
    ['nothing', null, 'the options must be an object, not null'],
    ['no event types', { types: {} }, "option 'types' must be an object like"],
    ['a list', [], 'the options must be an object, not []'],
  ])('refuse %s', (_, options, message) => {
    expect(() => generic('generic', options as object)).toThrow(`[syncline] [generic] ${message}`);
  });

  test('refuse an age out of range, and say which was given', () => {
    const options = { signedContent: 'timestamp.body', timestampHeader: 'X-Time', maxAgeSeconds: 0 } as const;

    expect(() => generic('generic', options)).toThrow(
      /maxAgeSeconds' must be a whole number from 1 to 86400.*, not 0$/,
    );
  });

  test('may declare event types of their own', () => {
    const own = generic('crm', { types: { 'deal.won': { shape: 'hint', sample: () => ({ type: 'deal.won' }) } } });

    expect(Object.keys(own.definition.types)).toEqual(['deal.won']);
  });
});
