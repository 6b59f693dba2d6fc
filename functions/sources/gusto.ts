/**
 * Gusto webhooks of embedded payroll and app integrations.
 *
 * HMAC-SHA256 over the raw body, lower-case hex, in `X-Gusto-Signature`. The key is the subscription's verification token.
 * No time is signed: replays are stopped by the ledger, not here. Events hold no record, only that it changed.
 * Source: docs.gusto.com, webhooks; Gusto/gusto-typescript-client, its OpenAPI text, read 2026-11-21; that the digest is
 * hex is secondary.
 *
 * Verification: a new subscription posts `{ verification_token, … }` to its URL, unsigned, because the token in it is to be
 * the secret. Anybody could send such a body, so it is taken only while the newest connection says that one is awaited; it
 * becomes no event and never replaces a secret by itself. The door keeps it in the bucket, and the log says where. Whether
 * it was Gusto's shows when the subscription is verified with it: Gusto takes no other.
 *
 * Identity: `uuid`; payloads of app integrations lack it, and the type, the record and the second stand in for it.
 */
import * as z from 'zod/mini';
import { type EventType, type Fresh, source } from '../core/source.ts';
import { firstText, requiredText } from './common/body.ts';
import { headerSignature } from './common/header-signature.ts';
import { parseExactly } from './common/json.ts';
import { unixSeconds } from './common/signature.ts';
import { isoOfSeconds } from './common/time.ts';

const SIGNATURE = 'x-gusto-signature';
const signature = headerSignature({ header: SIGNATURE, algorithm: 'sha256', encoding: 'hex' });

export const gusto = source({
  kind: 'gusto',
  sheet: {
    vendor: 'Gusto',
    needs: [
      { field: 'secret', what: 'the subscription’s verification token', isSecret: true, isOptional: true },
      {
        field: 'awaitingVerification',
        what: 'true from before a subscription is created until its token is set; without a secret it must be',
        isSecret: false,
        isOptional: true,
      },
    ],
    signs: 'HMAC-SHA256 over the body, hex, in X-Gusto-Signature',
    window: 'none',
    batch: 'one event a request',
    identity: '`uuid`, else `event_type`, `entity_uuid` and `timestamp`',
    entity: '`entity_uuid`',
    occurredAt: '`timestamp`, in seconds',
    answer: '2xx; no deadline is published',
    redelivery: 'up to 16 times, ever more rarely',
    setUp: [
      'Set { "awaitingVerification": true } here, then create the subscription by POST /v1/webhook_subscriptions.',
      'Read its token: the log line “handshake kept” names the object in the stage’s bucket; then delete the object.',
      'Verify by PUT /v1/webhook_subscriptions/<uuid>/verify with the token, and set { "secret": <token> } here.',
    ],
    rotation: [
      'SET { "secret": <old token>, "awaitingVerification": true } here, and create a second subscription',
      'read its token as at set-up, and verify the subscription with it',
      'SET { "secret": <new token> } here: both work for 7 days',
      'delete the first subscription',
    ],
    oddities: [
      {
        date: '2026-11-21',
        what: 'a token that did not come can be asked for: GET …/<uuid>/request_verification_token',
      },
      {
        date: '2026-11-21',
        what: 'the call with the token is unsigned: while it is awaited, anybody’s is kept; Gusto verifies with its own only',
      },
      { date: '2026-11-21', what: 'payloads of app integrations have no `uuid`, as their page shows them' },
    ],
    judged: { documentation: 'docs.gusto.com, webhooks; secondary for the encoding' },
  },
  connection: z.union([
    z.strictObject({ secret: z.string().check(z.minLength(1)), awaitingVerification: z.optional(z.boolean()) }),
    z.strictObject({ awaitingVerification: z.literal(true) }),
  ]),
  proof: 'signature',
  methods: ['POST'],
  answerWithinMs: 10_000,
  types: {
    'company.provisioned': thin('company.provisioned', 'Company'),
    'employee.created': thin('employee.created', 'Employee'),
    'employee.updated': thin('employee.updated', 'Employee'),
    'payroll.paid': thin('payroll.paid', 'Payroll'),
  },
  verify(request, context) {
    const secrets = context.secrets.flatMap((connection) => ('secret' in connection ? [connection] : []));
    return signature.verify(request, { ...context, secrets });
  },
  handshake({ method, headers, body }, { secrets }) {
    const isAwaited = secrets[0]?.awaitingVerification === true;
    if (!isAwaited || method !== 'POST' || headers[SIGNATURE] !== undefined) return undefined;
    return hasToken(body) ? { status: 200, keep: true } : undefined;
  },
  read({ body }) {
    const json = parseExactly(body);
    const type = requiredText(json, 'event_type');
    const eventId = firstText(json, 'uuid') ?? null;
    const entityId = firstText(json, 'entity_uuid') ?? null;
    const seconds = firstText(json, 'timestamp');
    if (eventId === null && (entityId === null || seconds === undefined)) {
      return { unreadable: 'there is neither uuid nor both entity_uuid and timestamp' };
    }
    return {
      events: [
        {
          type,
          eventId,
          key: eventId ?? `${type}:${entityId}:${seconds}`,
          occurredAt: isoOfSeconds(seconds),
          entityId,
        },
      ],
    };
  },
  sign: (sample, vendor: { secret: string }) => signature.sign(sample, vendor),
});

function hasToken(body: Buffer): boolean {
  try {
    return firstText(JSON.parse(body.toString('utf8')), 'verification_token') !== undefined;
  } catch {
    return false;
  }
}

function thin(event_type: string, entity_type: string): EventType {
  const sample = ({ id, number, now }: Fresh) => ({
    uuid: id,
    event_type,
    resource_type: 'Company',
    resource_uuid: '5f0a1d0e-7c35-4b7e-8a3e-9d1c52f7b604',
    entity_type,
    entity_uuid: `${String(number).padStart(8, '0')}-3b1d-4f6e-a1c9-0e7f5d2b8a46`,
    timestamp: unixSeconds(now),
  });
  return { shape: 'hint', sample };
}
