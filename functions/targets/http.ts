/**
 * Any service that speaks HTTP: signed webhooks by the Standard Webhooks specification, and plain REST with JSON.
 *
 * A webhook goes to exactly `baseUrl`, query included; REST calls go below it. `webhook-id` stays the same over retries and
 * receivers drop what they have seen; `webhook-timestamp` is the attempt's. Signed is `<id>.<timestamp>.<body>`. 410 means
 * that the receiver is gone for good. PUT is idempotent by definition, POST is not.
 * Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md; RFC 9110, section 9.2.2; IETF draft
 * "Idempotency-Key HTTP Header Field"; read 2026-11-20.
 */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { DeliveryError } from '../core/delivery-error.ts';
import { type HttpRequest, type HttpResponse, operation, target } from '../core/target.ts';

/** Neither document says how long receivers remember ids and keys. A day is what the careful ones do (Stripe, 24 h). */
const KEY_LIFETIME_HOURS = 24;
const MAX_ID_LENGTH = 200;
const JSON_BODY = { 'content-type': 'application/json' };

const OURS = /^(?!(?:webhook-.*|idempotency-key|content-type|content-length|transfer-encoding|connection|host)$)/i;
const HeaderName = z
  .string()
  .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be a header name')
  .regex(OURS, 'is set by Syncline');
const HeaderValue = z.string().regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII');
/** The characters of RFC 3986, no dot segments in any spelling, nothing that could name another host. */
const Path = z
  .string()
  .regex(/^\/(?!\/)(?:[\w\-.~!$&'()*+,;=:@/?]|%[0-9a-f]{2})*$/i, 'must begin with one / and be percent-encoded')
  .refine((path) => !/\/(\.|%2e){1,2}(\/|\?|$)/i.test(path), 'must not contain . or .. segments')
  .refine((path) => !path.includes('://'), 'must not contain a scheme');
const Connection = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .regex(/^https?:\/\/[^@/?#]*([/?#]|$)/i, 'must not hold credentials: use headers'),
  /** Signs webhooks: `whsec_` and the key as base64. */
  secret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, 'must be whsec_ and base64')
    .optional(),
  /** Sent with every call: how the service authenticates us. */
  headers: z.record(HeaderName, HeaderValue).optional(),
  /** Below the base URL: a GET there is answered 2xx while the service is well and takes our credentials. @default none */
  probePath: Path.optional(),
});
type Connection = z.output<typeof Connection>;

const Write = z.strictObject({ path: Path, body: z.unknown() });
type Write = z.output<typeof Write>;
const Webhook = z.strictObject({
  /** Such as `invoice.paid`. */
  type: z.string().min(1),
  data: z.unknown(),
  /** When it happened, ISO 8601. @default the time of the attempt */
  timestamp: z.iso.datetime({ offset: true }).optional(),
});
const Identified = z.looseObject({ id: z.union([z.string().max(MAX_ID_LENGTH), z.number()]) });

/** `id`: the top-level `id` of a JSON answer. */
type Answered = { status: number; id?: string };

export const http = target({
  kind: 'http',
  connection: Connection,
  baseUrl: ({ baseUrl }) => new URL(baseUrl).origin,
  auth: { scheme: 'headers', headers: ({ headers = {} }) => headers },
  limit: { requests: 10, perMs: 1_000 },
  classify: ({ status }) =>
    status === 410
      ? { errorClass: 'permanent', code: 'endpoint-gone', message: 'the receiver says that it is gone for good' }
      : undefined,
  probe: {
    request: (connection) =>
      connection.probePath === undefined ? undefined : { method: 'GET', path: below(connection, connection.probePath) },
  },
  sandbox: { secret: 'whsec_c2FuZGJveC1zaWduaW5nLWtleS1vZi0zMi1ieXRlcyE=', probePath: '/health' },
  operations: {
    /** Sends a signed webhook, `{ type, timestamp, data }`. */
    sendWebhook: operation<Connection>()({
      input: Webhook,
      repeatable: { by: 'key', keyLifetimeHours: KEY_LIFETIME_HOURS },
      request({ type, data, timestamp }, { connection, idempotencyKey, now }) {
        const body = JSON.stringify({ type, timestamp: timestamp ?? new Date(now).toISOString(), data });
        const headers = sign(`msg_${idempotencyKey}`, body, now, connection.secret);
        const { pathname, search } = new URL(connection.baseUrl);
        return { method: 'POST', path: pathname + search, headers: { ...JSON_BODY, ...headers }, body };
      },
      result: ({ status }) => ({ status }),
      sample: {
        input: { type: 'invoice.paid', data: { invoice: 'in_1001' }, timestamp: '2026-11-20T00:00:00Z' },
        result: { status: 204 },
      },
    }),
    /** Puts a resource at its path. */
    put: operation<Connection>()({
      input: Write,
      repeatable: { by: 'upsert' },
      request: (input, { connection }) => write('PUT', input, connection),
      result: answered,
      sample: { input: { path: '/orders/1001', body: { total: '49.00' } }, result: { status: 200, id: '1001' } },
    }),
    /** Posts to a service that cannot tell a repeat. */
    post: operation<Connection>()({
      input: Write,
      repeatable: { by: 'none' },
      request: (input, { connection }) => write('POST', input, connection),
      result: answered,
      sample: { input: { path: '/orders', body: { total: '49.00' } }, result: { status: 201, id: '1001' } },
    }),
    /** Posts to a service that honours `Idempotency-Key` for at least 24 hours. */
    postOnce: operation<Connection>()({
      input: Write,
      repeatable: { by: 'key', keyLifetimeHours: KEY_LIFETIME_HOURS },
      request: (input, { connection, idempotencyKey }) =>
        write('POST', input, connection, { 'idempotency-key': idempotencyKey }),
      result: answered,
      sample: { input: { path: '/payments', body: { amount: 4_900 } }, result: { status: 201, id: '1001' } },
    }),
  },
});

function sign(id: string, body: string, now: number, secret: string | undefined): Record<string, string> {
  if (secret === undefined) {
    const message = 'http.sendWebhook: the connection has no secret to sign with; set `secret` to whsec_ and base64';
    throw new DeliveryError('auth', 'no-signing-secret', message, { outcome: 'not-sent' });
  }
  const timestamp = String(Math.floor(now / 1_000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

function write(
  method: 'PUT' | 'POST',
  { path, body }: Write,
  connection: Connection,
  headers: Record<string, string> = {},
): HttpRequest {
  const text = JSON.stringify(body ?? null);
  return { method, path: below(connection, path), headers: { ...JSON_BODY, ...headers }, body: text };
}

/** A path below the base URL, with the base URL's query. */
function below({ baseUrl }: Connection, path: string): string {
  const { pathname, search } = new URL(baseUrl);
  return pathname.replace(/\/$/, '') + path + (path.includes('?') ? search.replace('?', '&') : search);
}

/** A 2xx is a success whatever its body holds. */
function answered({ status, body }: HttpResponse): Answered {
  try {
    const { data } = Identified.safeParse(JSON.parse(body.toString('utf8')));
    return data ? { status, id: String(data.id) } : { status };
  } catch {
    return { status };
  }
}
