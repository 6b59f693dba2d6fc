import { describe, expect, test } from 'vitest';
import { quickbooks } from '../../functions/sources/quickbooks.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';

const source = quickbooks('quickbooks');

sourceSuite('quickbooks', {
  source,
  proofIn: { header: 'intuit-signature' },
  current: both({ secret: '0b4f9a52-64c1-4d0e-8a37-b1c3d95e7f60' }),
  previous: both({ secret: '7d21e8c4-19f3-4b6a-95d0-3e8f0a6c2b14' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

const read = (body: unknown) =>
  source.definition.read({
    headers: {},
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    acceptedAt: 0,
  });
const notification = (realmId: string, ...entities: object[]) => ({ realmId, dataChangeEvent: { entities } });
const change = {
  name: 'Vendor',
  id: '56',
  operation: 'Merge',
  lastUpdated: '2026-11-20T01:30:00-0800',
  deletedId: '57',
};

describe('a QuickBooks request with notifications', () => {
  test('is one event for each record of each company, with the company in its bytes', () => {
    const invoice = { name: 'Invoice', id: '1042', operation: 'Void', lastUpdated: '2026-11-20T09:30:00Z' };

    const result = read({ eventNotifications: [notification('1', change), notification('2', invoice, change)] });

    expect(result).toMatchObject({
      items: 3,
      events: [
        { type: 'Vendor.Merge', eventId: null, key: '1:Vendor:56:Merge:2026-11-20T09:30:00Z:57', entityId: '56' },
        { type: 'Invoice.Void', key: '2:Invoice:1042:Void:2026-11-20T09:30:00Z', entityId: '1042' },
        { type: 'Vendor.Merge', key: '2:Vendor:56:Merge:2026-11-20T09:30:00Z:57' },
      ],
    });
    expect('events' in result && JSON.parse(String(result.events[0]?.part))).toEqual({ realmId: '1', ...change });
  });

  test('tells merges into one record within one second apart', () => {
    const result = read({ eventNotifications: [notification('1', change, { ...change, deletedId: '58' })] });

    const keys = 'events' in result ? result.events.map(({ key }) => key) : [];
    expect(new Set(keys).size).toBe(2);
  });

  test('keeps the time as it was given', () => {
    expect(read({ eventNotifications: [notification('1', change)] })).toMatchObject({
      events: [{ occurredAt: '2026-11-20T01:30:00-0800' }],
    });
  });

  test.each(['name', 'id', 'operation', 'lastUpdated'])('without %s is unreadable', (missing) => {
    expect(() => read({ eventNotifications: [notification('1', { ...change, [missing]: undefined })] })).toThrow(
      missing,
    );
  });

  test('without a company is unreadable', () => {
    expect(() => read({ eventNotifications: [{ dataChangeEvent: { entities: [change] } }] })).toThrow('realmId');
  });
});

describe('a QuickBooks list of CloudEvents', () => {
  const event =
    '{"specversion":"1.0","id":"e-1","type":"qbo.customer.created.v1","intuitentityid":"1","data":{"n":35.0}}';

  test('is one event for each, byte for byte, numbers included', () => {
    const result = read(`[${event}, ${event.replace('e-1', 'e-2')}]`);

    expect(result).toMatchObject({
      items: 2,
      events: [
        { type: 'qbo.customer.created.v1', eventId: 'e-1', key: 'e-1', entityId: '1', occurredAt: null },
        { eventId: 'e-2' },
      ],
    });
    expect('events' in result && String(result.events[0]?.part)).toBe(event);
  });

  test('may be empty', () => {
    expect(read([])).toEqual({ events: [], items: 0 });
  });
});
