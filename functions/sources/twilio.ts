/**
 * Twilio: messages and calls, and Event Streams.
 *
 * HMAC-SHA1, base64, in `X-Twilio-Signature`; the key is the account's auth token. What is signed begins with the URL as
 * configured at Twilio, query included; its port may be left out of what is signed, or the default one put in, as Twilio's
 * own library finds. Then it depends:
 * - a form: its fields sorted by name (by code unit), name and decoded value of each, without anything between; of a name
 *   that occurs more than once its values sorted, each once.
 * - JSON: nothing more, but the URL has `bodySHA256`, the lower-case hex SHA-256 of the raw body.
 * - GET: nothing more; the data is in the query.
 * No time is signed: replays are stopped by the ledger, not here.
 * Source: twilio 6.2.0, webhooks.js; twilio.com/docs, "Webhooks security", read 2026-11-21.
 *
 * Since nothing separates names from values, other fields could spell the same text. So every field of a form must have its
 * name, its `=` and nothing unescaped; what could still be moved is a letter between a name and its value.
 *
 * Identity: the message's or call's id and its status; of a call the `SequenceNumber` too, where it is given. Event Streams
 * have an `id` and may come as a list.
 */
import { createHash } from 'node:crypto';
import { type Fresh, type SourceRequest, source, type Verdict } from '../core/source.ts';
import { contentKey, firstText, requiredText, UNTYPED } from './common/body.ts';
import { FORM, fieldsOf, formObject, formOf } from './common/form.ts';
import { parseExactly, partOf } from './common/json.ts';
import { anySecret, hmac, sameText } from './common/signature.ts';
import { isoSeconds, stampMs, utc } from './common/time.ts';
import { PUBLIC_URL_NEED, signedUrl, UrlSecretConnection } from './common/url.ts';

const SIGNATURE = 'x-twilio-signature';
const BODY_HASH = 'bodySHA256';

export const twilio = source({
  kind: 'twilio',
  sheet: {
    vendor: 'Twilio',
    needs: [
      { field: 'secret', what: 'the account’s auth token', isSecret: true },
      { ...PUBLIC_URL_NEED, what: 'the URL at Twilio, without a query, where it is not the source’s own' },
    ],
    signs:
      'HMAC-SHA1 over URL and sorted form fields, base64, in X-Twilio-Signature; of JSON over the URL with its hash',
    window: 'none',
    batch: 'one event a request; Event Streams may send a list',
    identity: 'the message or call, its status and SequenceNumber; Event Streams: `id`',
    entity: '`MessageSid` or `CallSid`; Event Streams: none',
    occurredAt: '`Timestamp` of calls, `time` of Event Streams; messages have none',
    answer: '2xx within 15 s, as is commonly known',
    redelivery: 'none, unless the URL asks for it (`#rc=`) or a fallback URL is set, as is commonly known',
    setUp: [
      'Console → the number or messaging service: the source’s URL for messages, calls and status callbacks, by POST.',
      'Event Streams: a sink of type webhook with the source’s URL, by POST.',
      'Set the account’s auth token here.',
    ],
    rotation: [
      'create a secondary auth token in the Console',
      'SET it here: both work for 7 days',
      'promote the secondary token to primary',
    ],
    oddities: [
      { date: '2026-11-21', what: 'fields are added without notice, and all are signed' },
      { date: '2026-11-21', what: 'we answer with an empty 200: no TwiML, so the call or message goes on without us' },
    ],
    judged: { package: 'twilio 6.2.0', example: 'the value published in twilio.com/docs, "Webhooks security"' },
  },
  connection: UrlSecretConnection,
  proof: 'signature',
  methods: ['POST', 'GET'],
  answerWithinMs: 15_000,
  retries: false,
  types: {
    'com.twilio.messaging.message.delivered': {
      shape: 'delta',
      sample: (fresh) => ({
        specversion: '1.0',
        type: 'com.twilio.messaging.message.delivered',
        source: '/v1/engines/messages',
        id: sid('EZ', fresh),
        time: fresh.now.toISOString(),
        data: { messageSid: sid('SM', fresh), accountSid: ACCOUNT, to: '+442079460000', messageStatus: 'DELIVERED' },
      }),
    },
    incoming_message: {
      shape: 'state',
      ordered: false,
      sample: (fresh) => ({ ...message(fresh), Body: 'Grüße & a question', NumMedia: '0', FromCity: '' }),
    },
    'message_status:delivered': {
      shape: 'delta',
      ordered: false,
      sample: (fresh) => ({ ...message(fresh), MessageStatus: 'delivered' }),
    },
    'message_status:failed': {
      shape: 'delta',
      ordered: false,
      sample: (fresh) => ({ ...message(fresh), MessageStatus: 'failed', ErrorCode: '30008' }),
    },
    'call:ringing': { shape: 'delta', sample: (fresh) => call(fresh, 'ringing', '1') },
    'call:completed': { shape: 'delta', sample: (fresh) => ({ ...call(fresh, 'completed', '3'), CallDuration: '42' }) },
  },
  verify(request, context): Verdict {
    const given = request.headers[SIGNATURE];
    if (given === undefined) return 'missing-header';
    if (typeof given !== 'string') return 'malformed-header';
    const content = signedAfterUrl(request);
    if (content === undefined) return 'bad-signature';
    const matches = context.secrets.some((connection) => {
      const urls = spellings(signedUrl(request, context, connection));
      return anySecret([connection], (secret) =>
        urls.some((url) => sameText(given, signatureOf(secret, url + content))),
      );
    });
    return matches ? 'valid' : 'bad-signature';
  },
  bodyOf: ({ method, rawQuery, body }) => (method === 'GET' ? Buffer.from(rawQuery) : body),
  read({ body, acceptedAt }) {
    if (!isJson(body)) return { events: [callbackOf(formObject(body), body, acceptedAt)] };
    const json = parseExactly(body);
    if (!Array.isArray(json)) return { events: [streamed(json)] };
    return { events: json.map((item) => ({ ...streamed(item), part: partOf(item) })), items: json.length };
  },
  payload: (body) => (isJson(body) ? (JSON.parse(body.toString('utf8')) as unknown) : formObject(body)),
  encode: (sample) =>
    Object.hasOwn(sample as object, 'specversion') ? JSON.stringify(sample) : formOf(sample as object),
  sign({ type, body, url: address }, { secret, publicUrl }) {
    const bytes = Buffer.from(body);
    const url = publicUrl ?? address;
    if (!type.startsWith('com.twilio.')) {
      return { headers: { 'content-type': FORM, [SIGNATURE]: signatureOf(secret, url + sortedFields(bytes)) } };
    }
    const query = `${BODY_HASH}=${sha256(bytes)}`;
    const signature = signatureOf(secret, `${url}?${query}`);
    return { headers: { 'content-type': 'application/json', [SIGNATURE]: signature }, query };
  },
});

