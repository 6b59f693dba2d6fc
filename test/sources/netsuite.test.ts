import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { netsuite } from '../../functions/sources/netsuite.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';

const source = netsuite('netsuite');

sourceSuite('netsuite', {
  source,
  proofIn: { header: 'x-netsuite-signature' },
  signedHeaders: ['x-netsuite-timestamp'],
  current: both({ secret: 'mnhMO4zsypz1cSvk74PmewHoyWNd7EoBkSaeCJv2' }),
  previous: both({ secret: '1Ww4YlmXHcKxLO4RtJfccg6CnOrEmH7csx6Qjiqy' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

describe('a NetSuite event', () => {
  const read = (body: string) => source.definition.read({ headers: {}, body: Buffer.from(body), acceptedAt: 0 });

  test('is what our own script says', () => {
    const body =
      '{"eventId":"ac64160f","type":"salesorder.create","internalId":"10442","occurredAt":"2026-11-12T09:29:51Z","entityId":"C-7"}';

    expect(read(body)).toEqual({
      events: [
        {
          ...{ type: 'salesorder.create', eventId: 'ac64160f', key: 'ac64160f', entityId: '10442' },
          occurredAt: '2026-11-12T09:29:51Z',
        },
      ],
    });
  });

  test('without an id is unreadable, and so its types are more than hints', () => {
    expect(read('{"type":"salesorder.create"}')).toEqual({ unreadable: 'there is no id at eventId' });
    expect(source.definition.types['salesorder.create']).toMatchObject({ shape: 'state' });
    expect(source.definition.types['salesorder.create']).not.toHaveProperty('identity');
  });

  test.each([
    ['300 seconds behind', 300, 'valid'],
    ['301 seconds behind', 301, 'stale'],
    ['300 seconds ahead', -300, 'valid'],
    ['301 seconds ahead', -301, 'stale'],
  ])('signed %s is judged by the second', async (_, age, verdict) => {
    const body = Buffer.from('{}');
    const signature = createHmac('sha256', 'key').update('1795167000.{}').digest('base64');
    const headers = { 'x-netsuite-timestamp': '1795167000', 'x-netsuite-signature': signature };
    const context = { secrets: [{ secret: 'key' }], publicUrl: '', fetchKey: async () => '' };

    const now = (1_795_167_000 + age) * 1_000;
    expect(await source.definition.verify({ method: 'POST', rawQuery: '', headers, body }, { ...context, now })).toBe(
      verdict,
    );
  });
});

test('the options of NetSuite are its event types alone', () => {
  const types = { 'vendor.edit': { shape: 'hint', sample: () => ({}) } } as const;

  expect(Object.keys(netsuite('erp', { types }).definition.types)).toEqual(['vendor.edit']);
  expect(() => netsuite('erp', { encoding: 'hex' } as object)).toThrow(
    "[syncline] [netsuite] there is no option 'encoding': options are types",
  );
});
