import { type AcceptPorts, accept } from '../../../functions/core/accept.ts';
import { decodeEnvelope, type Envelope } from '../../../functions/core/envelope.ts';
import type { HttpAnswer, SourceRequest } from '../../../functions/core/source.ts';
import { settingOf } from './schemes.ts';
import type { ExpectedEvent, Vector } from './vector.ts';

export type VectorVerdict = {
  readonly id: string;
  readonly verdict: 'accept' | 'reject';
  /** What our log would say. */
  readonly reason: string;
  readonly events: readonly (ExpectedEvent & { readonly key: string })[];
  /** What we answer, where it is more than a plain 200. */
  readonly response?: HttpAnswer;
};

/**
 * Sends a vector's request to the door, as the ingest function does: at its time, with its secrets and keys.
 *
 * @throws Error for a scheme or a setting that cannot be meant.
 */
export async function judgeVector(vector: Vector): Promise<VectorVerdict> {
  const { source, connections, fetchKey } = settingOf(vector);
  const envelopes: Envelope[] = [];
  let reason = 'handshake';
  const ports: AcceptPorts = {
    clock: { now: () => vector.now * 1_000, sleep: async () => {} },
    random: { number: () => 0.5, id: () => vector.id },
    secrets: { connections: async () => connections, refresh: async () => undefined },
    telemetry: {
      count: () => {},
      milliseconds: () => {},
      log(_level, message, fields) {
        reason = message === 'refused' ? String(fields.reason) : message;
      },
    },
    fetchKey: fetchKey ?? (async (url) => Promise.reject(new Error(`the vector has no key for ${url}`))),
    bodies: { put: async () => {}, get: async () => undefined },
    spool: { put: async () => {} },
    queues: {
      send: async (_flow, messages) => void envelopes.push(...messages.map(({ body }) => decoded(body))),
      setVisibility: async () => {},
    },
  };
  const answer = await accept(
    requestOf(vector),
    source,
    { routes: { '*': ['vector'] }, publicUrl: urlOf(vector) },
    ports,
  );
  const isPlain = answer.status === 200 && answer.headers === undefined && answer.body === undefined;
  return {
    id: vector.id,
    verdict: answer.status >= 200 && answer.status <= 299 ? 'accept' : 'reject',
    reason,
    events: envelopes.map(({ key, eventId, type, occurredAt, entityId }) => ({
      ...{ key, eventId, eventType: type, occurredAt, entityId },
    })),
    ...(!isPlain && { response: answer }),
  };
}

function decoded(body: string): Envelope {
  const envelope = decodeEnvelope(body);
  if ('problem' in envelope) throw new Error(envelope.problem);
  return envelope;
}

/** The URL as configured at the vendor: without its query, which the request brings along. */
export const urlOf = ({ request: { url } }: Vector) => url.split('?')[0]!;

/** Header names in lower case, as the gateway hands them over. */
export function requestOf({ request: { method, url, headers, body, bodyBase64 } }: Vector): SourceRequest {
  return {
    method,
    rawQuery: url.split('?').slice(1).join('?'),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: bodyBase64 === undefined ? Buffer.from(body ?? '') : Buffer.from(bodyBase64, 'base64'),
  };
}
