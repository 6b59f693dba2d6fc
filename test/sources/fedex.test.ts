import { describe, expect, test } from 'vitest';
import { payloadOf } from '../../functions/core/source.ts';
import { fedex } from '../../functions/sources/fedex.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';

const source = fedex('fedex');

sourceSuite('fedex', {
  source,
  proofIn: { header: 'fdx-signature' },
  current: both({ secret: 'YJREreG8AT6dpg8lUktuiEEa7P' }),
  previous: both({ secret: 'JocIaeMffIvWPe7PTNx7fypp36' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

const read = (...completeTrackResults: unknown[]) => {
  const body = Buffer.from(JSON.stringify({ output: { completeTrackResults } }));
  const found = source.definition.read({ headers: {}, body, acceptedAt: 0 });
  if ('unreadable' in found) throw new Error(found.unreadable);
  return found.events;
};

const DELIVERED = { date: '2026-11-12T09:21:40+01:00', eventType: 'DL' };
const LOADED = { date: '2026-11-12T07:02:00+01:00', eventType: 'OD' };

describe('a push of FedEx', () => {
  test('is an event for each scan of each package', () => {
    const events = read(
      { trackingNumber: '1', trackResults: [{ scanEvents: [DELIVERED, LOADED] }] },
      { trackingNumber: '2', trackResults: [{ scanEvents: [LOADED] }, { scanEvents: [DELIVERED] }] },
    );

    expect(events.map(({ key }) => key)).toEqual([
      '1:DL:2026-11-12T08:21:40Z',
      '1:OD:2026-11-12T06:02:00Z',
      '2:OD:2026-11-12T06:02:00Z',
      '2:DL:2026-11-12T08:21:40Z',
    ]);
    expect(events[0]).toMatchObject({ type: 'DL', entityId: '1', occurredAt: DELIVERED.date, eventId: null });
  });

  test('gives each event its own scan, and all that is said of its package, digit by digit', () => {
    const weight = '{"units":"KG","value":35.0}';
    const scan = JSON.stringify(DELIVERED);
    const result = `{"trackingNumber":"1","trackResults":[{"weight":${weight},"scanEvents":[${scan},{}]}]}`;
    const body = Buffer.from(`{"output":{"completeTrackResults":[${result}]}}`);

    const found = source.definition.read({ headers: {}, body, acceptedAt: 0 });

    const parts = 'events' in found ? found.events.map(({ part }) => part?.toString()) : [];
    expect(parts).toEqual([
      `{"trackingNumber":"1","weight":${weight},"scanEvents":[${scan}]}`,
      `{"trackingNumber":"1","weight":${weight},"scanEvents":[{}]}`,
    ]);
    expect(payloadOf(source.definition, Buffer.from(parts[0]!), 'application/json')).toMatchObject({
      trackingNumber: '1',
      scanEvents: [DELIVERED],
    });
  });

  test('loses no result that has no scan yet: its status is the type, and its bytes are the key', () => {
    const label = { latestStatusDetail: { code: 'OC' } };

    const [first, second, third] = read(
      { trackResults: [{ trackingNumberInfo: { trackingNumber: '3' }, ...label }] },
      { trackingNumber: '4', trackResults: [] },
      { trackingNumber: '5' },
    );

    expect(first).toMatchObject({ type: 'OC', entityId: '3', occurredAt: null });
    expect(second).toMatchObject({ type: 'untyped', entityId: '4' });
    expect(third?.key).toMatch(/^content:[0-9a-f]{64}$/);
    expect(new Set([first?.key, second?.key, third?.key]).size).toBe(3);
  });

  test('without its list is unreadable', () => {
    const body = Buffer.from('{"output":{}}');

    expect(() => source.definition.read({ headers: {}, body, acceptedAt: 0 })).toThrow();
  });
});
