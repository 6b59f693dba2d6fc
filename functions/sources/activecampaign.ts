/**
 * ActiveCampaign webhooks.
 *
 * Nothing is signed: the URL given to ActiveCampaign carries a token, of which we keep the hash. The body is a form with
 * PHP's names, without an id: events are told apart by their bytes, and all are hints.
 * Source: secondary, an AsyncAPI summary of developers.activecampaign.com, read 2026-11-21.
 */
import { type Fresh, source } from '../core/source.ts';
import { contentHint, contentKey, firstText, UNTYPED } from './common/body.ts';
import { tokenConnection, tokenPair, tokenQuery, verifyToken } from './common/credential.ts';
import { FORM, formObject, formOf } from './common/form.ts';
import { utc } from './common/time.ts';

export const activecampaign = source({
  kind: 'activecampaign',
  sheet: {
    vendor: 'ActiveCampaign',
    needs: [
      { field: 'token', what: 'a token of 24 characters or more for the URL; only its hash is kept', isSecret: true },
    ],
    signs: 'nothing: a token in the URL',
    window: 'none',
    batch: 'one event a request',
    identity: 'the body’s bytes within 2 hours: it has no id',
    entity: '`contact[id]`, else `deal[id]`',
    occurredAt: '`date_time`',
    answer: '2xx; 410 turns the webhook off',
    redelivery: 'none: what is not answered is lost',
    setUp: [
      'Settings → Developer → Manage Webhooks → Add.',
      'URL: the source’s URL with ?token=<token>.',
      'Choose the events, and for each whether the public, an admin, the API or the system may cause it.',
    ],
    rotation: ['SET the new token here: both work for 7 days', 'change the URL in the webhook’s settings'],
    oddities: [{ date: '2026-11-21', what: 'mass imports fire no webhooks: reconcile by polling' }],
    judged: { documentation: 'secondary: a summary of developers.activecampaign.com' },
  },
  connection: tokenConnection(),
  proof: 'credential',
  methods: ['POST'],
  answerWithinMs: 10_000,
  retries: false,
  types: {
    update: contentHint((fresh) => ({ ...common('update', fresh), contact: contact(fresh) })),
    subscribe: contentHint((fresh) => ({ ...common('subscribe', fresh), list: 3, contact: contact(fresh) })),
    deal_add: contentHint((fresh) => ({
      ...common('deal_add', fresh),
      deal: { id: fresh.number, title: 'Analytical Engine', value: '129.50', currency: 'eur' },
    })),
  },
  verify: verifyToken,
  read({ body, acceptedAt }) {
    const form = formObject(body);
    const at = firstText(form, 'date_time');
    return {
      events: [
        {
          type: firstText(form, 'type') ?? UNTYPED,
          eventId: null,
          key: contentKey(body, acceptedAt),
          occurredAt: at === undefined ? null : utc(at),
          entityId: firstText(form, ['contact.id', 'deal.id']) ?? null,
        },
      ],
    };
  },
  payload: formObject,
  encode: (sample) => formOf(sample as object),
  sign: (_sample, vendor: { token: string }) => ({ headers: { 'content-type': FORM }, query: tokenQuery(vendor) }),
  pair: tokenPair,
});

const contact = ({ number }: Fresh) => ({
  id: number,
  email: `ada.${number}@example.com`,
  first_name: 'Ada',
  last_name: 'Lovelace',
});

const common = (type: string, { now }: Fresh) => ({
  type,
  date_time: now.toISOString(),
  initiated_from: 'admin',
  initiated_by: 'admin',
});
