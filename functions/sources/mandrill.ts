/**
 * Mandrill (Mailchimp Transactional): webhooks about messages, lists of rejected addresses, and inbound mail.
 *
 * HMAC-SHA1 over the webhook's URL, as registered and with its query, followed by the name and value of each form field,
 * decoded, sorted by name; base64, in `X-Mandrill-Signature`. The key is the webhook's own. No time is signed: replays are
 * stopped by the ledger, not here. The body is a form with one field, `mandrill_events`: a JSON list of up to 1000 events.
 * Source: mailchimp.com, "Track message activity with webhooks"; secondary for the signature: mandrill-webhook-validator
 * 0.1.0, read 2026-11-21.
 *
 * Identity: a message's events share its `_id`; type, time and, of clicks, the link make the difference. Changes of the
 * lists (`blacklist`, `whitelist`) and inbound mail have no `_id`: their bytes within 24 hours count, and they are hints.
 *
 * Oddities, commonly known (2026-11-21): a HEAD must be answered 200 before a webhook can be made; its first test is signed
 * with `test-webhook`, which everybody knows and which is never taken for a key here; tests hold an empty list.
 */
import * as z from 'zod/mini';
import { type EventType, type Fresh, type SourceEvent, source } from '../core/source.ts';
import { contentHint, contentKey, firstText, hashOf, UNTYPED } from './common/body.ts';
import { FORM, fieldsOf } from './common/form.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly, partOf } from './common/json.ts';
import { unixSeconds } from './common/signature.ts';
import { isoOfSeconds } from './common/time.ts';
import { PUBLIC_URL_NEED, UrlSecretConnection } from './common/url.ts';

const FIELD = 'mandrill_events';
/** What Mandrill signs with before a webhook has a key of its own. */
const EVERYBODYS_KEY = 'test-webhook';
/** At least as long as Mandrill is known to go on trying. */
const WINDOW_HOURS = 24;

const { verify, sign } = headerSignature({
  header: 'x-mandrill-signature',
  algorithm: 'sha1',
  encoding: 'base64',
  content: ({ url, body }) => [url, ...fieldsOf(body).sort(byName).flat()],
});

