/**
 * Pipedrive webhooks of version 2.0.
 *
 * Nothing is signed: the user name and password given to the webhook come as HTTP Basic, and all events are hints.
 * Source: pipedrive.readme.io, guide for webhooks v2 and its migration guide; AddWebhookRequest of the official client,
 * read 2026-11-21; deadlines and retries secondary, an AsyncAPI summary of that guide.
 *
 * Identity: `meta.id`, which a retry keeps (`meta.attempt` counts); without it `meta.correlation_id` and the record. In
 * version 1 `meta.id` is the record's own, so that every change of a record would seem one event: such bodies are
 * unreadable.
 */
import { type Fresh, source } from '../core/source.ts';
import { firstText, requiredText } from './common/body.ts';
import { BasicConnection, basicPair, signBasic, verifyBasic } from './common/credential.ts';
import { parseExactly } from './common/json.ts';
import { utc } from './common/time.ts';

export const pipedrive = source({
  kind: 'pipedrive',
  sheet: {
    vendor: 'Pipedrive',
    needs: [
      { field: 'username', what: 'the webhook’s HTTP Auth user name, of your own choice', isSecret: false },
      { field: 'password', what: 'the webhook’s HTTP Auth password, a long random text', isSecret: true },
    ],
    signs: 'nothing: HTTP Basic',
    window: 'none',
    batch: 'one event a request',
    identity: '`meta.id`, else `meta.correlation_id` and the record',
    entity: '`meta.entity_id`; ids are unique in a kind of record only',
    occurredAt: '`meta.timestamp`',
    answer: '2xx within 10 s; redirects are refused',
    redelivery: 'after 3, 30 and 150 s; 10 failures ban the webhook for 30 min, 3 days of them delete it',
    setUp: [
      'Settings → Tools and apps → Webhooks → Create new webhook, version 2.0.',
      'Endpoint URL: the source’s URL; HTTP Auth: the user name and password set here.',
      'Choose the action and the object; a webhook has one of each, or all.',
    ],
    rotation: [
      'SET the new password here: both work for 7 days',
      'create the webhook anew with it, then delete the old one: a webhook cannot be changed',
    ],
    oddities: [
      { date: '2026-11-21', what: 'a merge arrives as a `delete` with `meta.merged_to_id` and a `change`' },
      { date: '2026-11-21', what: 'a user may have 40 webhooks' },
      { date: '2026-11-21', what: 'bodies of version 1 are unreadable: their `meta.id` is the record’s' },
    ],
    judged: { documentation: 'pipedrive.readme.io, webhooks v2; secondary: an AsyncAPI summary of it' },
  },
  connection: BasicConnection,
  proof: 'credential',
  methods: ['POST'],
  answerWithinMs: 10_000,
  types: {
    'create.person': {
      shape: 'state',
      sample: (fresh) => ({ data: person(fresh), previous: null, ...meta('create', 'person', fresh) }),
    },
    'change.deal': {
      shape: 'state',
      sample: (fresh) => ({ data: deal(fresh), previous: { stage_id: 2 }, ...meta('change', 'deal', fresh) }),
    },
    'delete.deal': {
      shape: 'state',
      sample: (fresh) => ({ data: null, previous: deal(fresh), ...meta('delete', 'deal', fresh) }),
    },
  },
  verify: verifyBasic,
  read({ body }) {
    const json = parseExactly(body);
    const entity = firstText(json, 'meta.entity');
    if (entity === undefined) return { unreadable: 'there is no meta.entity: create the webhook with version 2.0' };
    const eventId = firstText(json, 'meta.id') ?? null;
    const entityId = firstText(json, 'meta.entity_id') ?? null;
    const at = firstText(json, 'meta.timestamp');
    return {
      events: [
        {
          type: `${requiredText(json, 'meta.action')}.${entity}`,
          eventId,
          key: eventId ?? [requiredText(json, 'meta.correlation_id'), entity, entityId].join(':'),
          occurredAt: at === undefined ? null : utc(at),
          entityId,
        },
      ],
    };
  },
  sign: signBasic,
  pair: basicPair,
});

const meta = (action: string, entity: string, { id, number, now }: Fresh) => ({
  meta: {
    action,
    entity,
    entity_id: String(number),
    id,
    company_id: '4711',
    correlation_id: `correlation-${id}`,
    timestamp: now.toISOString(),
    type: 'general',
    version: '2.0',
    webhook_id: '42',
    change_source: 'app',
    is_bulk_edit: false,
    attempt: 1,
    host: 'syncline.pipedrive.com',
  },
});

const deal = ({ number, now }: Fresh) => ({
  id: number,
  title: 'Analytical Engine',
  value: 12_950,
  currency: 'EUR',
  stage_id: 3,
  status: 'open',
  person_id: number + 1,
  update_time: now.toISOString(),
});

const person = ({ id, number, now }: Fresh) => ({
  id: number,
  name: 'Ada Lovelace',
  emails: [{ value: `ada.${id}@example.com`, primary: true, label: 'work' }],
  add_time: now.toISOString(),
});
