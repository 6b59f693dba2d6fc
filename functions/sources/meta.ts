/**
 * Webhooks of Meta's Graph API: the WhatsApp Business Platform, and others that send `entry[].changes[]`.
 *
 * HMAC-SHA256 over the raw body, lower-case hex behind `sha256=`, in `X-Hub-Signature-256`; the key is the app secret. The
 * older `X-Hub-Signature` (SHA-1) is not looked at. No time is signed: replays are stopped by the ledger, not here. Meta
 * escapes bodies its own way (`\u00fc`, `\/`), so nothing but the bytes as received will do. Its own sample lets a request
 * without a signature pass with a warning; here it is refused.
 * Source: fbsamples/whatsapp-business-jaspers-market at cace07a, read 2026-11-21; retries and sizes are secondary.
 *
 * Handshake: a GET with `hub.mode=subscribe`, our verify token and a challenge, which is sent back bare; else 403.
 *
 * Identity: a message's id; a status's id is the message's, so what it says is part of the key. Other changes
 * (`message_template_status_update`, `account_update`, …) carry none, are told apart by their bytes and have the type of
 * their field. Each event holds its change with nothing but the one message or status in it.
 */
import * as z from 'zod/mini';
import { type Fresh, type HttpAnswer, type SourceEvent, source } from '../core/source.ts';
import { contentHint, contentKey, firstText, listAt, requiredText, UNTYPED } from './common/body.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly, partOf } from './common/json.ts';
import { sameText, unixSeconds } from './common/signature.ts';
import { isoOfSeconds } from './common/time.ts';

const { verify, sign } = headerSignature({
  header: 'x-hub-signature-256',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
});

/** As long as Meta is reported to try again. */
const WINDOW_HOURS = 7 * 24;

export const meta = source({
  kind: 'meta',
  sheet: {
    vendor: 'Meta (WhatsApp Business)',
    needs: [
      { field: 'secret', what: 'the app secret: App settings → Basic', isSecret: true },
      {
        field: 'verifyToken',
        what: 'a text of your own choice, which Meta shows when it checks the URL',
        isSecret: true,
      },
    ],
    signs: 'HMAC-SHA256 over the body, hex, in X-Hub-Signature-256 behind sha256=',
    window: 'none',
    batch: 'many events a request: messages, statuses and other changes',
    identity: 'messages: `id`; statuses: `id` and `status`; other changes: their bytes within 7 days',
    entity: 'the customer’s WhatsApp id (`from`, `recipient_id`); of other changes the account (`entry[].id`)',
    occurredAt: '`timestamp`, in seconds; of other changes `entry[].time`',
    answer: '200, quickly; no deadline was found',
    redelivery: 'secondary: ever more rarely, for 36 h, of WhatsApp up to 7 days',
    setUp: [
      'Make a long random verify token, and set it here with the app secret.',
      'The app’s dashboard → WhatsApp → Configuration: callback URL: the source’s URL; verify token: the same.',
      'Subscribe to the fields that flows name, `messages` first of all.',
    ],
    rotation: [
      'reset the app secret at Meta: it signs with the new one from then on, and tries again what was refused',
      'SET the new secret here at once, with the verify token: both work for 7 days',
    ],
    oddities: [
      { date: '2026-11-21', what: 'order is not kept: a status may come before the one it follows' },
      { date: '2026-11-21', what: 'secondary: bodies may have 3 MB' },
      { date: '2026-11-21', what: 'entries without `changes`, as Messenger sends them, are unreadable' },
    ],
    judged: {
      package: 'fbsamples/whatsapp-business-jaspers-market at cace07a',
      documentation: 'secondary: a copy of Meta’s page on webhooks, of 2025-11',
    },
  },
  connection: z.object({ secret: z.string().check(z.minLength(1)), verifyToken: z.string().check(z.minLength(1)) }),
  proof: 'signature',
  methods: ['GET', 'POST'],
  answerWithinMs: 10_000,
  types: {
    messages: {
      shape: 'delta',
      sample: (fresh) => change('messages', { ...about(fresh), messages: [message(fresh)] }, fresh),
    },
    statuses: {
      shape: 'delta',
      sample: (fresh) => change('messages', { ...about(fresh), statuses: [status(fresh)] }, fresh),
    },
    message_template_status_update: contentHint((fresh) =>
      change('message_template_status_update', template(fresh), fresh),
    ),
  },
  verify,
  handshake({ method, rawQuery }, { secrets }) {
    if (method !== 'GET') return undefined;
    const query = new URLSearchParams(rawQuery);
    const [mode, token, challenge] = ['mode', 'verify_token', 'challenge'].map((name) => only(query, `hub.${name}`));
    const isOurs = token !== undefined && secrets.some(({ verifyToken }) => sameText(token, verifyToken));
    return isOurs && mode === 'subscribe' && challenge !== undefined ? bare(challenge) : { status: 403 };
  },
  read({ body, acceptedAt }) {
    const items = listAt(parseExactly(body), 'entry').flatMap((entry) =>
      listAt(entry, 'changes').flatMap((one) => itemsOf(entry as Entry, one as Change)),
    );
    return { events: items.map((item) => eventOf(item, acceptedAt)), items: items.length };
  },
  sign,
  pair(random) {
    const connection = { secret: random(), verifyToken: random() };
    return { connection, vendor: connection };
  },
});

