import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEvents } from '../../functions/core/read.ts';
import { payloadOf, type SourceRequest } from '../../functions/core/source.ts';
import { hmac } from '../../functions/sources/common/signature.ts';
import { twilio } from '../../functions/sources/twilio.ts';
import { both, fresh, sourceSuite } from '../suites/source-suite.ts';
import { openDoor } from './door.ts';

const source = twilio('twilio');
const { definition } = source;
const CONNECTION = { secret: '6d68947a290389edc91eb0928baae169' };
const NOW = new Date('2026-11-20T09:30:00Z');
const URL_THERE = 'https://hub.example/v1/webhooks/twilio';

sourceSuite('twilio', {
  source,
  proofIn: { header: 'x-twilio-signature' },
  signsUrl: true,
  current: both(CONNECTION),
  previous: both({ secret: 'ef1fb545ebd256e295fa8c3e6c7910ef' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

const signatureOf = (content: string) => hmac('sha1', CONNECTION.secret, content).toString('base64');
const requestOf = (signed: string, request: { method?: string; rawQuery?: string; body?: string }): SourceRequest => ({
  ...{ method: 'POST', rawQuery: '', headers: { 'x-twilio-signature': signatureOf(signed) } },
  ...request,
  body: Buffer.from(request.body ?? ''),
});
const verify = (request: SourceRequest, publicUrl = URL_THERE) =>
  definition.verify(request, {
    ...{ secrets: [CONNECTION], publicUrl, now: NOW.getTime(), fetchKey: async () => '' },
  });
const read = (body: string) =>
  readEvents(definition, { headers: {}, body: Buffer.from(body), contentEncoding: '', acceptedAt: NOW.getTime() });

describe('a form of Twilio’s', () => {
  test('is signed by its decoded fields, sorted by code unit, empty ones too', () => {
    const body = 'b=2&B=Gr%C3%BC%C3%9Fe+%26&_x=1&a=';

    expect(verify(requestOf(`${URL_THERE}BGrüße &_x1ab2`, { body }))).toBe('valid');
    expect(verify(requestOf(`${URL_THERE}BGrüße &_x1ab2`, { body: body.replace('+', '%20') }))).toBe('valid');
    expect(verify(requestOf(`${URL_THERE}_x1ab2BGrüße &`, { body }))).toBe('bad-signature');
  });

  test('is signed by each value of a name once, in their order', () => {
    expect(verify(requestOf(`${URL_THERE}a1a2b0`, { body: 'a=2&b=0&a=1&a=2' }))).toBe('valid');
  });

  test('must be spelt as a form, because nothing separates what is signed', () => {
    expect(verify(requestOf(`${URL_THERE}abcd`, { body: 'a=b&c=d' }))).toBe('valid');

    for (const body of ['a&b&c=d', 'a=b&c=d&', '&a=b&c=d', '=abcd', 'a=b&c=d&e', '{"abcd":""}', 'abcd']) {
      expect(verify(requestOf(`${URL_THERE}abcd`, { body })), body).toBe('bad-signature');
    }
    expect(verify(requestOf(`${URL_THERE}ab c`, { body: 'a=b c' }))).toBe('bad-signature');
  });

  test('may lose or gain no byte that changes a field', () => {
    const sample = definition.encode?.(definition.types.incoming_message?.sample(fresh(1))) ?? '';
    const { headers } = definition.sign(
      { type: 'incoming_message', body: sample, fresh: fresh(1), url: URL_THERE },
      CONNECTION,
    );
    const fields = (body: Buffer) => JSON.stringify([...new URLSearchParams(body.toString())].sort());

    fc.assert(
      fc.property(fc.nat(sample.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
        const body = Buffer.from(sample);
        body[at]! ^= difference;
        const isValid = verify({ method: 'POST', rawQuery: '', headers, body }) === 'valid';
        expect(isValid && fields(body) !== fields(Buffer.from(sample))).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the URL of Twilio', () => {
  const body = 'a=b';

  test('may be signed with or without its port', () => {
    const host = 'https://hub.example';

    expect(verify(requestOf(`${host}/aab`, { body }), `${host}:443/a`)).toBe('valid');
    expect(verify(requestOf(`${host}:8443/aab`, { body }), `${host}:8443/a`)).toBe('valid');
    expect(verify(requestOf(`${host}:443/aab`, { body }), `${host}/a`)).toBe('valid');
    expect(verify(requestOf(`${host}:80/aab`, { body }), `${host}/a`)).toBe('bad-signature');
    expect(verify(requestOf('http://hub.example:80/aab', { body }), 'http://hub.example/a')).toBe('valid');
  });

  test('carries the hash of a JSON body, once', () => {
    const hash = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
    const hashed = (rawQuery: string, body = '{}') => verify(requestOf(`${URL_THERE}?${rawQuery}`, { rawQuery, body }));

    expect(hashed(`bodySHA256=${hash}`)).toBe('valid');
    expect(hashed(`foo=1&bodySHA256=${hash}`)).toBe('valid');
    expect(hashed(`bodySHA256=${hash}`, '{ }')).toBe('bad-signature');
    expect(hashed(`bodySHA256=${hash}&bodySHA256=${hash}`)).toBe('bad-signature');
    expect(hashed('foo=1')).toBe('bad-signature');
  });

  test('is all that a GET signs, so its query is the event, and it has no body', async () => {
    const rawQuery = 'MessageSid=SM1&MessageStatus=sent&To=%2B44';
    const request = requestOf(`${URL_THERE}?${rawQuery}`, { method: 'GET', rawQuery });
    const door = openDoor(source, [CONNECTION], NOW, { publicUrl: URL_THERE });

    const answer = await door.knock(request);

    expect(answer.status).toBe(200);
    const [envelope] = door.accepted();
    expect(envelope).toMatchObject({ type: 'message_status:sent', key: 'SM1:sent', entityId: 'SM1' });
    expect(payloadOf(definition, Buffer.from(envelope?.body ?? '', 'base64'), '')).toMatchObject({ To: '+44' });
    expect(verify({ ...request, body: Buffer.from('MessageSid=SM2') })).toBe('bad-signature');
  });
});

describe('a callback of Twilio', () => {
  test.each([
    ['MessageSid=SM1&Body=Hi', 'incoming_message', 'SM1', 'SM1'],
    ['MessageSid=SM1&SmsStatus=received', 'incoming_message', 'SM1', 'SM1'],
    ['SmsSid=SM1&MessageStatus=read', 'message_status:read', 'SM1:read', 'SM1'],
    ['CallSid=CA1', 'call', 'CA1', 'CA1'],
    ['CallSid=CA1&CallStatus=completed&SequenceNumber=3', 'call:completed', 'CA1:completed:3', 'CA1'],
  ])('of %s is %s', (body, type, key, entityId) => {
    expect(read(body)).toMatchObject({ events: [{ type, key, entityId, eventId: entityId, occurredAt: null }] });
  });

  test('has a time and a sequence where it says them', () => {
    const body = 'CallSid=CA1&CallStatus=completed&SequenceNumber=3&Timestamp=Thu%2C+12+Nov+2026+09%3A29%3A56+%2B0000';

    expect(read(body)).toMatchObject({ events: [{ occurredAt: '2026-11-12T09:29:56Z', sequence: '3' }] });
  });

  test('about nothing that we know is untyped', () => {
    expect(read('FaxSid=FX1')).toMatchObject({
      events: [{ type: 'untyped', eventId: null, key: expect.stringMatching(/^content:/), entityId: null }],
    });
  });
});

describe('Event Streams', () => {
  test('may come one by one or as a list', () => {
    const event =
      '{"id":"EZ1","type":"com.twilio.voice.completed","time":"2026-11-12T09:29:56Z","data":{"callSid":"CA1"}}';
    const expected = {
      type: 'com.twilio.voice.completed',
      key: 'EZ1',
      occurredAt: '2026-11-12T09:29:56Z',
      entityId: null,
    };

    expect(read(event)).toMatchObject({ events: [expected] });
    expect(read(`[${event}]`)).toMatchObject({ events: [{ ...expected, part: Buffer.from(event) }], items: 1 });
    expect(read('[{}]')).toHaveProperty('unreadable');
  });
});
