/**
 * HubSpot CRM.
 *
 * `https://api.hubapi.com` with a private app's token. Both upserts go through the batch endpoint, which alone knows
 * `idProperty`; a repeat changes nothing. Values of properties are text. An unknown property fails the whole item.
 * Several records in one call come back as 207 with an error for each that failed, paired by `objectWriteTraceId`.
 *
 * Errors are `{ status, message, category, errors }`; 429 has `errorType`, `policyName` and no `Retry-After`; 423 is a lock
 * of 2 s; 477 is an account on the move, with `Retry-After` of up to 24 h.
 * Source: developers.hubspot.com, API reference (objects v3, associations v4), "Error handling" and "Usage guidelines",
 * read 2026-11-20. Limit: 100 calls in 10 s for one app in the smallest plan.
 */
import { z } from 'zod';
import type { ErrorClass } from '../core/delivery-error.ts';
import { type Failure, type HttpRequest, type HttpResponse, operation, target } from '../core/target.ts';

const MAX_BATCH = 100;
const LOCK_MS = 2_000;
const WINDOW_MS = 10_000;
/** The day ends at midnight in the account's time zone, which we do not know: look again every hour. */
const DAILY_WAIT_MS = 3_600_000;

const Connection = z.strictObject({ token: z.string().min(1), baseUrl: z.url().default('https://api.hubapi.com') });
type Connection = z.output<typeof Connection>;

const Name = z.string().regex(/^[\w-]+$/, 'must be the internal name: letters, digits, _ and -');
const Id = z.string().regex(/^\d+$/, 'must be digits');
const Properties = z.record(Name, z.string()).optional();
const Contact = z.strictObject({
  email: z.string().regex(/^[^\s@]+@[^\s@]+$/, 'must be an email address'),
  properties: Properties,
});
const Deal = z.strictObject({ uniqueProperty: Name, value: z.string().min(1), properties: Properties });
const Side = z.strictObject({ type: Name, id: Id });
const Association = z.union([z.strictObject({ from: Side, to: Side }), z.strictObject({ dealId: Id, contactId: Id })]);

const Problem = z.looseObject({
  category: z.string().optional(),
  errorType: z.string().optional(),
  policyName: z.string().optional(),
  message: z.string().optional(),
  context: z.looseObject({ objectWriteTraceId: z.array(z.string()).optional() }).optional(),
});
type Problem = z.output<typeof Problem>;
const Upserted = z.object({ id: z.string(), new: z.boolean().optional(), objectWriteTraceId: z.string().optional() });
const UpsertAnswer = z.object({ results: z.array(Upserted), errors: z.array(Problem).default([]) });
const AssociateAnswer = z.object({
  results: z.array(z.object({ from: z.object({ id: z.string() }), to: z.object({ id: z.string() }) })),
  errors: z.array(Problem).default([]),
});

/** `created` is false for a record that was there before. */
type Written = { id: string; created?: boolean };
type Linked = { fromId: string; toId: string };
type Item = { id: string; idProperty: string; properties: Record<string, string> };

const CLASS_BY_CATEGORY: Readonly<Record<string, ErrorClass>> = {
  VALIDATION_ERROR: 'validation',
  INVALID_AUTHENTICATION: 'auth',
  EXPIRED_AUTHENTICATION: 'auth',
  MISSING_SCOPES: 'auth',
  CONFLICT: 'conflict',
  OBJECT_NOT_FOUND: 'not-found',
  RATE_LIMITS: 'rate-limit',
};

export const hubspot = target({
  kind: 'hubspot',
  connection: Connection,
  baseUrl: ({ baseUrl }) => baseUrl.replace(/\/$/, ''),
  auth: { scheme: 'headers', headers: ({ token }) => ({ authorization: `Bearer ${token}` }) },
  limit: { requests: 100, perMs: WINDOW_MS },
  classify,
  /** Needs no scope of its own and shows nobody's data. */
  probe: { request: () => ({ method: 'GET', path: '/account-info/v3/details' }) },
  sandbox: { token: 'pat-sandbox' },
  operations: {
    /** Creates or updates the contact with this email; HubSpot compares emails without regard to case. */
    upsertContact: operation<Connection>()({
      input: Contact,
      repeatable: { by: 'upsert' },
      ...upserts('contacts', ({ email, properties = {} }: z.output<typeof Contact>) => ({
        id: email,
        idProperty: 'email',
        properties,
      })),
      // HubSpot keeps addresses in lower case.
      writes: ({ email, properties = {} }, { id }) => ({
        entity: `contact:${id}`,
        fields: { ...properties, email: email.toLowerCase() },
      }),
      sample: {
        input: { email: 'ada@example.com', properties: { firstname: 'Ada', lifecyclestage: 'customer' } },
        result: { id: '51', created: true },
      },
    }),
    /** Creates or updates the deal in which `uniqueProperty`, a property with unique values, is `value`. */
    upsertDeal: operation<Connection>()({
      input: Deal,
      repeatable: { by: 'upsert' },
      ...upserts('deals', ({ uniqueProperty, value, properties = {} }: z.output<typeof Deal>) => ({
        id: value,
        idProperty: uniqueProperty,
        properties,
      })),
      writes: ({ uniqueProperty, value, properties = {} }, { id }) => ({
        entity: `deal:${id}`,
        fields: { ...properties, [uniqueProperty]: value },
      }),
      sample: {
        input: {
          uniqueProperty: 'order_id',
          value: '1001',
          properties: { dealname: 'Order 1001', amount: '49.00', dealstage: 'closedwon' },
        },
        result: { id: '77', created: true },
      },
    }),
    /** Links two records with the default label. Both must exist; linking twice changes nothing. */
    associate: operation<Connection>()({
      input: Association,
      repeatable: { by: 'upsert' },
      request(input) {
        const { from, to } = 'from' in input ? input : sidesOf(input);
        return {
          method: 'PUT',
          path: `/crm/v4/objects/${from.type}/${from.id}/associations/default/${to.type}/${to.id}`,
        };
      },
      result(response): Linked | { failure: Failure } {
        const { results, errors } = AssociateAnswer.parse(parseBody(response));
        if (errors[0]) return { failure: failureOf(errors[0]) };
        const [first] = results;
        if (!first) throw new Error('the answer names no association');
        return { fromId: first.from.id, toId: first.to.id };
      },
      sample: { input: { dealId: '77', contactId: '51' }, result: { fromId: '77', toId: '51' } },
    }),
  },
});

