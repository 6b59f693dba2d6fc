/**
 * Mailchimp Marketing: webhooks of an audience.
 *
 * A webhook may be signed: HMAC-SHA256 over `<t>.<raw body>`, hex, as `v1` entries of `X-Mailchimp-Signature: t=…,v1=…`; the
 * key is the signing secret, shown once when the webhook is made, and older than 300 s is refused. The connection of one
 * that is not signed has a token in the URL instead, of which we keep the hash. The body is a form with PHP's names, without
 * an id: events are told apart by their bytes, and all are hints.
 * Source: mailchimp.com, "Sync audience data with webhooks"; secondary for the signature: a note of 2026-08-13 that quotes
 * the guide, and two receivers; read 2026-11-21.
 *
 * Oddities: `upemail` names no member's id, only the new one's (2026-11-21). When a webhook is saved, a GET must be answered 200.
 */
import * as z from 'zod/mini';
import {
  type Fresh,
  type Sample,
  type SourceRequest,
  source,
  type Verdict,
  type VerifyContext,
} from '../core/source.ts';
import { contentHint, contentKey, firstText, UNTYPED } from './common/body.ts';
import { tokenConnection, tokenPair, tokenQuery, verifyToken } from './common/credential.ts';
import { FORM, formObject, formOf } from './common/form.ts';
import { listSignature } from './common/list-signature.ts';
import { utc } from './common/time.ts';

const SIGNATURE = 'x-mailchimp-signature';

const signature = listSignature({ header: SIGNATURE, maxAgeSeconds: 300, contentType: FORM });

type Signing = { readonly secret: string };
type Connection = Signing | { readonly tokenHash: string };
type Vendor = Signing | { readonly token: string };

export const mailchimp = source({
  kind: 'mailchimp',
  sheet: {
    vendor: 'Mailchimp',
    needs: [
      { field: 'secret', what: 'the webhook’s signing secret, if it is signed', isSecret: true, isOptional: true },
      {
        field: 'token',
        what: 'if it is not: 24 characters or more for the URL; only its hash is kept',
        ...{ isSecret: true, isOptional: true },
      },
    ],
    signs:
      'HMAC-SHA256 over `<t>.<body>`, hex, as `v1` entries of X-Mailchimp-Signature; or nothing: a token in the URL',
    window: '300 s old, if signed; ahead is not refused, as nothing is said of it',
    batch: 'one event a request',
    identity: 'the body’s bytes within 2 hours: it has no id',
    entity: '`data[id]`; of `upemail` none',
    occurredAt: '`fired_at`, in UTC',
    answer: '200 within 10 s; a GET, when the webhook is saved, is answered 200',
    redelivery: 'over 75 minutes, at growing intervals; a webhook that goes on failing may be turned off',
    setUp: [
      'Audience → Settings → Webhooks → Create; choose the events that flows name, and who may cause them.',
      'Callback URL: the source’s URL; if the webhook is not signed, with ?token=<token>.',
      'Set the signing secret, shown once, or the token here, before you save: Mailchimp asks the URL at once.',
    ],
    rotation: [
      'make a second webhook with a new secret or token',
      'SET it here: both work for 7 days',
      'delete the first',
    ],
    oddities: [
      {
        date: '2026-11-21',
        what: 'signing is new and known from secondary sources only: try it before you rely on it',
      },
      { date: '2026-11-21', what: 'batch webhooks, of batch operations, are another thing and not taken here' },
    ],
    judged: { documentation: 'mailchimp.com, the guide to webhooks; secondary for the signature: two receivers' },
  },
  connection: z.union([z.object({ secret: z.string().check(z.minLength(1)) }), tokenConnection()]),
  // The less of the two that a connection may have; all types are hints anyway.
  proof: 'credential',
  methods: ['POST', 'GET'],
  answerWithinMs: 10_000,
  types: {
    subscribe: contentHint((fresh) => form('subscribe', fresh, { ...member(fresh), merges: merges(fresh) })),
    unsubscribe: contentHint((fresh) =>
      form('unsubscribe', fresh, { ...member(fresh), action: 'unsub', reason: 'manual', campaign_id: 'cb398d21d2' }),
    ),
    profile: contentHint((fresh) => form('profile', fresh, { ...member(fresh), merges: merges(fresh) })),
    upemail: contentHint((fresh) =>
      form('upemail', fresh, {
        list_id: LIST,
        new_id: fresh.id.slice(0, 10),
        new_email: `countess.${fresh.number}@example.com`,
        old_email: `ada.${fresh.number}@example.com`,
      }),
    ),
    cleaned: contentHint((fresh) =>
      form('cleaned', fresh, { list_id: LIST, reason: 'hard', email: `ada.${fresh.number}@example.com` }),
    ),
    campaign: contentHint((fresh) =>
      form('campaign', fresh, {
        id: fresh.id.slice(0, 10),
        list_id: LIST,
        subject: 'Cogs',
        status: 'sent',
        reason: '',
      }),
    ),
  },
  verify,
  /** Of a URL with a token, only the right one is fine: then a wrong one shows when the webhook is saved. */
  handshake(request, context) {
    if (request.method !== 'GET') return undefined;
    const isFine = signing(context).secrets.length > 0 || verify(request, context) === 'valid';
    return isFine ? { status: 200 } : undefined;
  },
  read({ body, acceptedAt }) {
    const fields = formObject(body);
    const at = firstText(fields, 'fired_at');
    return {
      events: [
        {
          type: firstText(fields, 'type') ?? UNTYPED,
          eventId: null,
          key: contentKey(body, acceptedAt),
          occurredAt: at === undefined ? null : utc(at),
          entityId: firstText(fields, 'data.id') ?? null,
        },
      ],
    };
  },
  payload: formObject,
  encode: (sample) => formOf(sample as object),
  sign: (sample: Sample, vendor: Vendor) =>
    'secret' in vendor
      ? signature.sign(sample, vendor)
      : { headers: { 'content-type': FORM }, query: tokenQuery(vendor) },
  pair: tokenPair,
});

/** Valid by either of the two; what is wrong otherwise is told of the one that a connection, or else the request, has. */
function verify(request: SourceRequest, context: VerifyContext<Connection>): Verdict {
  const signed = signature.verify(request, signing(context));
  const shown = verifyToken(request, tokens(context));
  if (signed === 'valid' || shown === 'valid') return 'valid';
  const isSigned = signing(context).secrets.length > 0 || request.headers[SIGNATURE] !== undefined;
  return isSigned ? signed : shown;
}

const signing = (context: VerifyContext<Connection>) => ({
  ...context,
  secrets: context.secrets.filter((connection) => 'secret' in connection),
});

const tokens = (context: VerifyContext<Connection>) => ({
  ...context,
  secrets: context.secrets.filter((connection) => 'tokenHash' in connection),
});

const LIST = 'a6b5da1054';

const form = (type: string, { now }: Fresh, data: object) => ({
  type,
  fired_at: now.toISOString().slice(0, 19).replace('T', ' '),
  data,
});

const member = ({ id, number }: Fresh) => ({
  id: id.slice(0, 10),
  list_id: LIST,
  email: `ada.${number}@example.com`,
  email_type: 'html',
  ip_opt: '192.0.2.10',
});

const merges = ({ number }: Fresh) => ({ EMAIL: `ada.${number}@example.com`, FNAME: 'Ada', LNAME: 'Lovelace' });