export const mandrill = source({
  kind: 'mandrill',
  sheet: {
    vendor: 'Mandrill (Mailchimp Transactional)',
    needs: [
      { field: 'secret', what: 'the webhook’s key, shown in the list of webhooks', isSecret: true },
      PUBLIC_URL_NEED,
    ],
    signs: 'HMAC-SHA1 over the URL and the sorted form fields, base64, in X-Mandrill-Signature',
    window: 'none',
    batch: 'up to 1000 events a request',
    identity: '`_id`, `event`, `ts` and, of clicks, the link; of lists and inbound mail the bytes within 24 hours',
    entity: '`msg._id`',
    occurredAt: '`ts`',
    answer: '200; a HEAD, when the webhook is made, is answered 200',
    redelivery: 'commonly known: again and again, at growing intervals',
    setUp: [
      'Settings → Webhooks → Add a Webhook; choose the events that flows name.',
      'Post To URL: the source’s URL.',
      'Set the key that the list of webhooks shows here.',
    ],
    rotation: [
      'add a second webhook with the same URL and events: it has a key of its own',
      'SET that key here: both work for 7 days',
      'delete the first webhook',
    ],
    oddities: [{ date: '2026-11-21', what: 'commonly known: tests hold an empty list, and are accepted as no event' }],
    judged: { documentation: 'mailchimp.com, the guide to webhooks; secondary: mandrill-webhook-validator 0.1.0' },
  },
  connection: z.object({
    secret: z.string().check(
      z.minLength(1),
      z.refine((secret) => secret !== EVERYBODYS_KEY),
    ),
    publicUrl: UrlSecretConnection.shape.publicUrl,
  }),
  proof: 'signature',
  methods: ['POST', 'HEAD'],
  answerWithinMs: 10_000,
  types: {
    send: message('send', 'sent'),
    open: message('open', 'sent', ({ now }) => ({ opens: [{ ts: unixSeconds(now) }] })),
    click: message('click', 'sent', ({ now }) => ({ clicks: [{ ts: unixSeconds(now), url: LINK }] })),
    hard_bounce: message('hard_bounce', 'bounced', () => ({ bounce_description: 'bad_mailbox', diag: '550 5.1.1' })),
    spam: message('spam', 'spam'),
    unsub: message('unsub', 'sent'),
    blacklist: contentHint((fresh) => ({
      ...{ type: 'blacklist', action: 'add', ts: unixSeconds(fresh.now) },
      reject: { email: `ada.${fresh.number}@example.com`, reason: 'hard-bounce', expired: false },
    })),
    inbound: contentHint((fresh) => ({
      ...{ event: 'inbound', ts: unixSeconds(fresh.now) },
      msg: {
        from_email: `ada.${fresh.number}@example.com`,
        email: 'mill@example.com',
        subject: 'Cogs',
        text: 'Send more',
      },
    })),
  },
  verify(request, context) {
    return verify(request, { ...context, secrets: context.secrets.filter(({ secret }) => secret !== EVERYBODYS_KEY) });
  },
  handshake: ({ method }) => (method === 'HEAD' ? { status: 200 } : undefined),
  read({ body, acceptedAt }) {
    const items = z.parse(z.array(z.unknown()), parseExactly(eventsOf(body)));
    return { events: items.map((item) => eventOf(item, acceptedAt)), items: items.length };
  },
  /** An event’s own bytes are JSON; only what could not be read comes as the whole form. */
  payload: (body) => JSON.parse(body.toString('utf8').startsWith(`${FIELD}=`) ? eventsOf(body) : body.toString('utf8')),
  encode: (sample) => new URLSearchParams({ [FIELD]: JSON.stringify([sample]) }).toString(),
  sign(sample, connection) {
    const { headers } = sign(sample, connection);
    return { headers: { ...headers, 'content-type': FORM } };
  },
});

type Field = ReturnType<typeof fieldsOf>[number];

const byName = ([one]: Field, [other]: Field) => (one < other ? -1 : Number(one > other));

function eventsOf(body: Buffer): string {
  const [field, ...others] = fieldsOf(body).filter(([name]) => name === FIELD);
  if (!field || others.length > 0) throw new Error(`the form has not one field "${FIELD}"`);
  return field[1];
}

function eventOf(item: unknown, acceptedAt: number): SourceEvent {
  const part = partOf(item);
  const eventId = firstText(item, '_id') ?? null;
  const type = firstText(item, ['event', 'type']) ?? UNTYPED;
  const ts = firstText(item, 'ts');
  const link = firstText(item, 'url');
  const own = [eventId, type, ts, ...(link === undefined ? [] : [hashOf(link).slice(0, 16)])].join(':');
  return {
    type,
    eventId,
    key: eventId === null ? contentKey(part, acceptedAt, WINDOW_HOURS) : own,
    occurredAt: isoOfSeconds(ts),
    entityId: firstText(item, 'msg._id') ?? null,
    part,
  };
}

const LINK = 'https://example.com/engines?a=1&b=2';

function message(event: string, state: string, more: (fresh: Fresh) => object = () => ({})): EventType {
  return {
    shape: 'delta',
    sample: (fresh) => ({
      ...{ event, ts: unixSeconds(fresh.now), _id: `${fresh.id}0` },
      ...(event === 'click' && { url: LINK }),
      msg: {
        ...{ ts: unixSeconds(fresh.now), _id: `${fresh.id}0`, state },
        ...{ subject: 'Your engine has left the works', email: `ada.${fresh.number}@example.com` },
        ...{ tags: ['order'], metadata: { order: String(fresh.number) } },
        ...more(fresh),
      },
    }),
  };
}
