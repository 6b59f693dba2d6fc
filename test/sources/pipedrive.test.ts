import { describe, expect, test } from 'vitest';
import { pipedrive } from '../../functions/sources/pipedrive.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const CONNECTION = { username: 'syncline', password: 'Zoë: 5 € & 50 ¢' };
const source = pipedrive('pipedrive');

sourceSuite('pipedrive', {
  source,
  proofIn: { header: 'authorization' },
  meaningOf: (header) => header.replace(/^basic /i, 'Basic '),
  current: both(CONNECTION),
  previous: both({ username: 'syncline', password: 'former' }),
  empty: [{ username: 'syncline', password: '' }],
  zero: { username: 'syncline', password: '' },
});

describe('Basic credentials', () => {
  const basic = Buffer.from(`${CONNECTION.username}:${CONNECTION.password}`).toString('base64');
  const knock = (authorization: string) => {
    const door = openDoor(source, [CONNECTION], new Date('2026-11-20T09:30:00Z'));
    return door.knock({ method: 'POST', rawQuery: '', headers: { authorization }, body: Buffer.from('{}') });
  };

  test.each(['Basic', 'basic', 'BASIC', 'bAsIc'])('may be named %s', async (name) => {
    expect((await knock(`${name} ${basic}`)).status).toBe(200);
  });

  test.each([
    ['of another scheme', `Bearer ${basic}`],
    ['without a scheme', basic],
    ['behind two blanks', `Basic  ${basic}`],
    ['that are empty', 'Basic '],
    ['that are no base64', 'Basic !!!'],
    ['without a colon', `Basic ${Buffer.from('syncline').toString('base64')}`],
    ['in another case', `Basic ${Buffer.from(`SYNCLINE:${CONNECTION.password}`).toString('base64')}`],
  ])('%s are refused', async (_, authorization) => {
    expect((await knock(authorization)).status).toBe(401);
  });
});

describe('a Pipedrive event', () => {
  const read = (body: object) =>
    source.definition.read({ headers: {}, body: Buffer.from(JSON.stringify(body)), acceptedAt: 0 });
  const meta = {
    ...{ action: 'change', entity: 'deal', entity_id: '41', id: 'e-1', correlation_id: 'c-1' },
    timestamp: '2026-11-20T09:30:00.121Z',
  };

  test('has its own id, name, record and time', () => {
    expect(read({ meta })).toEqual({
      events: [
        { type: 'change.deal', eventId: 'e-1', key: 'e-1', occurredAt: '2026-11-20T09:30:00.121Z', entityId: '41' },
      ],
    });
  });

  test('without an id is told apart by what caused it and its record', () => {
    expect(read({ meta: { ...meta, id: undefined } })).toMatchObject({
      events: [{ eventId: null, key: 'c-1:deal:41' }],
    });
  });

  test('of version 1 is unreadable, for its id is the record’s', () => {
    const version1 = {
      v: 1,
      event: 'updated.deal',
      meta: { v: 1, action: 'updated', object: 'deal', id: 41, timestamp: 1 },
    };

    expect(read(version1)).toHaveProperty('unreadable');
  });
});
