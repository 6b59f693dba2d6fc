import { describe, expect, test } from 'vitest';
import { xero } from '../../functions/sources/xero.ts';
import { both, fresh, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const KEY = 'hN2vWqk1Xr0bE7yTz5cLmA3dJ9fGpS6uQ8iKoR4eVwYxHtMnBaCjDlFgZsPqUrTv0123456789abcdefghijKA==';
const source = xero('xero');

sourceSuite('xero', {
  source,
  proofIn: { header: 'x-xero-signature' },
  current: both({ secret: KEY }),
  previous: both({ secret: KEY.replace('hN2v', 'Xy7z') }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

describe('an intent to receive', () => {
  const INTENT = '{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "S0MEENTROPY"}';
  const knock = (signedBy: string) => {
    const door = openDoor(source, [{ secret: KEY }], new Date('2026-11-20T09:30:00Z'));
    const sample = { type: 'CONTACT.UPDATE', body: INTENT, fresh: fresh(1), url: '' } as const;
    const { headers } = source.definition.sign(sample, { secret: signedBy });
    return { door, answer: door.knock({ method: 'POST', rawQuery: '', headers, body: Buffer.from(INTENT) }) };
  };

  test('is answered 200 with an empty body when it is signed well, and becomes no event', async () => {
    const { door, answer } = knock(KEY);

    expect(await answer).toEqual({ status: 200 });
    expect(door.accepted()).toEqual([]);
  });

  test('is answered 401 with an empty body when it is signed badly', async () => {
    expect(await knock('another key').answer).toEqual({ status: 401 });
  });
});

describe('a Xero request', () => {
  const event = {
    resourceId: 'r-1',
    eventDateUtc: '2026-11-20T09:30:00.437',
    eventType: 'UPDATE',
    eventCategory: 'CONTACT',
    tenantId: 't-1',
  };
  const read = (body: string) => source.definition.read({ headers: {}, body: Buffer.from(body), acceptedAt: 0 });

  test('numbers its events from the first on, in UTC', () => {
    const events = [event, { ...event, resourceId: 'r-2', tenantId: 't-2', eventType: 'CREATE' }];

    expect(read(JSON.stringify({ events, firstEventSequence: 41, lastEventSequence: 42 }))).toMatchObject({
      items: 2,
      events: [
        {
          eventId: 't-1:41',
          key: 't-1:41',
          type: 'CONTACT.UPDATE',
          occurredAt: '2026-11-20T09:30:00.437Z',
          entityId: 'r-1',
        },
        { eventId: 't-2:42', key: 't-2:42', type: 'CONTACT.CREATE', entityId: 'r-2' },
      ],
    });
  });

  test('numbers them exactly, however large the number', () => {
    const events = JSON.stringify([event, event]);

    expect(read(`{"events":${events},"firstEventSequence":9007199254740993}`)).toMatchObject({
      events: [{ key: 't-1:9007199254740993' }, { key: 't-1:9007199254740994' }],
    });
  });

  test('without a number is told apart by record, type and time', () => {
    expect(read(JSON.stringify({ events: [event] }))).toMatchObject({
      events: [{ eventId: null, key: 'r-1:CONTACT.UPDATE:2026-11-20T09:30:00.437Z' }],
    });
  });

  test('may hold no event', () => {
    expect(read('{"events":null,"firstEventSequence":0}')).toEqual({ events: [], items: 0 });
  });

  test('without its list of events is unreadable', () => {
    expect(() => read('{"firstEventSequence":1}')).toThrow('there is no list at events');
  });
});
