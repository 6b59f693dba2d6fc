import { describe, expect, test } from 'vitest';
import { meta } from '../../functions/sources/meta.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const CONNECTION = { secret: '4f0c9e2b7a6d5138f0e1d2c3b4a59687', verifyToken: 'Grüße & mehr' };
const source = meta('meta');

sourceSuite('meta', {
  source,
  proofIn: { header: 'x-hub-signature-256' },
  current: both(CONNECTION),
  previous: both({ secret: '8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d', verifyToken: 'former' }),
  empty: [
    { secret: '', verifyToken: 'token' },
    { secret: '', verifyToken: '' },
  ],
  zero: { secret: '\0', verifyToken: 'token' },
});

describe("Meta's check of the URL", () => {
  const ask = (rawQuery: string, connections: unknown[] = [CONNECTION]) =>
    openDoor(source, connections, new Date('2026-11-20T09:30:00Z')).knock({
      ...{ method: 'GET', rawQuery, headers: {}, body: Buffer.alloc(0) },
    });
  const right = `hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${encodeURIComponent(CONNECTION.verifyToken)}`;

  test('is answered with the bare challenge', async () => {
    expect(await ask(right)).toMatchObject({ status: 200, body: '1158201444' });
  });

  test('is answered as text, which no browser takes for a page', async () => {
    expect(await ask(right.replace('1158201444', '%3Cscript%3E'))).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    });
  });

  test('may show the token of either connection while both are valid', async () => {
    const former = { ...CONNECTION, verifyToken: 'former' };

    expect((await ask(right, [{ ...CONNECTION, verifyToken: 'new' }, CONNECTION])).status).toBe(200);
    expect((await ask(right, [former])).status).toBe(403);
  });

  test.each<[string, string]>([
    ['without anything', ''],
    ['without a token', 'hub.mode=subscribe&hub.challenge=1'],
    ['with a wrong token', 'hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong'],
    ['with two tokens', `${right}&hub.verify_token=wrong`],
    ['with another mode', right.replace('subscribe', 'unsubscribe')],
    ['without a challenge', right.replace('1158201444', '')],
    ['with two challenges', `${right}&hub.challenge=2`],
  ])('is refused %s', async (_, rawQuery) => {
    expect(await ask(rawQuery)).toEqual({ status: 403 });
  });
});

describe('a Meta request', () => {
  const NOW = Date.parse('2026-11-20T09:30:00Z');
  const read = (body: unknown, acceptedAt = NOW) =>
    source.definition.read({ headers: {}, body: Buffer.from(JSON.stringify(body)), acceptedAt });
  const entry = (...values: object[]) => ({
    id: 'waba',
    changes: values.map((value) => ({ field: 'messages', value })),
  });
  const message = (id: string) => ({ id, from: '4477', timestamp: '1795167000', type: 'text' });
  const status = (id: string, what: string) => ({ id, status: what, recipient_id: '4478', timestamp: '1795167001' });
  const metadata = { phone_number_id: '42' };

  test('is one event for each message and status of each change of each entry', () => {
    const result = read({
      entry: [
        entry({ metadata, messages: [message('a'), message('b')], statuses: [status('c', 'sent')] }),
        entry({ metadata, statuses: [status('c', 'read')] }, { metadata, messages: [message('d')] }),
      ],
    });

    expect(result).toMatchObject({
      items: 5,
      events: [
        { type: 'messages', eventId: 'a', key: 'a', entityId: '4477', occurredAt: '2026-11-20T09:30:00Z' },
        { type: 'messages', eventId: 'b' },
        { type: 'statuses', eventId: 'c', key: 'c:sent', entityId: '4478', occurredAt: '2026-11-20T09:30:01Z' },
        { type: 'statuses', eventId: 'c', key: 'c:read' },
        { type: 'messages', eventId: 'd' },
      ],
    });
    expect('events' in result && result.events.map(({ part }) => JSON.parse(String(part))).slice(1, 3)).toEqual([
      { id: 'waba', field: 'messages', value: { metadata, messages: [message('b')] } },
      { id: 'waba', field: 'messages', value: { metadata, statuses: [status('c', 'sent')] } },
    ]);
  });

  test('with another change is told apart by its bytes, for 7 days', () => {
    const body = {
      entry: [{ id: 'waba', time: 1_795_167_000, changes: [{ field: 'account_update', value: { event: 'X' } }] }],
    };
    const keyAt = (acceptedAt: number) => {
      const result = read(body, acceptedAt);
      return 'events' in result ? result.events[0]?.key : undefined;
    };

    expect(read(body)).toMatchObject({
      events: [{ type: 'account_update', eventId: null, entityId: 'waba', occurredAt: '2026-11-20T09:30:00Z' }],
    });
    expect(keyAt(NOW)).toMatch(/^content:/);
    expect(keyAt(NOW + 8 * 86_400_000)).not.toBe(keyAt(NOW));
  });

  test('with errors alone in the field of messages is no message', () => {
    expect(read({ entry: [entry({ metadata, errors: [{ code: 130_429 }] })] })).toMatchObject({
      events: [{ type: 'untyped' }],
    });
  });

  test('may be empty', () => {
    expect(read({ entry: [] })).toEqual({ events: [], items: 0 });
  });

  test.each<[string, unknown]>([
    ['without entries', { object: 'page' }],
    ['of an entry without changes', { entry: [{ id: '1', messaging: [{ message: { mid: 'm' } }] }] }],
    ['of a message without an id', { entry: [entry({ messages: [{ from: '4477' }] })] }],
    ['of a status that says nothing', { entry: [entry({ statuses: [{ id: 'c' }] })] }],
    ['of messages that are no list', { entry: [entry({ messages: {}, statuses: [status('c', 'sent')] })] }],
    ['of a change that is null', { entry: [{ changes: [null] }] }],
  ])('%s is unreadable', (_, body) => {
    expect(() => read(body)).toThrow();
  });
});
