import { describe, expect, test } from 'vitest';
import { sapEventMesh } from '../../functions/sources/sap-event-mesh.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const source = sapEventMesh('sap-event-mesh');
const { definition } = source;
const connection = { username: 'em-hook', password: 'tXOJeUuaTKVojGgx62lQSNPGao4P' };

sourceSuite('sap-event-mesh', {
  source,
  proofIn: { header: 'authorization' },
  meaningOf: (header) => header.replace(/^basic /i, 'Basic '),
  current: both(connection),
  previous: both({ username: 'em-hook', password: 'cbm2AUO1HHvO1i1tmBLhAUlC8kPe' }),
  empty: [{ username: 'em-hook', password: '' }],
  zero: { username: 'em-hook', password: '' },
});

describe('a handshake of SAP Event Mesh', () => {
  const ORIGIN = 'eu10.event-mesh.example';
  const knock = (headers: Record<string, string | string[]>, allowedOrigins?: string[], method = 'OPTIONS') =>
    openDoor(source, [{ ...connection, allowedOrigins }], new Date('2026-11-20T09:30:00Z')).knock({
      ...{ method, rawQuery: '', headers, body: Buffer.alloc(0) },
    });
  const from = (origin: string) => ({ 'webhook-request-origin': origin });

  test('is granted to an origin that the connection names, at the rate it asks for', async () => {
    expect(await knock({ ...from(ORIGIN), 'webhook-request-rate': '120' }, ['other.example', ORIGIN])).toEqual({
      status: 200,
      headers: { 'webhook-allowed-origin': ORIGIN, 'webhook-allowed-rate': '120', allow: 'OPTIONS, POST' },
    });
    expect(await knock(from(ORIGIN), ['*'])).toMatchObject({
      status: 200,
      headers: { 'webhook-allowed-origin': ORIGIN },
    });
  });

  test.each([
    ['from another origin', from('evil.example'), [ORIGIN]],
    ['from an origin in another case', from(ORIGIN.toUpperCase()), [ORIGIN]],
    ['from two origins', { 'webhook-request-origin': [ORIGIN, ORIGIN] }, [ORIGIN]],
    ['from no origin', from(''), [ORIGIN, '*']],
    ['that asks for nothing', { origin: ORIGIN }, [ORIGIN]],
    ['where none is expected', from(ORIGIN), undefined],
    ['with the right password', { authorization: 'Basic ZW0taG9vazp0WE9KZVV1YVRLVm9qR2d4NjJsUVNOUEdhbzRQ' }, [ORIGIN]],
  ])('is refused %s', async (_, headers, allowedOrigins) => {
    const answer = await knock(headers, allowedOrigins);

    expect(answer.status).toBe(401);
    expect(answer.headers).not.toHaveProperty('webhook-allowed-origin');
  });

  test('is made by OPTIONS alone', async () => {
    expect((await knock(from(ORIGIN), [ORIGIN], 'POST')).status).toBe(400);
  });
});

describe('an event of SAP Event Mesh', () => {
  const TYPE = 'sap.s4.beh.salesorder.v1.SalesOrder.Created.v1';
  const event = {
    specversion: '1.0',
    type: TYPE,
    source: '/default/sap.s4.beh/1',
    id: 'e-1',
    time: '2026-11-12T10:29:48+01:00',
  };
  const read = (json: unknown, headers = {}) =>
    definition.read({ headers, body: Buffer.from(JSON.stringify(json)), acceptedAt: 0 });

  test('is known by its source and its id', () => {
    const [one, other] = [event, { ...event, source: '/default/sap.s4.beh/2' }].map((json) => read(json));

    expect(one).toMatchObject({ events: [{ eventId: 'e-1', key: expect.stringMatching(/^e-1:[0-9a-f]{16}$/) }] });
    expect(one).not.toEqual(other);
  });

  test.each([
    [{ SalesOrder: '4711' }, '4711'],
    [{ CompanyCode: '1010', SalesOrder: 4711 }, '4711'],
    [{ CompanyCode: '1010' }, 'orders/1'],
    [undefined, 'orders/1'],
  ])('with data %o is about %s', (data, entityId) => {
    expect(read({ ...event, subject: 'orders/1', data })).toMatchObject({
      events: [{ type: TYPE, occurredAt: '2026-11-12T09:29:48Z', entityId }],
    });
  });

  test('may have its attributes in headers', () => {
    const headers = { 'ce-specversion': '1.0', 'ce-type': TYPE, 'ce-source': '/default/sap.s4.beh/1', 'ce-id': 'e-1' };

    expect(read({ SalesOrder: '4711' }, headers)).toMatchObject({
      events: [{ type: TYPE, eventId: 'e-1', occurredAt: null, entityId: '4711' }],
    });
  });

  test('may come in a batch, of which each keeps its numbers', () => {
    const batch = `[${JSON.stringify(event)},{"specversion":"1.0","type":"t","source":"s","id":"e-2","data":{"n":35.0}}]`;
    const result = definition.read({ headers: {}, body: Buffer.from(batch), acceptedAt: 0 });

    expect(result).toMatchObject({ items: 2, events: [{ eventId: 'e-1' }, { eventId: 'e-2' }] });
    expect('events' in result && result.events[1]?.part?.toString()).toContain('"n":35.0');
  });

  test('without an id is unreadable', () => {
    expect(() => read({ ...event, id: undefined })).toThrow('no CloudEvent');
    expect(() => read({ SalesOrder: '4711' })).toThrow('no CloudEvent');
    expect(() => read([event, {}])).toThrow('no CloudEvent');
  });
});
