/**
 * Rippling webhooks of App Shop apps.
 *
 * Nothing is signed: the URL given to Rippling carries a token, of which we keep the hash. The body is a form that says
 * only that a record changed: no id of the event, no time. Events are told apart by their bytes, and all are hints.
 * Source: Rippling/OpenAPIDocs at 412d4b3 (2021), read 2026-11-21.
 *
 * Oddities: receivers of others check an `X-Rippling-Signature`, of which no text of Rippling's speaks; a connection that
 * has one can be set up as `generic` (2026-11-21).
 */
import { type Fresh, source } from '../core/source.ts';
import { contentHint, contentKey, firstText, requiredText } from './common/body.ts';
import { tokenConnection, tokenPair, tokenQuery, verifyToken } from './common/credential.ts';
import { FORM, formObject, formOf } from './common/form.ts';

export const rippling = source({
  kind: 'rippling',
  sheet: {
    vendor: 'Rippling',
    needs: [
      { field: 'token', what: 'a token of 24 characters or more for the URL; only its hash is kept', isSecret: true },
    ],
    signs: 'nothing: a token in the URL',
    window: 'none',
    batch: 'one event a request',
    identity: 'the body’s bytes within 2 hours: it has neither id nor time',
    entity: '`id`; events of a company have none',
    occurredAt: 'none',
    answer: '2xx; no deadline is published',
    redelivery: 'not documented',
    setUp: [
      'An App Shop partner registers webhooks with Rippling, for production only.',
      'URL: the source’s URL with ?token=<token>.',
      'Choose the events that flows name.',
    ],
    rotation: ['SET the new token here: both work for 7 days', 'have the webhook’s URL changed'],
    oddities: [
      {
        date: '2026-11-21',
        what: 'two changes of one record have the same bytes: within 2 hours the second is not told, so poll as well',
      },
      { date: '2026-11-21', what: 'a signature in X-Rippling-Signature is not documented; `generic` can check one' },
    ],
    judged: { documentation: 'Rippling/OpenAPIDocs at 412d4b3' },
  },
  connection: tokenConnection(),
  proof: 'credential',
  methods: ['POST'],
  answerWithinMs: 10_000,
  types: {
    'employee.updated': {
      ...contentHint((fresh) => ({ ...company('employee.updated', fresh), id: fresh.id })),
      ordered: false,
    },
    'company.updated': { ...contentHint((fresh) => company('company.updated', fresh)), ordered: false },
  },
  verify: verifyToken,
  read({ body, acceptedAt }) {
    const form = formObject(body);
    return {
      events: [
        {
          type: requiredText(form, 'event_name'),
          eventId: null,
          key: contentKey(body, acceptedAt),
          occurredAt: null,
          entityId: firstText(form, 'id') ?? null,
        },
      ],
    };
  },
  payload: formObject,
  encode: (sample) => formOf(sample as object),
  sign: (_sample, vendor: { token: string }) => ({ headers: { 'content-type': FORM }, query: tokenQuery(vendor) }),
  pair: tokenPair,
});

const company = (event_name: string, { id, number }: Fresh) => ({
  event_name,
  company_id: id,
  company_primary_email: `ada.${number}@example.com`,
});
