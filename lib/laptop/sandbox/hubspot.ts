/**
 * HubSpot in the sandbox: batch upserts of any object type by a unique property, the default association between a deal
 * and a contact, and the account's details. Any bearer token is good and every property exists. A record is found again by
 * the property that it was first written by.
 * Source: developers.hubspot.com, API reference (objects v3, associations v4, account information v3), "Error handling"
 * and "Usage guidelines", read 2026-11-20.
 */
import { z } from 'zod';
import type { Records, SandboxRecord } from './store.ts';
import { notInSandbox, parseJson, type Vendor, type VendorAnswer, type VendorCall } from './vendor.ts';

const Input = z.object({
  id: z.string().min(1),
  idProperty: z.string().min(1),
  properties: z.record(z.string(), z.string()),
  objectWriteTraceId: z.string().optional(),
});
type Input = z.output<typeof Input>;
const Body = z.object({ inputs: z.array(Input).min(1).max(100) });

/** Other spellings of an object type: its singular and its number. */
const TYPES: Readonly<Record<string, string>> = {
  contact: 'contacts',
  '0-1': 'contacts',
  deal: 'deals',
  '0-3': 'deals',
};
const typeOf = (name: string) => (Object.hasOwn(TYPES, name) ? TYPES[name]! : name);
/** Numbers of the default labels. */
const ASSOCIATION_TYPES: Readonly<Record<string, number>> = { 'deals->contacts': 3, 'contacts->deals': 4 };

export const hubspot: Vendor = {
  answers: {
    down: { status: 503 },
    'rate-limit': {
      status: 429,
      body: {
        status: 'error',
        message: 'You have reached your ten_secondly_rolling limit.',
        errorType: 'RATE_LIMIT',
        correlationId: correlationId(0),
        policyName: 'TEN_SECONDLY_ROLLING',
      },
    },
    refuse: problem(400, 'VALIDATION_ERROR', 'Property values were not valid: the sandbox is told to refuse'),
    revoke: problem(401, 'INVALID_AUTHENTICATION', 'Authentication credentials not found or revoked.'),
  },
  handle(call, records) {
    if (!/^Bearer \S/.test(call.headers.authorization ?? '')) return this.answers.revoke;
    const upserted = /^POST \/crm\/v3\/objects\/([\w-]+)\/batch\/upsert$/.exec(`${call.method} ${call.path}`);
    if (upserted) return upsertBatch(typeOf(upserted[1]!), call, records);
    const associated = ASSOCIATE.exec(`${call.method} ${call.path}`);
    if (associated) return associate(associated.slice(1), call.now, records);
    if (`${call.method} ${call.path}` === 'GET /account-info/v3/details') return { status: 200, body: ACCOUNT };
    return notInSandbox('hubspot', `${call.method} ${call.path}`);
  },
};

const ASSOCIATE = /^PUT \/crm\/v4\/objects\/([\w-]+)\/([^/]+)\/associations\/default\/([\w-]+)\/([^/]+)$/;
const ACCOUNT = { portalId: 1, accountType: 'SANDBOX', timeZone: 'UTC', companyCurrency: 'EUR', utcOffset: '+00:00' };

/** Several records: all or none, unless each has a trace id; then HubSpot answers for each. */
function upsertBatch(type: string, call: VendorCall, records: Records): VendorAnswer {
  const { data, error } = Body.safeParse(parseJson(call.body));
  if (error) return problem(400, 'VALIDATION_ERROR', `Invalid input JSON: ${z.prettifyError(error)}`);
  const inputs = data.inputs.map(lowerEmail);
  const twice = inputs.filter(({ id }, index) => inputs.findIndex((other) => other.id === id) !== index);
  if (twice.length > 0) return problem(400, 'VALIDATION_ERROR', 'Duplicate IDs found in batch input');
  const bad = inputs.filter(({ id, idProperty }) => idProperty === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(id));
  const traced = inputs.every(({ objectWriteTraceId }) => objectWriteTraceId !== undefined);
  if (bad.length > 0 && !traced) return problem(400, 'VALIDATION_ERROR', INVALID_EMAIL);
  const results = inputs.filter((input) => !bad.includes(input)).map((input) => upsert(type, input, call.now, records));
  if (bad.length === 0) return { status: 200, body: complete(call.now, { results }) };
  const errors = bad.map(({ objectWriteTraceId }) => itemProblem(objectWriteTraceId!));
  return { status: 207, body: complete(call.now, { results, numErrors: errors.length, errors }) };
}

const lowerEmail = (input: Input): Input =>
  input.idProperty === 'email' ? { ...input, id: input.id.toLowerCase() } : input;

function upsert(type: string, input: Input, now: number, records: Records) {
  const { id, idProperty, properties, objectWriteTraceId } = input;
  const lookup = `${idProperty}=${id}`;
  const found = records.find(type, lookup);
  const fields = { ...found?.fields, ...properties, [idProperty]: id };
  const recordId = found?.id ?? String(records.nextNumber());
  if (found) records.change(found, fields);
  else records.add({ type, id: recordId, key: id, lookup, fields });
  const at = new Date(now).toISOString();
  const trace = objectWriteTraceId !== undefined && { objectWriteTraceId };
  return { id: recordId, properties: fields, createdAt: at, updatedAt: at, archived: false, new: !found, ...trace };
}

function associate(parts: string[], now: number, records: Records): VendorAnswer {
  const [fromType, fromId, toType, toId] = parts as [string, string, string, string];
  const from = { type: typeOf(fromType), id: fromId };
  const to = { type: typeOf(toType), id: toId };
  const missing = [from, to].find(({ type, id }) => !records.get(type, id));
  if (missing) return problem(404, 'OBJECT_NOT_FOUND', `No ${missing.type} record has the id ${missing.id}.`);
  const [there, back] = [ASSOCIATION_TYPES[`${from.type}->${to.type}`], ASSOCIATION_TYPES[`${to.type}->${from.type}`]];
  if (!there || !back) return notInSandbox('hubspot', `the default association of ${from.type} and ${to.type}`);
  addAssociation(from, to, records);
  const results = [associationOf(from, to, there), associationOf(to, from, back)];
  return { status: 200, body: complete(now, { results }) };
}

type Side = Pick<SandboxRecord, 'type' | 'id'>;

/** An association runs both ways, so its reverse is the same one. */
function addAssociation(from: Side, to: Side, records: Records): void {
  const keyOf = (one: Side, other: Side) => `${one.type}:${one.id}->${other.type}:${other.id}`;
  const key = keyOf(from, to);
  if (records.find('association', key) || records.find('association', keyOf(to, from))) return;
  records.add({ type: 'association', id: String(records.nextNumber()), key, lookup: key, fields: { from, to } });
}

const associationOf = (from: Side, to: Side, associationTypeId: number) => ({
  from: { id: from.id },
  to: { id: to.id },
  associationSpec: { associationCategory: 'HUBSPOT_DEFINED', associationTypeId },
});

function complete(now: number, rest: object): object {
  const at = new Date(now).toISOString();
  return { status: 'COMPLETE', ...rest, startedAt: at, completedAt: at };
}

const INVALID_EMAIL = 'Property values were not valid: an email address is invalid';

const itemProblem = (traceId: string) => ({
  ...{ status: 'error', category: 'VALIDATION_ERROR', message: INVALID_EMAIL },
  context: { objectWriteTraceId: [traceId] },
});

function problem(status: number, category: string, message: string): VendorAnswer {
  return { status, body: { status: 'error', message, correlationId: correlationId(status), category } };
}

/** In HubSpot's form. */
function correlationId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