const sidesOf = ({ dealId, contactId }: { dealId: string; contactId: string }) => ({
  from: { type: 'deals', id: dealId },
  to: { type: 'contacts', id: contactId },
});

/** An upsert of one object type, alone and in a batch. HubSpot refuses a batch that names a record twice. */
function upserts<Input>(objectType: 'contacts' | 'deals', itemOf: (input: Input) => Item) {
  const request = (inputs: readonly Item[]): HttpRequest => ({
    method: 'POST',
    path: `/crm/v3/objects/${objectType}/batch/upsert`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ inputs }),
  });
  const traced = (input: Input, index: number) => ({ ...itemOf(input), objectWriteTraceId: String(index) });
  return {
    request: (input: Input) => request([itemOf(input)]),
    result: readOne,
    batch: {
      max: MAX_BATCH,
      request: (inputs: readonly Input[]) => request(inputs.map(traced)),
      results: readMany,
    },
  };
}

function readOne(response: HttpResponse): Written | { failure: Failure } {
  const { results, errors } = UpsertAnswer.parse(parseBody(response));
  if (errors[0]) return { failure: failureOf(errors[0]) };
  if (!results[0]) throw new Error('the answer names no record');
  return written(results[0]);
}

/** In the order of the inputs: the trace id is an input's number. What the answer does not name may have been written. */
function readMany(response: HttpResponse): (Written | { failure: Failure })[] {
  const { results, errors } = UpsertAnswer.parse(parseBody(response));
  const answers: (Written | { failure: Failure })[] = [];
  for (const result of results) answers[numberOf(result.objectWriteTraceId)] = written(result);
  for (const error of errors) {
    for (const traceId of error.context?.objectWriteTraceId ?? []) {
      answers[numberOf(traceId)] = { failure: failureOf(error) };
    }
  }
  return Array.from(answers, (answer) => answer ?? { failure: UNNAMED });
}

const UNNAMED: Failure = {
  errorClass: 'transient',
  code: 'no-answer',
  message: 'the answer does not name this record',
  outcome: 'unknown',
};

function numberOf(traceId: string | undefined): number {
  if (traceId === undefined || !/^\d{1,2}$/.test(traceId)) throw new Error('a result without our objectWriteTraceId');
  return Number(traceId);
}

const written = ({ id, new: created }: z.output<typeof Upserted>): Written =>
  created === undefined ? { id } : { id, created };

const parseBody = ({ body }: HttpResponse): unknown => JSON.parse(body.toString('utf8'));

/** An error inside a 2xx. A category that we do not know is tried again: an upsert may be. */
function failureOf({ category = 'unknown', message = category }: Problem): Failure {
  return { errorClass: CLASS_BY_CATEGORY[category] ?? 'transient', code: category, message };
}

function classify(response: HttpResponse): Failure | undefined {
  const { status } = response;
  const problem = problemOf(response);
  const message = problem.message ?? `status ${status}`;
  if (status === 429) {
    const code = problem.policyName ?? problem.errorType ?? 'RATE_LIMIT';
    return { errorClass: 'rate-limit', code, message, retryAfterMs: windowMs(response, problem.policyName) };
  }
  if (status === 423) return { errorClass: 'transient', code: 'locked', message, retryAfterMs: LOCK_MS };
  if (status === 477) return { errorClass: 'rate-limit', code: 'migration', message };
  const errorClass = status < 500 ? CLASS_BY_CATEGORY[problem.category ?? ''] : undefined;
  return errorClass && { errorClass, code: problem.category ?? '', message };
}

/** @returns undefined when the answer says it itself, against HubSpot's documentation. */
function windowMs({ headers }: HttpResponse, policyName: string | undefined): number | undefined {
  if (headers['retry-after'] !== undefined) return undefined;
  if (policyName === 'DAILY') return DAILY_WAIT_MS;
  const intervalMs = Number(headers['x-hubspot-ratelimit-interval-milliseconds']);
  return intervalMs > 0 ? intervalMs : WINDOW_MS;
}

/** Any field may be missing, and a gateway answers in HTML. */
function problemOf(response: HttpResponse): Problem {
  try {
    return Problem.safeParse(parseBody(response)).data ?? {};
  } catch {
    return {};
  }
}
