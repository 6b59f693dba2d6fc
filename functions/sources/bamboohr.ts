/**
 * BambooHR webhooks, with either kind of body.
 *
 * HMAC-SHA256 over the raw body followed at once by the text of `X-BambooHR-Timestamp`, hex, in `X-BambooHR-Signature`. The
 * key is the `privateKey` that BambooHR shows once, when the webhook is created. The time is signed but no window is
 * documented, so none is enforced: replays are stopped by the ledger, not here. Hex is compared in either case, since one
 * source has it in capitals.
 * Source: documentation.bamboohr.com, webhooks (event-based, field-based), and BambooHR/bhr-api-python at 3d4de06, read
 * 2026-11-21; what is signed in which order is secondary, a quotation of BambooHR's sample in PHP. Guides that put the time
 * and a dot first are wrong.
 *
 * Bodies: field-based ones are `{ employees: […] }`, one event for each; event-based ones are one event,
 * `{ type, timestamp, data }`. Both may be had as a form too, which is not read: choose JSON.
 *
 * Identity: none is sent. Type, employee, time and names of the changed fields stand in for it, and a retry keeps them. The
 * names, because one change of standard and of custom fields comes as two events of one second.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { type Fresh, type SourceEvent, source } from '../core/source.ts';
import { listAt, requiredText } from './common/body.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly, partOf } from './common/json.ts';
import { isUnixSeconds } from './common/signature.ts';
import { utc } from './common/time.ts';

const SIGNATURE = 'x-bamboohr-signature';
/** Enough to tell apart what changes of one employee in one second. */
const NAMES_DIGITS = 16;
const { verify, sign } = headerSignature({
  header: SIGNATURE,
  algorithm: 'sha256',
  encoding: 'hex',
  content: ({ body, timestamp }) => [body, timestamp],
  timestamp: { header: 'x-bamboohr-timestamp', parse: timeOf },
});

export const bamboohr = source({
  kind: 'bamboohr',
  sheet: {
    vendor: 'BambooHR',
    needs: [{ field: 'secret', what: 'the webhook’s private key, shown once when it is created', isSecret: true }],
    signs: 'HMAC-SHA256 over the body and then X-BambooHR-Timestamp, hex, in X-BambooHR-Signature',
    window: 'none: the time is signed, but no limit is documented',
    batch: 'field-based: many employees a request; event-based: one event',
    identity: 'action or `type`, employee, `timestamp` and `changedFields`',
    entity: '`employees[].id`, else `data.employeeId`',
    occurredAt: '`timestamp`',
    answer: '2xx; a 4xx is never sent again',
    redelivery: 'after 5xx: 5 times, after 5, 10, 20, 40 and 80 min',
    setUp: [
      'Account → Webhooks → Add, or POST /v1/webhooks of the API; one webhook for each source.',
      'URL: the source’s URL; format: JSON; choose the fields or events to watch.',
      'Copy the private key, which is shown this once, and set it here.',
    ],
    rotation: [
      'create a second webhook alike: a key cannot be changed',
      'SET its private key here: both work for 7 days',
      'delete the first webhook; until then every change comes twice and is run once',
    ],
    oddities: [
      { date: '2026-11-21', what: 'a webhook has one kind of body: without events named it is made field-based' },
      { date: '2026-11-21', what: 'a new employee comes as `employee.created` and then `employee.updated`' },
      { date: '2026-11-21', what: 'a webhook made by API stops when the account of its user is deactivated' },
      {
        date: '2026-11-21',
        what: 'guides that sign `<timestamp>.<body>` are wrong: the time comes last, without a dot',
      },
      { date: '2026-11-21', what: 'one source has the signature in capitals: both cases are taken' },
    ],
    judged: {
      documentation: 'documentation.bamboohr.com and BambooHR/bhr-api-python at 3d4de06; secondary for what is signed',
    },
  },
  connection: z.object({ secret: z.string().check(z.minLength(1)) }),
  proof: 'signature',
  methods: ['POST'],
  answerWithinMs: 10_000,
  types: {
    'employee.created': { shape: 'delta', sample: (fresh) => employee('Created', fresh) },
    'employee.updated': { shape: 'delta', sample: (fresh) => employee('Updated', fresh) },
    'employee.deleted': {
      shape: 'hint',
      sample: ({ number, now }) => ({
        type: 'employee.deleted',
        timestamp: now.toISOString(),
        data: { companyId: '4711', employeeId: String(number), changedFields: [] },
      }),
    },
  },
  verify(request, context) {
    const given = request.headers[SIGNATURE];
    if (typeof given !== 'string') return verify(request, context);
    return verify({ ...request, headers: { ...request.headers, [SIGNATURE]: given.toLowerCase() } }, context);
  },
  read({ body }) {
    const json = parseExactly(body);
    if (!Object.hasOwn(Object(json), 'employees')) {
      return { events: [ofEvent(json)] };
    }
    const items = listAt(json, 'employees');
    return { events: items.map(ofEmployee), items: items.length };
  },
  sign,
});

type Change = { readonly changedFields?: unknown; readonly data?: Change };

function ofEmployee(item: unknown): SourceEvent {
  const type = `employee.${requiredText(item, 'action').toLowerCase()}`;
  const { changedFields } = Object(item) as Change;
  return { ...eventOf(item, type, { entityPath: 'id', changedFields }), part: partOf(item) };
}

function ofEvent(json: unknown): SourceEvent {
  const { data } = Object(json) as Change;
  const changedFields = data?.changedFields;
  return eventOf(json, requiredText(json, 'type'), { entityPath: 'data.employeeId', changedFields });
}

function eventOf(json: unknown, type: string, change: { entityPath: string; changedFields: unknown }): SourceEvent {
  const entityId = requiredText(json, change.entityPath);
  const occurredAt = utc(requiredText(json, 'timestamp'));
  const names = createHash('sha256')
    .update(partOf([change.changedFields]))
    .digest('hex')
    .slice(0, NAMES_DIGITS);
  return { type, eventId: null, key: `${type}:${entityId}:${occurredAt}:${names}`, occurredAt, entityId };
}

/**
 * Which notation BambooHR uses is not documented: seconds, or a date with its time and zone. Each has a fixed beginning, so
 * that no part of a signed time can be passed off as the end of the body before it.
 */
const TIME = /^(?:\d{10}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))$/;

function timeOf(text: string): number | undefined {
  if (!TIME.test(text)) return undefined;
  const ms = isUnixSeconds(text) ? Number(text) * 1_000 : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

const employee = (action: 'Created' | 'Updated', { id, number, now }: Fresh) => ({
  employees: [
    {
      id: String(number),
      action,
      timestamp: now.toISOString(),
      changedFields: action === 'Created' ? [] : ['City', 'Work Email'],
      fields: {
        'First Name': 'Ada',
        'Last Name': 'Lovelace',
        City: 'London',
        'Work Email': `ada.${id}@example.com`,
      },
    },
  ],
});
