/**
 * ShipStation API v1 webhooks.
 *
 * Nothing is signed: the URL given to ShipStation carries a token, of which we keep the hash. The body says no more than
 * where to look, `{ resource_url, resource_type }`, so all are hints, and a notification may be about several records.
 * Whoever looks there shows ShipStation's credentials, so a request whose `resource_url` is elsewhere is refused.
 * Sources: secondary, an AsyncAPI summary of ShipStation's pages and one other receiver; read 2026-11-21.
 */
import * as z from 'zod/mini';
import { type Fresh, source } from '../core/source.ts';
import { contentHint, contentKey } from './common/body.ts';
import { tokenConnection, tokenPair, tokenQuery, verifyToken } from './common/credential.ts';
import { callableUrl } from './common/url.ts';

const Notification = z.object({
  resource_url: z.string(),
  resource_type: z.string().check(z.minLength(1)),
});

export const shipstationV1 = source({
  kind: 'shipstation-v1',
  sheet: {
    vendor: 'ShipStation API v1',
    needs: [
      { field: 'token', what: 'a token of 24 characters or more for the URL; only its hash is kept', isSecret: true },
      {
        field: 'resourceHosts',
        what: 'the hosts that `resource_url` may name; without it, ssapi.shipstation.com and ssapi1, ssapi2 …',
        isSecret: false,
        isOptional: true,
      },
    ],
    signs: 'nothing: a token in the URL',
    window: 'none',
    batch: 'one event a request, which may be about several records',
    identity: 'the body’s bytes within 2 hours: it has no id',
    entity: 'none: the records are at `resource_url`',
    occurredAt: 'none',
    answer: '2xx; no deadline is known',
    redelivery: 'not known',
    setUp: [
      'Settings → Account → API Settings → Webhooks, or POST /webhooks/subscribe.',
      'URL: the source’s URL with ?token=<token>.',
      'One webhook for each event that flows name.',
    ],
    rotation: ['SET the new token here: both work for 7 days', 'change the URL of every webhook'],
    oddities: [
      {
        date: '2026-11-21',
        what: 'read `resource_url` with your own credentials; requests that name another host are refused',
      },
    ],
    judged: { documentation: 'secondary: a summary of ShipStation’s pages, one other receiver' },
  },
  connection: tokenConnection({
    resourceHosts: z.optional(z.array(z.string().check(z.minLength(1))).check(z.minLength(1))),
  }),
  proof: 'credential',
  methods: ['POST'],
  answerWithinMs: 10_000,
  types: {
    ORDER_NOTIFY: notifying('ORDER_NOTIFY', ({ id }) => `orders?storeID=123456&importBatch=${id}`),
    ITEM_ORDER_NOTIFY: notifying('ITEM_ORDER_NOTIFY', ({ id }) => `orders?storeID=123456&importBatch=${id}`),
    SHIP_NOTIFY: notifying('SHIP_NOTIFY', ({ number }) => `shipments?storeID=123456&batchId=${number}`),
    ITEM_SHIP_NOTIFY: notifying('ITEM_SHIP_NOTIFY', ({ number }) => `shipments?storeID=123456&batchId=${number}`),
  },
  verify(request, context) {
    const verdict = verifyToken(request, context);
    if (verdict !== 'valid') return verdict;
    const notification = notificationIn(request.body);
    if (!notification) return 'malformed-credential';
    // The token and the hosts must be of one connection.
    const secrets = context.secrets.filter(({ resourceHosts }) => {
      return callableUrl(notification.resource_url, (host) => resourceHosts?.includes(host) ?? isShipStation(host));
    });
    return verifyToken(request, { ...context, secrets });
  },
  read({ body, acceptedAt }) {
    const { resource_type } = z.parse(Notification, JSON.parse(body.toString('utf8')));
    const key = contentKey(body, acceptedAt);
    return { events: [{ type: resource_type, eventId: null, key, occurredAt: null, entityId: null }] };
  },
  sign: (_sample, vendor: { token: string }) => ({
    headers: { 'content-type': 'application/json' },
    query: tokenQuery(vendor),
  }),
  pair: tokenPair,
});

const isShipStation = (host: string) => /^ssapi\d{0,3}\.shipstation\.com$/.test(host);

function notificationIn(body: Buffer): z.output<typeof Notification> | undefined {
  try {
    return z.safeParse(Notification, JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

function notifying(type: string, path: (fresh: Fresh) => string) {
  const sample = (fresh: Fresh) => ({
    resource_url: `https://ssapi6.shipstation.com/${path(fresh)}`,
    resource_type: type,
  });
  return { ...contentHint(sample), ordered: false };
}
