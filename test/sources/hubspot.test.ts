import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readEvents } from '../../functions/core/read.ts';
import { hubspot } from '../../functions/sources/hubspot.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const source = hubspot('hubspot');
const { definition } = source;
const CONNECTION = { secret: '5c912c82-c817-4290-a51b-9405e2ec6e14' };
const NOW = new Date('2026-11-20T09:30:00Z');
const URL_THERE = 'https://hub.example/v1/webhooks/hubspot';

sourceSuite('hubspot', {
  source,
  proofIn: { header: 'x-hubspot-signature-v3' },
  signedHeaders: ['x-hubspot-request-timestamp'],
  signsUrl: true,
  current: both(CONNECTION),
  previous: both({ secret: '315e84a2-bba6-40c9-ac04-b034493e3a9d' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

const context = { secrets: [CONNECTION], publicUrl: URL_THERE, now: NOW.getTime(), fetchKey: async () => '' };
const verify = async (request: object, more = {}) =>
  definition.verify(
    { method: 'POST', rawQuery: '', headers: {}, body: Buffer.from('[]'), ...request },
    { ...context, ...more },
  );
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const older = (version: string, signature: string) => ({
  'x-hubspot-signature-version': version,
  'x-hubspot-signature': signature,
});
const newest = (url = URL_THERE) =>
  definition.sign({ type: 'untyped', body: '[]', fresh: { id: 'ada', number: 1, now: NOW }, url }, CONNECTION).headers;

describe('HubSpot’s signature v3', () => {
  test('holds for 300 000 ms and no longer, and ahead of time', async () => {
    expect(await verify({ headers: newest() }, { now: NOW.getTime() + 300_000 })).toBe('valid');
    expect(await verify({ headers: newest() }, { now: NOW.getTime() + 300_001 })).toBe('stale');
    expect(await verify({ headers: newest() }, { now: NOW.getTime() - 86_400_000 })).toBe('valid');
  });

  test('is over the URL with twelve escapes decoded, and no others', async () => {
    const headers = newest(`${URL_THERE}?at=a@b&path=/x;y&label=caf%C3%A9%20noir%26%3D%25&flag=!(z)*`);
    const rawQuery = 'at=a%40b&path=%2Fx%3by&label=caf%C3%A9%20noir%26%3D%25&flag=%21%28z%29%2A';

    expect(await verify({ headers, rawQuery })).toBe('valid');
    expect(await verify({ headers, rawQuery: rawQuery.replace('%20', '+') })).toBe('bad-signature');
  });

  test('decides alone where its header is, however right an older one is', async () => {
    const right = older('v1', sha256(`${CONNECTION.secret}[]`));

    expect(await verify({ headers: right })).toBe('valid');
    expect(await verify({ headers: { ...newest(), ...older('v1', 'wrong') } })).toBe('valid');
    expect(await verify({ headers: { ...newest(), ...right, 'x-hubspot-signature-v3': '' } })).toBe('bad-signature');
  });
});

describe('HubSpot’s older signatures', () => {
  const v2 = sha256(`${CONNECTION.secret}POST${URL_THERE}?step=2[]`);

  test('are over what their version says', async () => {
    expect(await verify({ headers: older('v2', v2), rawQuery: 'step=2' })).toBe('valid');
    expect(await verify({ headers: older('v2', v2), rawQuery: 'step=3' })).toBe('bad-signature');
    expect(await verify({ headers: older('v2', v2), rawQuery: 'step=2', method: 'GET' })).toBe('bad-signature');
    expect(await verify({ headers: older('v1', v2), rawQuery: 'step=2' })).toBe('bad-signature');
  });

  test('are malformed under another version or twice, and missing without one', async () => {
    expect(await verify({ headers: older('v9', v2), rawQuery: 'step=2' })).toBe('malformed-header');
    expect(await verify({ headers: { ...older('v2', v2), 'x-hubspot-signature': [v2, v2] } })).toBe('malformed-header');
    expect(await verify({ headers: { 'x-hubspot-signature': v2 } })).toBe('missing-header');
    expect(await verify({ headers: { 'x-hubspot-signature-version': 'v2' } })).toBe('missing-header');
  });

  test('of v1 prove nothing of a GET, with a body or without', async () => {
    for (const body of ['', '[]']) {
      const headers = older('v1', sha256(`${CONNECTION.secret}${body}`));
      const request = { headers, method: 'GET', rawQuery: 'forged=1', body: Buffer.from(body) };

      expect(await verify(request)).toBe('bad-signature');
    }
  });

  test('are refused where the secret is empty', async () => {
    expect(await verify({ headers: older('v1', sha256('[]')) }, { secrets: [{ secret: '' }] })).toBe('bad-signature');
  });
});

describe('a workflow that calls by GET', () => {
  test('says its query, which is signed', async () => {
    const door = openDoor(source, [CONNECTION], NOW, { publicUrl: URL_THERE });
    const headers = older('v2', sha256(`${CONNECTION.secret}GET${URL_THERE}?email=ada%40example.com`));

    const rawQuery = 'email=ada%40example.com';

    const answer = await door.knock({ method: 'GET', rawQuery, headers, body: Buffer.alloc(0) });

    expect(answer.status).toBe(200);
    const [envelope] = door.accepted();
    expect(envelope).toMatchObject({ type: 'untyped', key: expect.stringMatching(/^content:/) });
    expect(JSON.parse(Buffer.from(envelope?.body ?? '', 'base64').toString())).toEqual({ email: 'ada@example.com' });
  });
});

describe('a list of HubSpot’s', () => {
  const read = (body: string) =>
    readEvents(definition, { headers: {}, body: Buffer.from(body), contentEncoding: '', acceptedAt: NOW.getTime() });
  const keys = (body: string) => {
    const result = read(body);
    return 'events' in result ? result.events.map(({ key }) => key) : [];
  };
  const change = (more: object) => ({
    ...{ eventId: 100, subscriptionId: 2, portalId: 3, occurredAt: 1_794_475_780_418, objectId: 5 },
    ...{ subscriptionType: 'contact.propertyChange', attemptNumber: 0, propertyName: 'city', propertyValue: 'London' },
    ...more,
  });

  test('is an event for each of its items', () => {
    const body = JSON.stringify([change({}), change({ objectId: 6 })]);

    expect(read(body)).toMatchObject({
      events: [
        {
          ...{ type: 'contact.propertyChange', eventId: '100', key: '3:2:100:5:::1794475780418:city', entityId: '5' },
          ...{ occurredAt: '2026-11-12T09:29:40.418Z', part: Buffer.from(JSON.stringify(change({}))) },
        },
        { key: '3:2:100:6:::1794475780418:city', entityId: '6' },
      ],
      items: 2,
    });
    expect(read('[]')).toEqual({ events: [], items: 0 });
  });

  test('keeps its keys over retries, and tells apart what shares an event id', () => {
    const [first] = keys(JSON.stringify([change({})]));

    expect(keys(JSON.stringify([change({ attemptNumber: 3 })]))).toEqual([first]);
    expect(keys(JSON.stringify([change({ propertyName: 'zip' })]))).not.toEqual([first]);
    expect(keys(JSON.stringify([change({ occurredAt: 1_794_475_780_419 })]))).not.toEqual([first]);
  });

  test('keeps ids of more digits than a number of JavaScript has', () => {
    expect(read('[{"eventId":90071992547409931,"subscriptionType":"t","objectId":90071992547409933}]')).toMatchObject({
      events: [{ eventId: '90071992547409931', entityId: '90071992547409933' }],
    });
  });

  test('may have associations, which are about where they begin', () => {
    const association = { subscriptionType: 'contact.associationChange', fromObjectId: 8, toObjectId: 9 };

    expect(read(JSON.stringify([{ eventId: 1, ...association }]))).toMatchObject({ events: [{ entityId: '8' }] });
  });

  test('is readable where its items lack something, but not where they are none', () => {
    expect(read('[{"objectId":5,"occurredAt":"soon"}]')).toMatchObject({
      events: [
        { type: 'untyped', eventId: null, key: expect.stringMatching(/^content:/), occurredAt: null, entityId: '5' },
      ],
    });
    expect(read('[7]')).toHaveProperty('unreadable');
  });
});
