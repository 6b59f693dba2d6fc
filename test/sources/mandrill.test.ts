import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SourceRequest } from '../../functions/core/source.ts';
import { payloadOf } from '../../functions/core/source.ts';
import { check } from '../../functions/core/standard-schema.ts';
import { FORM, fieldsOf } from '../../functions/sources/common/form.ts';
import { mandrill } from '../../functions/sources/mandrill.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';

const source = mandrill('mandrill');
const { definition } = source;

sourceSuite('mandrill', {
  source,
  proofIn: { header: 'x-mandrill-signature' },
  signsUrl: true,
  signedPart: (body) => JSON.stringify(fieldsOf(body)),
  current: both({ secret: 'eFgBLJoKfgoWv9nqeirtMk' }),
  previous: both({ secret: 'U1wHA0dn4p1V4BKaSwOjGp' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

const URL_THERE = 'https://hub.example/v1/webhooks/mandrill';
const context = (...secrets: unknown[]) => ({
  ...{ secrets, publicUrl: URL_THERE, now: 0 },
  fetchKey: async () => Promise.reject(new Error('no key was provided')),
});
const requestOf = (body: string, signed: string, secret = 'key', rawQuery = ''): SourceRequest => {
  const signature = createHmac('sha1', secret).update(signed).digest('base64');
  return { method: 'POST', rawQuery, headers: { 'x-mandrill-signature': signature }, body: Buffer.from(body) };
};

describe('a Mandrill signature', () => {
  test('is over the URL with its query and the decoded fields by name', async () => {
    const request = requestOf(
      'z=1+%26&mandrill_events=%5B%5D',
      `${URL_THERE}?site=demandrill_events[]z1 &`,
      'key',
      'site=de',
    );

    expect(await definition.verify(request, context({ secret: 'key' }))).toBe('valid');
    expect(await definition.verify({ ...request, rawQuery: 'site=fr' }, context({ secret: 'key' }))).toBe(
      'bad-signature',
    );
  });

  test('is over the URL as registered, where that is not the hub’s', async () => {
    const request = requestOf('mandrill_events=%5B%5D', 'https://hooks.example/mmandrill_events[]');

    expect(await definition.verify(request, context({ secret: 'key', publicUrl: 'https://hooks.example/m' }))).toBe(
      'valid',
    );
    expect(await definition.verify(request, context({ secret: 'key' }))).toBe('bad-signature');
  });

  test('by the key that everybody knows is never taken, even where it is configured', async () => {
    const request = requestOf('mandrill_events=%5B%5D', `${URL_THERE}mandrill_events[]`, 'test-webhook');

    expect(await definition.verify(request, context({ secret: 'test-webhook' }))).toBe('bad-signature');
    expect(await check(definition.connection, { secret: 'test-webhook' })).toHaveProperty('problems');
  });

  test('is not needed by the HEAD that checks the URL', async () => {
    const request = { method: 'HEAD', rawQuery: '', headers: {}, body: Buffer.alloc(0) };

    expect(await definition.handshake?.(request, context())).toEqual({ status: 200 });
    expect(await definition.handshake?.({ ...request, method: 'POST' }, context())).toBeUndefined();
  });
});

describe('a Mandrill batch', () => {
  const read = (events: string, more = '') => {
    const body = Buffer.from(`mandrill_events=${encodeURIComponent(events)}${more}`);
    return definition.read({ headers: {}, body, acceptedAt: 0 });
  };

  test('is an event for each of its items, each with bytes of its own', () => {
    const open = '{"event":"open","ts":1794475789,"_id":"a1","msg":{"_id":"m1","score":35.0}}';
    const found = read(`[${open},{"event":"click","ts":1794475790,"_id":"a1","url":"https://example.com","msg":{}}]`);

    expect(found).toMatchObject({
      items: 2,
      events: [
        {
          ...{ type: 'open', eventId: 'a1', key: 'a1:open:1794475789', entityId: 'm1' },
          ...{ occurredAt: '2026-11-12T09:29:49Z', part: Buffer.from(open) },
        },
        { type: 'click', key: expect.stringMatching(/^a1:click:1794475790:[0-9a-f]{16}$/), entityId: null },
      ],
    });
  });

  test('has two clicks in one second on two links for two events', () => {
    const click = (url: string) => `{"event":"click","ts":1,"_id":"a1","url":"${url}"}`;
    const found = read(`[${click('https://example.com/1')},${click('https://example.com/2')}]`);

    expect(new Set('events' in found ? found.events.map(({ key }) => key) : []).size).toBe(2);
  });

  test('has what carries no id told apart by its bytes', () => {
    expect(read('[{"type":"blacklist","action":"add","ts":1794475789,"reject":{}}]')).toMatchObject({
      events: [{ type: 'blacklist', eventId: null, key: expect.stringMatching(/^content:[0-9a-f]{64}:0$/) }],
    });
    expect(definition.types.blacklist).toMatchObject({ shape: 'hint', identity: 'content' });
  });

  test('of none is no event', () => {
    expect(read('[]')).toEqual({ events: [], items: 0 });
  });

  test.each([
    ['no list', '{}', ''],
    ['a second list', '[]', '&mandrill_events=%5B%5D'],
    ['no JSON', '[', ''],
  ])('with %s is unreadable', (_, events, more) => {
    expect(() => read(events, more)).toThrow();
  });

  test('is decoded whole, too', () => {
    const form = Buffer.from('mandrill_events=%5B%7B%22event%22%3A%22open%22%7D%5D');

    expect(payloadOf(definition, form, FORM)).toEqual([{ event: 'open' }]);
    expect(payloadOf(definition, Buffer.from('{"event":"open"}'), FORM)).toEqual({ event: 'open' });
  });
});
