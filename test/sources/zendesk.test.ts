import { describe, expect, test } from 'vitest';
import { check } from '../../functions/core/standard-schema.ts';
import { zendesk } from '../../functions/sources/zendesk.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const source = zendesk('zendesk');
const { definition } = source;
const CONNECTION = { secret: 'gCsSpAj2kKCGyv1OUY4SkPUk8J3gMXkUrZEtxRlx4Aoo4Ps2BGOlcavB1UAt' };
const NOW = new Date('2026-11-20T09:30:00Z');

sourceSuite('zendesk', {
  source,
  proofIn: { header: 'x-zendesk-webhook-signature' },
  signedHeaders: ['x-zendesk-webhook-signature-timestamp'],
  current: both(CONNECTION),
  previous: both({ secret: 'VjxVetSX85a5T8BgBeI70JsuiR0UP5wuf2IM1Gll8xwmbbsuMjEthzsxIqnz' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

test('a connection with the public test secret is refused', async () => {
  const known = { secret: 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==' };

  expect(await check(definition.connection, known)).toHaveProperty('problems');
});

describe('what a Zendesk trigger sends', () => {
  const invocation = { 'x-zendesk-webhook-invocation-id': '01GSNPW1DT59PSTGVW1VRZF1EE' };
  const read = (body: string, headers = {}) =>
    definition.read({ headers, body: Buffer.from(body), acceptedAt: NOW.getTime() });

  test.each(['{"ticket_id":"1042"}', '{"id":"7","type":"ticket"}', '<ticket id="7"/>', 'id=7&type=zen', ''])(
    'is untyped whatever it is: %s',
    (body) => {
      expect(read(body, invocation)).toEqual({
        events: [
          {
            ...{ type: 'untyped', eventId: null, key: 'invocation:01GSNPW1DT59PSTGVW1VRZF1EE' },
            ...{ occurredAt: null, entityId: null },
          },
        ],
      });
    },
  );

  test('is told apart by its bytes where it has no invocation', () => {
    expect(read('<ticket id="7"/>')).toMatchObject({ events: [{ key: expect.stringMatching(/^content:/) }] });
  });

  test('is decoded as JSON, as a form, or left as XML', () => {
    expect(definition.payload?.(Buffer.from('{"id":7}'), 'application/json')).toEqual({ id: 7 });
    expect(definition.payload?.(Buffer.from('a=1&b=2'), 'application/x-www-form-urlencoded; charset=utf-8')).toEqual({
      ...{ a: '1', b: '2' },
    });
    expect(definition.payload?.(Buffer.from('<a/>'), 'application/xml')).toEqual({ xml: '<a/>' });
    expect(definition.payload?.(Buffer.alloc(0), '')).toEqual({});
  });
});

test('a GET without a body is an event', async () => {
  const door = openDoor(source, [CONNECTION], NOW);
  const fresh = { id: 'ada', number: 1, now: NOW };
  const { headers } = definition.sign({ type: 'untyped', body: '', fresh, url: 'https://hub.example' }, CONNECTION);

  const answer = await door.knock({ method: 'GET', rawQuery: '', headers, body: Buffer.alloc(0) });

  expect(answer.status).toBe(200);
  expect(door.accepted()).toMatchObject([{ type: 'untyped', key: 'invocation:01ADA' }]);
});

test('a signed timestamp without its zone is none, lest its end be taken from the body', () => {
  const fresh = { id: 'ada', number: 1, now: NOW };
  const { headers } = definition.sign({ type: 'untyped', body: '{}', fresh, url: 'https://hub.example' }, CONNECTION);
  const moved = { ...headers, 'x-zendesk-webhook-signature-timestamp': '2026-11-20T09:30:00' };
  const request = { method: 'POST', rawQuery: '', headers: moved, body: Buffer.from('Z{}') };

  expect(
    definition.verify(request, { secrets: [CONNECTION], publicUrl: '', now: NOW.getTime(), fetchKey: async () => '' }),
  ).toBe('malformed-header');
});
