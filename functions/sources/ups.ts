/**
 * UPS Track Alert.
 *
 * Nothing is signed: version 1 shows, in the header `credential`, the text that was given when a package was subscribed to.
 * Each request is one activity of one package, and all are hints. In version 2 that text is kept in UPS's developer portal;
 * what it sends as a bearer token of OAuth is not known, and not taken here.
 * Source: UPS-API/api-documentation@e6f36df, UPSTrackAlert.yaml of 2025-03 and of 2026-07, read 2026-11-21.
 *
 * Identity: activities have no id; they are told apart by the package, what happened and when.
 *
 * Oddities: what we do not take is lost, a subscription ends after 14 days, and a changed credential stops all alerts until
 * the packages are subscribed to again: back it up with the Track API (2026-11-21).
 */
import * as z from 'zod/mini';
import { type EventType, source } from '../core/source.ts';
import { firstText, hashOf, UNTYPED } from './common/body.ts';
import { headerPair, verifyHeader } from './common/credential.ts';

const CREDENTIAL = 'credential';

export const ups = source({
  kind: 'ups',
  sheet: {
    vendor: 'UPS',
    needs: [{ field: 'credential', what: 'a long random text, given to UPS with each subscription', isSecret: true }],
    signs: 'nothing: a fixed value in the header credential',
    window: 'none',
    batch: 'one event a request',
    identity: 'tracking number, status and GMT time of the activity',
    entity: '`trackingNumber`',
    occurredAt: '`gmtActivityDate` and `gmtActivityTime`',
    answer: '200; no deadline is published',
    redelivery: 'none: what is not taken is lost',
    setUp: [
      'Make a long random text and set it here.',
      'Subscribe to tracking numbers by the Track Alert API: destination url the source’s URL, credential that text.',
      'Subscribe again before 14 days are over, and reconcile by the Track API.',
    ],
    rotation: ['SET the new credential here: both work for 7 days', 'subscribe to every package again with it'],
    oddities: [
      { date: '2026-11-21', what: 'a changed credential stops all alerts until packages are subscribed to again' },
      { date: '2026-11-21', what: 'version 2 (2026-07) may send a bearer token instead: not taken here' },
    ],
    judged: { documentation: 'UPS-API/api-documentation@e6f36df, UPSTrackAlert.yaml' },
  },
  connection: z.object({ credential: z.string().check(z.minLength(1)) }),
  proof: 'credential',
  methods: ['POST'],
  answerWithinMs: 10_000,
  retries: false,
  types: {
    'I.OT': activity('I', 'OT', 'Out for Delivery'),
    'D.FS': activity('D', 'FS', 'Delivered'),
    'M.MP': activity('M', 'MP', 'Shipper created a label'),
    'X.48': activity('X', '48', 'The delivery was delayed'),
  },
  verify(request, { secrets }) {
    return verifyHeader(
      request,
      CREDENTIAL,
      secrets.map(({ credential }) => credential),
    );
  },
  read({ body }) {
    const json: unknown = JSON.parse(body.toString('utf8'));
    const entityId = firstText(json, 'trackingNumber') ?? null;
    const status = ['type', 'code'].flatMap((name) => firstText(json, `activityStatus.${name}`) ?? []);
    const type = status.join('.') || UNTYPED;
    const occurredAt = gmtOf(firstText(json, 'gmtActivityDate'), firstText(json, 'gmtActivityTime'));
    const isWhole = entityId !== null && occurredAt !== null && status.length > 0;
    const key = isWhole ? `${entityId}:${type}:${occurredAt}` : `content:${hashOf(body)}`;
    return { events: [{ type, eventId: null, key, occurredAt, entityId }] };
  },
  sign: (_sample, { credential }) => ({ headers: { 'content-type': 'application/json', [CREDENTIAL]: credential } }),
  pair: headerPair(CREDENTIAL),
});

/** `20261112` and `141519` as `2026-11-12T14:15:19Z`. */
function gmtOf(date = '', time = ''): string | null {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(date) ?? [];
  const [, hour, minute, second] = /^(\d\d)(\d\d)(\d\d)$/.exec(time) ?? [];
  return year && hour ? `${year}-${month}-${day}T${hour}:${minute}:${second}Z` : null;
}

function activity(type: string, code: string, description: string): EventType {
  return {
    shape: 'hint',
    sample: ({ number, now }) => {
      const [date, time] = now
        .toISOString()
        .replaceAll(/[-:]|\..*/g, '')
        .split('T');
      return {
        trackingNumber: `1Z1AET0V03${number}0`,
        ...{ localActivityDate: date, localActivityTime: time, gmtActivityDate: date, gmtActivityTime: time },
        activityLocation: { city: 'London', stateProvince: '', postalCode: 'SW1Y 4LB', country: 'GB' },
        activityStatus: { type, code, description },
        scheduledDeliveryDate: date,
      };
    },
  };
}
