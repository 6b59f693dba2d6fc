import { describe, expect, test } from 'vitest';
import { amazonSpApi } from '../../functions/sources/amazon-sp-api.ts';
import { both, fresh, sourceSuite } from '../suites/source-suite.ts';

const source = amazonSpApi('amazon-sp-api');
const { definition } = source;
const applicationId = 'amzn1.sellerapps.app.21068f09-aea5-456a-a24c-9b10c896fa2d';

const parsed = (body: string) => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

sourceSuite('amazon-sp-api', {
  source,
  proofIn: {
    read: (body) => JSON.parse(body).NotificationMetadata.ApplicationId,
    write(body, values) {
      const json = parsed(body);
      const { NotificationMetadata } = Object(json);
      if (typeof NotificationMetadata !== 'object') return body;
      const ApplicationId = values.length > 1 ? values : values[0];
      return JSON.stringify({ ...json, NotificationMetadata: { ...NotificationMetadata, ApplicationId } });
    },
    of: (vendor) => (vendor as { applicationId: string }).applicationId,
  },
  checksBody: true,
  current: both({ applicationId }),
  previous: both({ applicationId: 'amzn1.sellerapps.app.other' }),
  empty: [{ applicationId: '' }],
  zero: { applicationId: '' },
});

const received = (json: unknown) => ({ headers: {}, body: Buffer.from(JSON.stringify(json)), acceptedAt: 0 });
const sampleOf = (type: string) => definition.types[type]!.sample(fresh(1)) as Record<string, object>;

describe('a notification of the Selling Partner API', () => {
  const verify = (json: unknown) => {
    const { vendor, connection } = definition.pair!(() => '');
    const fetchKey = async () => Promise.reject(new Error('none'));
    expect(vendor).toEqual(connection);
    const request = { method: 'SQS', rawQuery: '', headers: {}, body: Buffer.from(JSON.stringify(json)) };
    return definition.verify(request, { secrets: [connection], publicUrl: '', now: 0, fetchKey });
  };
  const sample = sampleOf('ORDER_CHANGE');

  test('may come by a bus, and then its flows get what the bus put its envelope around', () => {
    const wrapped = definition.read(received({ version: '0', 'detail-type': 'ORDER_CHANGE', detail: sample }));
    const plain = definition.read(received(sample));
    const [{ part, ...event }] = 'events' in wrapped ? wrapped.events : [{}];

    expect(plain).toEqual({ events: [event] });
    expect(JSON.parse(`${part}`)).toEqual(sample);
    expect(verify({ detail: sample })).toBe('valid');
  });

  test('may be spelt with small letters', () => {
    const small = {
      notificationType: 'REPORT_PROCESSING_FINISHED',
      eventTime: '2026-11-12T09:29:27.109Z',
      payload: { reportProcessingFinishedNotification: { reportId: 54517018502 } },
      notificationMetadata: { notificationId: 'n-1', applicationId },
    };

    expect(definition.read(received(small))).toMatchObject({
      events: [{ eventId: 'n-1', occurredAt: '2026-11-12T09:29:27.109Z', entityId: '54517018502' }],
    });
  });

  test('is about the nearest id, and none is too deep', () => {
    const about = (Payload: unknown) => definition.read(received({ ...sample, Payload }));

    expect(about({ AnyOfferChangedNotification: { OfferChangeTrigger: { ASIN: 'B01' } } })).toMatchObject({
      events: [{ entityId: 'B01' }],
    });
    expect(about({ Asin: 'B02', Sku: 'ENGINE' })).toMatchObject({ events: [{ entityId: 'ENGINE' }] });
    expect(about({ a: { b: { c: { d: { Asin: 'B03' } } } } })).toMatchObject({ events: [{ entityId: null }] });
    expect(about(null)).toMatchObject({ events: [{ entityId: null }] });
  });

  test('is refused without its metadata, its id, or when it is none', () => {
    const { NotificationMetadata, ...bare } = sample;

    expect(verify(bare)).toBe('missing-credential');
    expect(verify({ ...bare, NotificationMetadata: { ...NotificationMetadata, NotificationId: undefined } })).toBe(
      'malformed-credential',
    );
    expect(verify({ ...bare, NotificationMetadata, notificationMetadata: NotificationMetadata })).toBe(
      'missing-credential',
    );
    expect(verify('ORDER_CHANGE')).toBe('missing-credential');
  });
});
