import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ReadResult } from '../../functions/core/source.ts';
import { bamboohr } from '../../functions/sources/bamboohr.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const SECRET = '9f2c4e6a8b0d1f3e5c7a9b8d6f4e2c0a1b3d5f7e9c8a6b4d2f0e1c3a5b7d9f8e';
const source = bamboohr('bamboohr');

sourceSuite('bamboohr', {
  source,
  proofIn: { header: 'x-bamboohr-signature' },
  meaningOf: (hex) => hex.toLowerCase(),
  signedHeaders: ['x-bamboohr-timestamp'],
  current: both({ secret: SECRET }),
  previous: both({ secret: SECRET.replace('9f', '0a') }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

describe('a BambooHR signature', () => {
  const BODY = '{"type":"employee.updated","timestamp":"2026-11-20T09:30:00Z","data":{"employeeId":"7"}}';
  const knock = (content: string, timestamp: string, change = (hex: string) => hex) => {
    const signature = change(createHmac('sha256', SECRET).update(content).digest('hex'));
    const headers = { 'x-bamboohr-timestamp': timestamp, 'x-bamboohr-signature': signature };
    const door = openDoor(source, [{ secret: SECRET }], new Date('2026-11-20T09:30:00Z'));
    return door.knock({ method: 'POST', rawQuery: '', headers, body: Buffer.from(BODY) });
  };

  test.each<[string, (hex: string) => string]>([
    ['in small letters', (hex) => hex],
    ['in capitals', (hex) => hex.toUpperCase()],
  ])('is taken %s', async (_, change) => {
    expect((await knock(`${BODY}1795167000`, '1795167000', change)).status).toBe(200);
  });

  test.each(['1000000000', '1795167000', '2026-11-20T09:30:00Z', '2099-11-20T09:30:00+01:00'])(
    'is taken with the time %s, however old',
    async (timestamp) => {
      expect((await knock(BODY + timestamp, timestamp)).status).toBe(200);
    },
  );

  test.each(['', 'yesterday', '-1', '1e9', '17951670000', '2026-11-20', '2026-99-20T09:30:00Z'])(
    'is refused with %j for a time, although it is signed',
    async (timestamp) => {
      expect((await knock(BODY + timestamp, timestamp)).status).toBe(401);
    },
  );

  test('is refused when the beginning of the time was moved to the end of the body', async () => {
    const signature = createHmac('sha256', SECRET).update(`${BODY}1795167000`).digest('hex');
    const headers = { 'x-bamboohr-timestamp': '5167000', 'x-bamboohr-signature': signature };
    const door = openDoor(source, [{ secret: SECRET }], new Date('2026-11-20T09:30:00Z'));

    const answer = await door.knock({ method: 'POST', rawQuery: '', headers, body: Buffer.from(`${BODY}179`) });

    expect(answer.status).toBe(401);
  });

  test('is refused over the time, a dot and the body', async () => {
    expect((await knock(`1795167000.${BODY}`, '1795167000')).status).toBe(401);
  });
});

describe('a BambooHR body', () => {
  const read = (body: unknown) =>
    source.definition.read({ headers: {}, body: Buffer.from(JSON.stringify(body)), acceptedAt: 0 });
  const employee = { id: '7', action: 'Updated', timestamp: '2026-11-20T10:30:00+0100', changedFields: ['City'] };

  test('by fields is one event for each employee', () => {
    const result = read({ employees: [employee, { ...employee, id: 8, action: 'Created' }] });

    expect(result).toMatchObject({
      items: 2,
      events: [
        {
          type: 'employee.updated',
          eventId: null,
          key: expect.stringMatching(/^employee\.updated:7:2026-11-20T09:30:00Z:[0-9a-f]{16}$/),
          occurredAt: '2026-11-20T09:30:00Z',
          entityId: '7',
        },
        { type: 'employee.created', entityId: '8' },
      ],
    });
    expect('events' in result && JSON.parse(String(result.events[0]?.part))).toEqual(employee);
  });

  test('tells changes of one employee in one second apart by their fields, and only by these', () => {
    const byFields = (...changedFields: string[]) => read({ employees: [{ ...employee, changedFields }] });
    const byEvent = (...changedFields: string[]) =>
      read({ type: 'employee.updated', timestamp: employee.timestamp, data: { employeeId: '7', changedFields } });

    for (const of of [byFields, byEvent]) {
      const [city, custom, retried] = [of('City'), of('Shirt Size'), of('City')].map(keysOf);
      expect(custom).not.toEqual(city);
      expect(retried).toEqual(city);
    }
  });

  test('by fields may hold no employee', () => {
    expect(read({ employees: [] })).toEqual({ events: [], items: 0 });
  });

  test('by events is one event, the whole body', () => {
    const body = { type: 'employee.deleted', timestamp: '2026-11-20T09:30:00Z', data: { employeeId: '7' } };

    expect(read(body)).toEqual({
      events: [
        {
          type: 'employee.deleted',
          eventId: null,
          key: expect.stringMatching(/^employee\.deleted:7:2026-11-20T09:30:00Z:[0-9a-f]{16}$/),
          occurredAt: '2026-11-20T09:30:00Z',
          entityId: '7',
        },
      ],
    });
  });

  test.each<[string, unknown]>([
    ['of neither kind', { data: { employeeId: '7' } }],
    ['of employees that are no list', { employees: employee }],
    ['of an employee without an id', { employees: [{ ...employee, id: undefined }] }],
    ['of an employee without a time', { employees: [{ ...employee, timestamp: undefined }] }],
    ['of nothing', null],
  ])('%s is unreadable', (_, body) => {
    expect(() => read(body)).toThrow();
  });
});

const keysOf = (result: ReadResult) => ('events' in result ? result.events.map(({ key }) => key) : []);
