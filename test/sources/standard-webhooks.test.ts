import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Headers } from '../../functions/core/source.ts';
import { standardWebhooks } from '../../functions/sources/standard-webhooks.ts';
import { both, fresh, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const SECRET = 'whsec_LDYpLVYJmOpFj1QODgykCPjE7v+Ukh5+';
const NOW = new Date('2026-11-20T09:30:00Z');
const TIMESTAMP = '1795167000';
const BODY = '{"type":"contact.created","timestamp":"2026-11-12T09:29:54.250Z","data":{"id":"c-1"}}';
const source = standardWebhooks('standard-webhooks');

sourceSuite('standard-webhooks', {
  source,
  proofIn: { header: 'webhook-signature' },
  current: both({ secret: SECRET }),
  previous: both({ secret: 'whsec_A/u6x1fJx/5/4EaCbLo4BDI3zdBW0H1d' }),
  empty: [{ secret: '' }, { secret: 'whsec_' }, { secret: 'whsec_====' }, { secret: 'not base64!' }],
  zero: { secret: 'AA==' },
});

const sign = (id = 'msg_1', now = NOW, body = BODY) => new Webhook(SECRET).sign(id, now, body);
const headersOf = (signature: string, family = 'webhook', id = 'msg_1', timestamp = TIMESTAMP) => ({
  [`${family}-id`]: id,
  [`${family}-timestamp`]: timestamp,
  [`${family}-signature`]: signature,
});
const verify = (headers: Headers, now = NOW) =>
  source.definition.verify(
    { method: 'POST', rawQuery: '', headers, body: Buffer.from(BODY) },
    {
      secrets: [{ secret: SECRET }],
      publicUrl: 'https://hub.example',
      now: now.getTime(),
      fetchKey: async () => Promise.reject(new Error('no key was provided')),
    },
  );

describe('the standardwebhooks library', () => {
  afterEach(() => void vi.useRealTimers());

  test.each(['webhook', 'svix'])('signs requests that verify under %s headers', async (family) => {
    const door = openDoor(source, [{ secret: SECRET }], NOW);
    const request = { method: 'POST', rawQuery: '', headers: headersOf(sign(), family), body: Buffer.from(BODY) };

    expect(await door.knock(request)).toEqual({ status: 200 });
    expect(door.accepted()[0]).toMatchObject({ eventId: 'msg_1', type: 'contact.created', entityId: 'c-1' });
  });

  test('believes our samples', () => {
    vi.useFakeTimers({ now: NOW });
    const body = JSON.stringify(source.definition.types['invoice.paid']?.sample(fresh(1)));
    const { headers } = source.definition.sign(
      { type: 'invoice.paid', body, fresh: fresh(1), url: '' },
      { secret: SECRET },
    );

    expect(new Webhook(SECRET).verify(body, headers)).toMatchObject({ type: 'invoice.paid' });
  });
});

describe('the time of a Standard Webhooks request', () => {
  test.each([
    ['300 seconds behind', '2026-11-20T09:35:00.999Z', 'valid'],
    ['301 seconds behind', '2026-11-20T09:35:01Z', 'stale'],
    ['300 seconds ahead', '2026-11-20T09:25:00Z', 'valid'],
    ['301 seconds ahead', '2026-11-20T09:24:59Z', 'stale'],
  ])('%s of our clock is judged by the second', (_, now, verdict) => {
    expect(verify(headersOf(sign()), new Date(now))).toBe(verdict);
  });

  test.each(['yesterday', '1795167000.0', ' 1795167000', '+1795167000', '0x6b', '1795167000000', '-1', ''])(
    'is malformed as "%s"',
    (timestamp) => {
      expect(verify(headersOf(sign(), 'webhook', 'msg_1', timestamp))).toBe('malformed-header');
    },
  );
});

describe('the signature of a Standard Webhooks request', () => {
  const wrong = new Webhook('AAAA').sign('msg_1', NOW, BODY);

  test('may be any entry of version 1', () => {
    expect(verify(headersOf(`v1a,BwcHBw== ${wrong} ${sign()}`))).toBe('valid');
  });

  test('counts under no other version', () => {
    expect(verify(headersOf(sign().replace('v1,', 'v2,')))).toBe('bad-signature');
    expect(verify(headersOf(sign().replace('v1,', 'v1a,')))).toBe('bad-signature');
  });

  test('covers the id', () => {
    expect(verify(headersOf(sign(), 'webhook', 'msg_2'))).toBe('bad-signature');
  });

  test('is looked for under svix headers first', () => {
    expect(verify({ ...headersOf(wrong), ...headersOf(sign(), 'svix') })).toBe('valid');
    expect(verify({ ...headersOf(sign()), ...headersOf(wrong, 'svix') })).toBe('bad-signature');
  });

  test('is never completed from the other family of headers', () => {
    const { 'svix-id': _, ...headers } = headersOf(sign(), 'svix');

    expect(verify({ ...headers, 'webhook-id': 'msg_1' })).toBe('missing-header');
  });
});

const read = (body: string, headers: Headers = headersOf(sign())) =>
  source.definition.read({ headers, body: Buffer.from(body), acceptedAt: NOW.getTime() });

test('an id that nobody signed is not believed', () => {
  const headers = { ...headersOf(sign()), 'svix-id': 'msg_forged' };

  expect(verify(headers)).toBe('valid');
  expect(read(BODY, headers)).toMatchObject({ events: [{ key: 'msg_1' }] });
});

describe('the body of a Standard Webhooks request', () => {
  test.each(['{}', '[]', '"text"', '{"type":7.5e300}', '{"data":"none"}', '{"data":{"id":{}}}'])(
    'is free: %s is an event without a type',
    (body) => {
      expect(read(body)).toEqual({
        events: [{ type: 'untyped', eventId: 'msg_1', key: 'msg_1', occurredAt: null, entityId: null }],
      });
    },
  );

  test('may have a number as time and id', () => {
    expect(read('{"type":"a","timestamp":1795167000,"data":{"id":7}}')).toMatchObject({
      events: [{ occurredAt: '1795167000', entityId: '7' }],
    });
  });
});

describe('the options of a Standard Webhooks source', () => {
  test('may declare event types of their own', () => {
    const own = standardWebhooks('billing', { types: { 'plan.changed': { shape: 'delta', sample: () => ({}) } } });

    expect(own.name).toBe('billing');
    expect(Object.keys(own.definition.types)).toEqual(['plan.changed']);
  });

  test('refuse a name that they do not have', () => {
    expect(() => standardWebhooks('billing', { type: {} } as object)).toThrow(
      "[syncline] [standard-webhooks] there is no option 'type': options are types",
    );
  });

  test('refuse types that are not types', () => {
    expect(() => standardWebhooks('billing', { types: { 'plan.changed': {} } } as object)).toThrow(
      "[syncline] [standard-webhooks] option 'types' must be an object like",
    );
  });
});
