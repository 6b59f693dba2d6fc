import { describe, expect, test } from 'vitest';
import { square } from '../../functions/sources/square.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';

const source = square('square');

sourceSuite('square', {
  source,
  proofIn: { header: 'x-square-hmacsha256-signature' },
  signsUrl: true,
  current: both({ secret: '7FgHIoska0qFDqg6t9B9JC' }),
  previous: both({ secret: 'vQk7uLmKPF5Y4dKns1On8J' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

describe('a Square event', () => {
  const read = (body: string) => source.definition.read({ headers: {}, body: Buffer.from(body), acceptedAt: 0 });

  test('has its object’s version as a sequence, digit by digit', () => {
    const object = '{"type":"order_updated","id":"O1","object":{"order_updated":{"version":90071992547409931}}}';

    expect(
      read(`{"type":"order.updated","event_id":"e-1","created_at":"2026-11-12T10:29:30+01:00","data":${object}}`),
    ).toEqual({
      events: [
        {
          ...{ type: 'order.updated', eventId: 'e-1', key: 'e-1', entityId: 'O1' },
          ...{ occurredAt: '2026-11-12T09:29:30Z', sequence: '90071992547409931' },
        },
      ],
    });
  });

  test('has no sequence where its object has no version', () => {
    const { events } = read('{"type":"location.created","event_id":"e-2","data":{"type":"location","id":"L1"}}') as {
      events: object[];
    };

    expect(events[0]).not.toHaveProperty('sequence');
  });

  test('without an id is unreadable', () => {
    expect(() => read('{"type":"payment.updated"}')).toThrow('there is no event_id');
  });
});

test('the connection may name the URL that is registered at Square', async () => {
  const connection = { secret: '7FgHIoska0qFDqg6t9B9JC', publicUrl: 'https://hooks.lovelace.example/square' };
  const fresh = { id: 'ada', number: 1, now: new Date('2026-11-20T09:30:00Z') };
  const url = 'https://hub.example/v1/webhooks/square';
  const { headers } = source.definition.sign({ type: 'payment.created', body: '{}', fresh, url }, connection);
  const request = { method: 'POST', rawQuery: '', headers, body: Buffer.from('{}') };
  const context = { publicUrl: url, now: fresh.now.getTime(), fetchKey: async () => '' };

  expect(await source.definition.verify(request, { ...context, secrets: [connection] })).toBe('valid');
  expect(await source.definition.verify(request, { ...context, secrets: [{ secret: connection.secret }] })).toBe(
    'bad-signature',
  );
});