const signatureOf = (secret: string, content: string) => hmac('sha1', secret, content).toString('base64');

const sha256 = (body: Buffer) => createHash('sha256').update(body).digest('hex');

/** A name, `=`, a value: in visible characters only, as every encoder writes them. */
const isEncodedForm = (text: string) =>
  /^[\x21-\x7e]+$/.test(text) && text.split('&').every((field) => field.indexOf('=') > 0);

/** What is signed after the URL; undefined when the body cannot be what was signed. */
function signedAfterUrl({ method, rawQuery, body }: SourceRequest): string | undefined {
  const hashes = rawQuery.includes(BODY_HASH) ? new URLSearchParams(rawQuery).getAll(BODY_HASH) : [];
  if (method === 'GET' && body.length > 0) return undefined;
  if (hashes.length > 0) return hashes.length === 1 && sameText(hashes[0]!, sha256(body)) ? '' : undefined;
  if (method === 'GET') return '';
  return isEncodedForm(body.toString('latin1')) ? sortedFields(body) : undefined;
}

/** Names and values, sorted by name and then by value, each pair once. */
function sortedFields(body: Buffer): string {
  const fields = fieldsOf(body).sort(
    ([name, value], [other, another]) => byCodeUnit(name, other) || byCodeUnit(value, another),
  );
  return fields.map(([name, value], at) => (isAgain(fields[at - 1], name, value) ? '' : name + value)).join('');
}

const byCodeUnit = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
const isAgain = (before: [string, string] | undefined, name: string, value: string) =>
  before !== undefined && before[0] === name && before[1] === value;

/** The URL as it is configured, without its port, and with the default port. */
function spellings(url: string): string[] {
  const [, scheme, host, port, rest] = /^(https?):\/\/([^/?:]+)(:\d+)?(.*)$/s.exec(url) ?? [];
  if (host === undefined) return [url];
  return [url, `${scheme}://${host}${port === undefined ? (scheme === 'https' ? ':443' : ':80') : ''}${rest}`];
}

/** A form never begins so. */
const isJson = (body: Buffer) => /^\s*[[{]/.test(body.toString('latin1', 0, 20));

/** One of Event Streams: a CloudEvent. */
function streamed(event: unknown) {
  const eventId = requiredText(event, 'id');
  const at = firstText(event, 'time');
  return {
    type: requiredText(event, 'type'),
    eventId,
    key: eventId,
    occurredAt: at === undefined ? null : utc(at),
    entityId: null,
  };
}

/** What a callback is about: its id, its status, and what it is called with the status and without one. */
const ABOUT = [
  { id: ['MessageSid', 'SmsSid'], status: 'MessageStatus', changed: 'message_status', plain: 'incoming_message' },
  { id: ['CallSid'], status: 'CallStatus', changed: 'call', plain: 'call' },
] as const;

function callbackOf(fields: Record<string, unknown>, body: Buffer, acceptedAt: number) {
  const about = ABOUT.find(({ id }) => firstText(fields, id) !== undefined);
  const at = stampMs(firstText(fields, 'Timestamp') ?? '');
  const occurredAt = at === undefined ? null : isoSeconds(at / 1_000);
  if (!about) {
    return { type: UNTYPED, eventId: null, key: contentKey(body, acceptedAt), occurredAt, entityId: null };
  }
  const eventId = firstText(fields, about.id)!;
  const status = firstText(fields, about.status);
  const sequence = firstText(fields, 'SequenceNumber');
  return {
    type: status === undefined ? about.plain : `${about.changed}:${status}`,
    eventId,
    key: [eventId, status, sequence].filter((part) => part !== undefined).join(':'),
    occurredAt,
    ...(sequence !== undefined && { sequence }),
    entityId: eventId,
  };
}

const ACCOUNT = `AC${'0123456789abcdef'.repeat(2)}`;

const sid = (prefix: string, { id }: Fresh) => prefix + id.padEnd(32, '0');

const message = (fresh: Fresh) => ({
  MessageSid: sid('SM', fresh),
  AccountSid: ACCOUNT,
  From: '+442079460001',
  To: '+442079460000',
  ApiVersion: '2010-04-01',
});

const call = (fresh: Fresh, CallStatus: string, SequenceNumber: string) => ({
  CallSid: sid('CA', fresh),
  AccountSid: ACCOUNT,
  From: '+442079460001',
  To: '+442079460000',
  CallStatus,
  SequenceNumber,
  Timestamp: fresh.now.toUTCString().replace('GMT', '+0000'),
});
