import { describe, expect, test } from 'vitest';
import { readEvents } from '../../functions/core/read.ts';
import { hmac } from '../../functions/sources/common/signature.ts';
import { klaviyo } from '../../functions/sources/klaviyo.ts';
import { both, sourceSuite } from '../suites/source-suite.ts';

const source = klaviyo('klaviyo');

sourceSuite('klaviyo', {
  source,
  proofIn: { header: 'klaviyo-signature' },
  signedHeaders: ['klaviyo-timestamp'],
  current: both({ secret: 'VtKyc90OSQRCZxtceDzZUFrc' }),
  previous: both({ secret: 'sxDANp4OjkQCr7qro9i0Fzv5' }),
  empty: [{ secret: '' }],
  zero: { secret: '\0' },
});

describe('a request of Klaviyo', () => {
  const read = (body: string) =>
    readEvents(source.definition, { headers: {}, body: Buffer.from(body), contentEncoding: '', acceptedAt: 0 });

  test('holds several events, each with its own bytes', () => {
    const first = '{"external_id":"a:1","topic":"event:klaviyo.sent_sms","payload":{"value":35.0}}';
    const second =
      '{"external_id":"b:2","topic":"event:klaviyo.clicked_email","payload":{"data":{"attributes":{"datetime":"2026-11-12T10:29:40+01:00"},"relationships":{"profile":{"data":{"id":"01P"}}}}}}';

    expect(read(`{"data":[${first}, ${second}]}`)).toEqual({
      events: [
        {
          ...{ type: 'event:klaviyo.sent_sms', eventId: 'a:1', key: 'a:1', occurredAt: null, entityId: null },
          part: Buffer.from(first),
        },
        {
          ...{ type: 'event:klaviyo.clicked_email', eventId: 'b:2', key: 'b:2', entityId: '01P' },
          ...{ occurredAt: '2026-11-12T09:29:40Z', part: Buffer.from(second) },
        },
      ],
      items: 2,
    });
  });

  test('may hold none', () => {
    expect(read('{"data":[],"meta":{}}')).toEqual({ events: [], items: 0 });
  });

  test('is unreadable as a whole when one of its events has no id, or when it is no batch', () => {
    expect(read('{"data":[{"external_id":"a:1","topic":"t"},{"topic":"t"}]}')).toHaveProperty('unreadable');
    expect(read('{"events":[]}')).toHaveProperty('unreadable');
  });
});

test.each(['Thu, 04 Jan 2024 18:05:25 GMT', '2024-01-04T18:05:25+00:00', '1704391525'])(
  'takes the timestamp %s, which is no window',
  (timestamp) => {
    const signature = hmac('sha256', 'VtKyc90OSQRCZxtceDzZUFrc', '{"data":[]}', timestamp).toString('hex');
    const headers = { 'klaviyo-timestamp': timestamp, 'klaviyo-signature': signature };
    const request = { method: 'POST', rawQuery: '', headers, body: Buffer.from('{"data":[]}') };
    const context = { secrets: [{ secret: 'VtKyc90OSQRCZxtceDzZUFrc' }], publicUrl: '', fetchKey: async () => '' };

    expect(source.definition.verify(request, { ...context, now: Date.parse('2026-11-20T09:30:00Z') })).toBe('valid');
  },
);
