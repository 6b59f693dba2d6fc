/**
 * Somebody's own service in the sandbox. `POST` with a `webhook-id` is a webhook (record `webhook`, key the id); every
 * other `POST` and `PUT` is a record `request`: by its idempotency key, by its path (`PUT`), or a new one each time.
 * `GET /health` is the probe.
 * An id or key that was seen before is answered from memory. Signatures are not checked: their presence is.
 * Source: Standard Webhooks; RFC 9110, section 9.3.4; read 2026-11-20.
 */
import type { Fields, Records } from './store.ts';
import { notInSandbox, parseJson, type Vendor, type VendorAnswer, type VendorCall } from './vendor.ts';

export const http: Vendor = {
  answers: {
    down: { status: 503 },
    'rate-limit': { status: 429, headers: { 'retry-after': '2' } },
    refuse: { status: 400, body: { error: 'the sandbox is told to refuse' } },
    revoke: { status: 401, body: { error: 'the sandbox is told that the token is revoked' } },
  },
  handle(call, records) {
    if (call.method === 'GET' && call.path === '/health') return { status: 200, body: { healthy: true } };
    if (call.method !== 'POST' && call.method !== 'PUT') return notInSandbox('http', `${call.method} ${call.path}`);
    const fields = fieldsOf(call.body);
    if (!fields) return { status: 400, body: { error: 'the body is not JSON' } };
    if (call.method === 'PUT') return put(call.path, fields, records);
    const webhookId = call.headers['webhook-id'];
    if (webhookId !== undefined) return takeWebhook(webhookId, call, fields, records);
    const key = call.headers['idempotency-key'];
    if (key !== undefined) return once('request', key, fields, records);
    return add({ type: 'request', key: call.path, fields }, records);
  },
};

/** A record's fields are the JSON body; what is not an object becomes the field `body`. */
function fieldsOf(body: Buffer): Fields | undefined {
  const value = parseJson(body);
  if (value === undefined) return undefined;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Fields) : { body: value };
}

function takeWebhook(id: string, { headers }: VendorCall, fields: Fields, records: Records): VendorAnswer {
  if (!/^\d+$/.test(headers['webhook-timestamp'] ?? '') || !/^v1a?,\S/.test(headers['webhook-signature'] ?? '')) {
    return { status: 400, body: { error: 'webhook-timestamp or webhook-signature is missing or malformed' } };
  }
  return once('webhook', id, fields, records);
}

function once(type: string, key: string, fields: Fields, records: Records): VendorAnswer {
  const seen = records.find(type, `key ${key}`);
  return seen ? created(seen.id) : add({ type, key, lookup: `key ${key}`, fields }, records);
}

function put(path: string, fields: Fields, records: Records): VendorAnswer {
  const found = records.find('request', `path ${path}`);
  if (!found) return add({ type: 'request', key: path, lookup: `path ${path}`, fields }, records);
  records.change(found, fields);
  return { status: 200, body: { id: found.id } };
}

function add(record: { type: string; key: string; lookup?: string; fields: Fields }, records: Records): VendorAnswer {
  const id = String(records.nextNumber());
  records.add({ ...record, id });
  return created(id);
}

const created = (id: string): VendorAnswer => ({ status: 201, body: { id } });
