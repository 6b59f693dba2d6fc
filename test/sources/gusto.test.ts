import { describe, expect, test } from 'vitest';
import { check } from '../../functions/core/standard-schema.ts';
import { gusto } from '../../functions/sources/gusto.ts';
import { both, fresh, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const source = gusto('gusto');
const TOKEN = 'b7a0c1d2-5e6f-4a3b-8c9d-0e1f2a3b4c5d';

sourceSuite('gusto', {
  source,
  proofIn: { header: 'x-gusto-signature' },
  current: both({ secret: TOKEN }),
  previous: both({ secret: '1c9e7f30-2d4b-4c86-9a15-f60b3e8d7a21' }),
  empty: [{ secret: '' }, { secret: '', awaitingVerification: true }, { awaitingVerification: false }],
  zero: { secret: '\0' },
});

describe('a verification', () => {
  const body = `{"verification_token":"${TOKEN}","webhook_subscription_uuid":"s-1"}`;
  const now = new Date('2026-11-20T09:30:00Z');
  const knock = (connections: unknown[], request: { headers?: Record<string, string>; body?: string } = {}) => {
    const door = openDoor(source, connections, now);
    const { headers = { 'content-type': 'application/json' }, body: text = body } = request;
    return { door, answer: door.knock({ method: 'POST', rawQuery: '', headers, body: Buffer.from(text) }) };
  };

  test.each<[string, unknown[]]>([
    ['without a secret yet', [{ awaitingVerification: true }]],
    ['beside a secret', [{ secret: TOKEN, awaitingVerification: true }]],
  ])('is taken while it is awaited %s, and becomes no event', async (_, connections) => {
    const { door, answer } = knock(connections);

    expect(await answer).toEqual({ status: 200 });
    expect(door.accepted()).toEqual([]);
  });

  test('is to be kept, since only its operator can use it', () => {
    const context = {
      secrets: [{ awaitingVerification: true }],
      publicUrl: '',
      now: 0,
      fetchKey: () => Promise.reject(),
    };
    const request = { method: 'POST', rawQuery: '', headers: {}, body: Buffer.from(body) };

    expect(source.definition.handshake?.(request, context)).toEqual({ status: 200, keep: true });
  });

  test.each<[string, unknown[]]>([
    ['when none is awaited', [{ secret: TOKEN }]],
    ['when that is said', [{ secret: TOKEN, awaitingVerification: false }]],
    ['when only a former connection awaited one', [{ secret: TOKEN }, { awaitingVerification: true }]],
  ])('is refused %s', async (_, connections) => {
    expect((await knock(connections).answer).status).toBe(401);
  });

  test.each([
    ['without a token', '{"verification_token":""}'],
    ['that is no JSON', 'verification_token=1'],
    ['that is null', 'null'],
    ['that is an event', '{"uuid":"e-1","event_type":"employee.updated"}'],
  ])('is no other unsigned body: one %s is refused', async (_, text) => {
    expect((await knock([{ awaitingVerification: true }], { body: text }).answer).status).toBe(401);
  });

  test('is none when it shows a signature', async () => {
    const { answer } = knock([{ awaitingVerification: true }], { headers: { 'x-gusto-signature': 'x' } });

    expect((await answer).status).toBe(401);
  });

  test('never lets in an event signed with an empty secret', async () => {
    const event = JSON.stringify(source.definition.types['payroll.paid']?.sample(fresh(1)));
    const sample = { type: 'payroll.paid', body: event, fresh: fresh(1), url: '' } as const;
    const { headers } = source.definition.sign(sample, { secret: '' });

    expect((await knock([{ awaitingVerification: true }], { headers, body: event }).answer).status).toBe(401);
    expect(await check(source.definition.connection, { awaitingVerification: true })).toHaveProperty('value');
  });
});

describe('a Gusto event', () => {
  const read = (body: object) =>
    source.definition.read({ headers: {}, body: Buffer.from(JSON.stringify(body)), acceptedAt: 0 });

  test('happened at its second, to its entity', () => {
    const body = { uuid: 'e-1', event_type: 'payroll.paid', entity_uuid: 'p-1', timestamp: 1_795_167_000 };

    expect(read(body)).toEqual({
      events: [
        { type: 'payroll.paid', eventId: 'e-1', key: 'e-1', occurredAt: '2026-11-20T09:30:00Z', entityId: 'p-1' },
      ],
    });
  });

  test('without uuid is told apart by type, entity and second', () => {
    expect(read({ event_type: 'payroll.paid', entity_uuid: 'p-1', timestamp: 1_795_167_000 })).toMatchObject({
      events: [{ eventId: null, key: 'payroll.paid:p-1:1795167000' }],
    });
  });

  test('without any of these is unreadable', () => {
    expect(read({ event_type: 'payroll.paid', entity_uuid: 'p-1' })).toHaveProperty('unreadable');
  });

  test('with a timestamp that is none has no time', () => {
    expect(read({ uuid: 'e-1', event_type: 'payroll.paid', timestamp: 'soon' })).toMatchObject({
      events: [{ occurredAt: null, entityId: null }],
    });
  });
});