type Entry = { readonly id?: unknown; readonly time?: unknown };
type Change = { readonly field?: unknown; readonly value?: Readonly<Record<string, unknown>> };
/** One event: where it stood, and what of a list it is. */
type Item = { readonly list?: 'messages' | 'statuses'; readonly one?: unknown; readonly part: Entry & Change };

/** The one value of a name; undefined when there are several. */
function only(query: URLSearchParams, name: string): string | undefined {
  const [value, ...others] = query.getAll(name);
  return others.length > 0 || value === '' ? undefined : value;
}

/** As text, so that no browser takes a challenge for a page. */
const bare = (challenge: string): HttpAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body: challenge,
});

/** The messages and statuses of a change, each alone in it; a change without any is one event itself. */
function itemsOf({ id, time }: Entry, { field, value = {} }: Change): Item[] {
  const { messages: _, statuses: __, ...others } = value;
  const alone = (list: 'messages' | 'statuses') =>
    (Object.hasOwn(value, list) ? listAt(value, list) : []).map((one) => ({
      list,
      one,
      part: { id, time, field, value: { ...others, [list]: [one] } },
    }));
  const items = [...alone('messages'), ...alone('statuses')];
  return items.length > 0 ? items : [{ part: { id, time, field, value } }];
}

function eventOf({ list, one, part }: Item, acceptedAt: number): SourceEvent {
  const bytes = partOf(part);
  if (list === undefined) {
    const field = requiredText(part, 'field');
    return {
      // Errors of the account come in this field, without any message.
      type: field === 'messages' ? UNTYPED : field,
      eventId: null,
      key: contentKey(bytes, acceptedAt, WINDOW_HOURS),
      occurredAt: isoOfSeconds(firstText(part, 'time')),
      entityId: firstText(part, 'id') ?? null,
      part: bytes,
    };
  }
  const id = requiredText(one, 'id');
  return {
    type: list,
    eventId: id,
    key: list === 'messages' ? id : `${id}:${requiredText(one, 'status')}`,
    occurredAt: isoOfSeconds(firstText(one, 'timestamp')),
    entityId: firstText(one, list === 'messages' ? 'from' : 'recipient_id') ?? null,
    part: bytes,
  };
}

const CUSTOMER = '447700900123';

const change = (field: string, value: object, { now }: Fresh) => ({
  object: 'whatsapp_business_account',
  entry: [{ id: '102290129340398', time: unixSeconds(now), changes: [{ field, value }] }],
});

const about = ({ number }: Fresh) => ({
  messaging_product: 'whatsapp',
  metadata: { display_phone_number: '442079460000', phone_number_id: `10${number}` },
});

const message = ({ id, now }: Fresh) => ({
  from: CUSTOMER,
  id: `wamid.${id}`,
  timestamp: String(unixSeconds(now)),
  type: 'text',
  text: { body: 'Does the engine ship to London?' },
});

const status = ({ id, now }: Fresh) => ({
  id: `wamid.${id}`,
  status: 'delivered',
  timestamp: String(unixSeconds(now)),
  recipient_id: CUSTOMER,
});

const template = ({ number }: Fresh) => ({
  event: 'APPROVED',
  message_template_id: number,
  message_template_name: 'order_shipped',
  message_template_language: 'en_GB',
});
