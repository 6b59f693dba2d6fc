import { describe, expect, test } from 'vitest';
import { slack } from '../../functions/sources/slack.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const source = slack('slack');
const { definition } = source;
const CONNECTION = { secret: '36df865ce05383417bc95ef273ec69d6' };
const NOW = new Date('2026-11-20T09:30:00Z');

sourceSuite('slack', {
  source,
  proofIn: { header: 'x-slack-signature' },
  signedHeaders: ['x-slack-request-timestamp'],
  current: both(CONNECTION),
  previous: both({ secret: '0e3afacb665b3cde3ce5925196b81b8f' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

const signed = (body: string) => {
  const fresh = { id: 'ada', number: 1, now: NOW };
  const { headers } = definition.sign({ type: 'message', body, fresh, url: 'https://hub.example' }, CONNECTION);
  return { method: 'POST', rawQuery: '', headers, body: Buffer.from(body) };
};
const verifyAt = (now: number) =>
  definition.verify(signed('{}'), { secrets: [CONNECTION], publicUrl: '', now, fetchKey: async () => '' });
const read = (body: string) => definition.read({ headers: {}, body: Buffer.from(body), acceptedAt: NOW.getTime() });

describe('Slack’s window', () => {
  test('is 300 whole seconds, and only behind', () => {
    expect(verifyAt(NOW.getTime() + 300_999)).toBe('valid');
    expect(verifyAt(NOW.getTime() + 301_000)).toBe('stale');
    expect(verifyAt(NOW.getTime() - 86_400_000)).toBe('valid');
  });
});

describe('Slack’s challenge', () => {
  const body = '{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}';

  test('is answered when it is signed, and is no event', async () => {
    const door = openDoor(source, [CONNECTION], NOW);

    const answer = await door.knock(signed(body));

    expect(answer).toEqual({
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
    });
    expect(door.accepted()).toEqual([]);
  });

  test('is not answered when it is not', async () => {
    const door = openDoor(source, [{ secret: 'another' }], NOW);

    expect((await door.knock(signed(body))).status).toBe(401);
  });
});

describe('a Slack event', () => {
  test('is of its inner type, about its channel or else its user', () => {
    const about = (event: object) => read(JSON.stringify({ type: 'event_callback', event_id: 'Ev1', event }));

    expect(about({ type: 'message', channel: 'C1', user: 'U1' })).toMatchObject({
      events: [{ type: 'message', entityId: 'C1', key: 'Ev1' }],
    });
    expect(about({ type: 'channel_created', channel: { id: 'C2' } })).toMatchObject({ events: [{ entityId: 'C2' }] });
    expect(about({ type: 'team_join', user: { id: 'U2' } })).toMatchObject({ events: [{ entityId: 'U2' }] });
  });

  test('without an inner one is of its own type, and told apart by its bytes', () => {
    expect(read('{"type":"app_rate_limited","team_id":"T1","minute_rate_limited":1518467820}')).toMatchObject({
      events: [{ type: 'app_rate_limited', eventId: null, key: expect.stringMatching(/^content:/), occurredAt: null }],
    });
  });

  test('may be a command, in a form', () => {
    const form =
      'command=%2Fsync&text=order+1042+f%C3%BCr&channel_id=C1&user_id=U1&trigger_id=13345224609.738474920.80';

    expect(read(form)).toMatchObject({
      events: [{ type: '/sync', eventId: null, key: 'trigger:13345224609.738474920.80', entityId: 'C1' }],
    });
    expect(definition.payload?.(Buffer.from(form), '')).toMatchObject({ command: '/sync', text: 'order 1042 für' });
  });

  test('may be an interaction, in a form’s payload', () => {
    const form = `payload=${encodeURIComponent('{"type":"view_submission","user":{"id":"U1"},"trigger_id":"1.2.3"}')}`;

    expect(read(form)).toMatchObject({ events: [{ type: 'view_submission', key: 'trigger:1.2.3', entityId: 'U1' }] });
    expect(definition.payload?.(Buffer.from(form), '')).toMatchObject({ type: 'view_submission' });
  });

  test('is unreadable when a form’s payload is no object', () => {
    expect(() => read('payload=7')).toThrow('not an object');
  });
});
