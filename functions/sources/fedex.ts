/**
 * FedEx, Advanced Integrated Visibility: pushes of tracking results.
 *
 * HMAC-SHA256 over the raw body, base64, in `fdx-signature`; the key is the project's security token as text. No time is
 * signed: replays are stopped by the ledger, not here. FedEx's own words are loose ("SHA256(token + payload)", and a remark
 * about hex); base64 of an HMAC is what receivers use: try it with a project of yours before you rely on it.
 * Source: secondary, developer.fedex.com as quoted elsewhere and three receivers; its business rules page, read 2026-11-21.
 *
 * Identity: results have no id. A request holds the scans of one or several packages; each scan is an event, told apart by
 * the package, what happened and when. A result without a dated scan is told apart by its bytes.
 *
 * Oddities: scans may come out of order; their own time tells which is newer (2026-11-21). Whether FedEx tries again is not
 * known, so nothing is left to that.
 */
import * as z from 'zod/mini';
import { type EventType, type Fresh, type SourceEvent, source } from '../core/source.ts';
import { firstText, hashOf, UNTYPED } from './common/body.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly, partOf } from './common/json.ts';
import { utc } from './common/time.ts';

const { verify, sign } = headerSignature({ header: 'fdx-signature', algorithm: 'sha256', encoding: 'base64' });

export const fedex = source({
  kind: 'fedex',
  sheet: {
    vendor: 'FedEx',
    needs: [{ field: 'secret', what: 'the security token of the project’s webhook', isSecret: true }],
    signs: 'HMAC-SHA256 over the body, base64, in fdx-signature',
    window: 'none',
    batch: 'every scan of every package in it',
    identity: 'tracking number, event type and time of the scan',
    entity: '`trackingNumber`',
    occurredAt: '`date` of the scan, with its own offset',
    answer: '200; no deadline is published',
    redelivery: 'not known: what our queues refuse is kept, as if there were none',
    setUp: [
      'developer.fedex.com: a project with Advanced Integrated Visibility, for accounts in the US.',
      'Webhook URL: the source’s URL, up to 200 characters; security token: a long random text.',
      'Set the security token here.',
    ],
    rotation: ['SET the new token here: both work for 7 days', 'change it in the project'],
    oddities: [
      { date: '2026-11-21', what: 'the encoding is not proven: pages speak of hex, receivers of base64' },
      { date: '2026-11-21', what: 'scans may come out of order; requests come from 20.65.16.22/31' },
    ],
    judged: { documentation: 'secondary: developer.fedex.com as quoted elsewhere, and three receivers' },
  },
  connection: z.object({ secret: z.string().check(z.minLength(1)) }),
  proof: 'signature',
  methods: ['POST'],
  answerWithinMs: 10_000,
  retries: false,
  types: {
    PU: scanType('PU', 'Picked up'),
    IT: scanType('IT', 'In transit'),
    OD: scanType('OD', 'On FedEx vehicle for delivery'),
    DL: scanType('DL', 'Delivered'),
    DE: scanType('DE', 'Delivery exception'),
  },
  verify,
  read({ body }) {
    const { output } = z.parse(z.looseObject({ output: Results }), parseExactly(body));
    return { events: output.completeTrackResults.flatMap(scansOf).map(eventOf) };
  },
  sign,
});

const Results = z.looseObject({
  completeTrackResults: z.array(
    z.looseObject({
      trackResults: z.optional(z.array(z.looseObject({ scanEvents: z.optional(z.array(z.unknown())) }))),
    }),
  ),
});
type Package = z.output<typeof Results>['completeTrackResults'][number];

/** Each scan with all that is said of its package; what has no scans yet stands once as it is. */
const scansOf = ({ trackResults = [], ...common }: Package) =>
  orOnce(trackResults).flatMap(({ scanEvents = [], ...result } = {}) =>
    orOnce(scanEvents).map((scan) => ({ ...common, ...result, scanEvents: scan === undefined ? [] : [scan] })),
  );

const orOnce = <Item>(items: readonly Item[]): readonly (Item | undefined)[] =>
  items.length > 0 ? items : [undefined];

function eventOf(scan: object): SourceEvent {
  const part = partOf(scan);
  const number = firstText(scan, ['trackingNumber', 'trackingNumberInfo.trackingNumber']);
  const type = firstText(scan, 'scanEvents.0.eventType');
  const at = firstText(scan, 'scanEvents.0.date');
  const isScan = number !== undefined && type !== undefined && at !== undefined;
  return {
    type: type ?? firstText(scan, 'latestStatusDetail.code') ?? UNTYPED,
    eventId: null,
    key: isScan ? `${number}:${type}:${utc(at)}` : `content:${hashOf(part)}`,
    occurredAt: at ?? null,
    entityId: number ?? null,
    part,
  };
}

function scanType(code: string, description: string): EventType {
  return {
    shape: 'delta',
    sample: (fresh) => ({ output: { completeTrackResults: [scanned(fresh, code, description)] } }),
  };
}

function scanned({ number, now }: Fresh, code: string, description: string) {
  const trackingNumber = `72936${number}`;
  const scanLocation = { city: 'MEMPHIS', stateOrProvinceCode: 'TN', countryCode: 'US' };
  return {
    trackingNumber,
    trackResults: [
      {
        trackingNumberInfo: {
          trackingNumber,
          trackingNumberUniqueId: `2461~${trackingNumber}~FX`,
          carrierCode: 'FDXE',
        },
        latestStatusDetail: { code, description, scanLocation },
        scanEvents: [{ date: now.toISOString(), eventType: code, eventDescription: description, scanLocation }],
      },
    ],
  };
}
