import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type FetchKeyOptions, NoSuchKey } from '../../functions/core/source.ts';
import { shipstation } from '../../functions/sources/shipstation.ts';
import { sourceSuite } from '../suites/source-suite.ts';

const source = shipstation('shipstation');
const { definition } = source;
const current = definition.pair!(() => 'efc5a59c4958ae38330727015cf00b1a');

sourceSuite('shipstation', {
  source,
  proofIn: { header: 'x-shipengine-rsa-sha256-signature' },
  signedHeaders: ['x-shipengine-timestamp', 'x-shipengine-rsa-sha256-key-id'],
  current,
  previous: definition.pair!(() => '3b42553c4e3241e8f3f8fbc19a69fa2f'),
  empty: [{ jwks: { keys: [] } }],
  zero: current.vendor,
});

describe('a ShipStation signature', () => {
  const NOW = Date.parse('2026-11-20T09:30:00Z');
  const pairs = [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));
  const jwks = (...numbers: number[]) =>
    JSON.stringify({
      keys: numbers.map((number) => ({ ...pairs[number]!.publicKey.export({ format: 'jwk' }), kid: `key-${number}` })),
    });
  const body = Buffer.from('{"resource_type":"API_TRACK"}');
  const verify = (number: number, timestamp: string, fetchKey: (options?: FetchKeyOptions) => Promise<string>) => {
    const content = Buffer.from(`${timestamp}.${body}`);
    const headers = {
      'x-shipengine-rsa-sha256-key-id': `key-${number}`,
      'x-shipengine-timestamp': timestamp,
      'x-shipengine-rsa-sha256-signature': sign('RSA-SHA256', content, pairs[number]!.privateKey).toString('base64'),
    };
    const asked: string[] = [];
    const fetching = (url: string, options?: FetchKeyOptions) => {
      asked.push(`${url}${options?.again ? ' again' : ''}`);
      return fetchKey(options);
    };
    const context = { secrets: [{}], publicUrl: '', now: NOW, fetchKey: fetching };
    const verdict = Promise.resolve(definition.verify({ method: 'POST', rawQuery: '', headers, body }, context));
    return { verdict, asked };
  };

  test('is checked by the key set that ShipEngine publishes', async () => {
    const { verdict, asked } = verify(1, '2026-11-20T09:30:00Z', async () => jwks(0, 1));

    expect(await verdict).toBe('valid');
    expect(asked).toEqual(['https://api.shipengine.com/jwks']);
  });

  test('has its key set fetched again, once, when it names a key that is not there yet', async () => {
    const fresh = verify(1, '2026-11-20T09:30:00Z', async (options) => (options?.again ? jwks(0, 1) : jwks(0)));
    const unknown = verify(1, '2026-11-20T09:30:00Z', async () => jwks(0));

    expect(await fresh.verdict).toBe('valid');
    expect(await unknown.verdict).toBe('bad-signature');
    expect(unknown.asked).toEqual(['https://api.shipengine.com/jwks', 'https://api.shipengine.com/jwks again']);
  });

  test('cannot be judged while the key set cannot be had, or is none', async () => {
    const away = verify(1, '2026-11-20T09:30:00Z', () => Promise.reject(new Error('ShipEngine is away')));
    const gone = verify(1, '2026-11-20T09:30:00Z', () => Promise.reject(new NoSuchKey('api.shipengine.com', 404)));
    const page = verify(1, '2026-11-20T09:30:00Z', async () => '<html>We are sorry</html>');

    await expect(away.verdict).rejects.toThrow('ShipEngine is away');
    await expect(page.verdict).rejects.toThrow();
    await expect(gone.verdict).rejects.toThrow('status 404');
  });

  test.each([
    ['2026-11-20T09:25:00Z', 'valid'],
    ['2026-11-20T09:24:59Z', 'stale'],
    ['2026-11-20T09:35:00Z', 'valid'],
    ['2026-11-20T09:35:01Z', 'stale'],
    ['2026-11-20T10:30:00+01:00', 'valid'],
    ['1795167000', 'valid'],
    ['2026-11-20T09:30:00', 'malformed-header'],
    ['2026-13-20T09:30:00Z', 'malformed-header'],
    ['1795167000000', 'malformed-header'],
  ])('of %s is %s at half past nine', async (timestamp, expected) => {
    expect(await verify(1, timestamp, async () => jwks(1)).verdict).toBe(expected);
  });
});

describe('a ShipStation event', () => {
  const read = (event: unknown) =>
    definition.read({ headers: {}, body: Buffer.from(JSON.stringify(event)), acceptedAt: 0 });

  test('of a parcel happened when the latest of its stations was reached', () => {
    const events = [{ occurred_at: '2026-11-12T08:00:00Z' }, { occurred_at: '2026-11-12T10:28:20+01:00' }, {}];

    expect(read({ resource_type: 'API_TRACK', data: { tracking_number: '9471', events } })).toMatchObject({
      events: [{ type: 'API_TRACK', eventId: null, occurredAt: '2026-11-12T09:28:20Z', entityId: '9471' }],
    });
  });

  test('may have no time, and be of a kind that nobody told us of', () => {
    expect(read({ resource_url: 'https://api.shipstation.com/v2/x' })).toMatchObject({
      events: [{ type: 'untyped', occurredAt: null, entityId: null }],
    });
  });
});
