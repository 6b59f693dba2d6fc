import { describe, expect, test } from 'vitest';
import { ups } from '../../functions/sources/ups.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';

const source = ups('ups');

sourceSuite('ups', {
  source,
  proofIn: { header: 'credential' },
  current: both({ credential: 'x5o1BEXnZEiXraVVHST5pIQAaGWirZtS' }),
  previous: both({ credential: 'eE2c9WUDvsavw8dG6yHy82YvqnqTFdxF' }),
  empty: [{ credential: '' }],
  zero: { credential: '' },
});

describe('an activity of UPS', () => {
  const read = (body: object) =>
    source.definition.read({ headers: {}, body: Buffer.from(JSON.stringify(body)), acceptedAt: 0 });
  const activity = {
    trackingNumber: '1Z1AET0VY8JU8CAWKY',
    activityStatus: { type: 'I', code: 'OT' },
    localActivityDate: '20261112',
    localActivityTime: '091519',
    gmtActivityDate: '20261112',
    gmtActivityTime: '141519',
  };

  test('is told by its package, its status and its time, not the local one', () => {
    expect(read(activity)).toEqual({
      events: [
        {
          type: 'I.OT',
          eventId: null,
          key: '1Z1AET0VY8JU8CAWKY:I.OT:2026-11-12T14:15:19Z',
          occurredAt: '2026-11-12T14:15:19Z',
          entityId: '1Z1AET0VY8JU8CAWKY',
        },
      ],
    });
  });

  test.each([
    ['no time', { gmtActivityTime: undefined }, { type: 'I.OT', occurredAt: null }],
    ['a time of another kind', { gmtActivityTime: '14:15' }, { type: 'I.OT', occurredAt: null }],
    ['no code', { activityStatus: { type: 'D' } }, { type: 'D', occurredAt: '2026-11-12T14:15:19Z' }],
    ['no status', { activityStatus: null }, { type: 'untyped' }],
    ['no package', { trackingNumber: '' }, { type: 'I.OT', entityId: null }],
  ])('with %s is still taken', (_, change, expected) => {
    const found = read({ ...activity, ...change });

    expect(found).toMatchObject({ events: [{ ...expected, key: expect.stringMatching(/./) }] });
  });

  test('without all that tells it apart has its bytes as key', () => {
    expect(read({ ...activity, gmtActivityDate: '' })).toMatchObject({
      events: [{ key: expect.stringMatching(/^content:[0-9a-f]{64}$/) }],
    });
  });
});
