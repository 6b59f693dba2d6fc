import { type AcceptPorts, accept } from '../../../functions/core/accept.ts';
import { decodeEnvelope, type Envelope } from '../../../functions/core/envelope.ts';
import { describeError } from '../../../functions/core/redact.ts';
import type { Headers, HttpAnswer, SourceRequest } from '../../../functions/core/source.ts';
import { settingOf } from './schemes.ts';
import { type ExpectedEvent, readVector, type Vector } from './vector.ts';

export type VectorVerdict = {
  /** As the vector has it; null when it has none. */
  readonly id: string | null;
  readonly verdict: 'accept' | 'reject';
  /** What our log would say. */
  readonly reason: string;
  readonly events: readonly (ExpectedEvent & { readonly key: string })[];
  /** What we answer, where it is more than a plain 200. */
  readonly response?: HttpAnswer;
};

/** Judges whatever is given, one verdict for each: what cannot be judged is rejected, and the reason says why. */
export async function judgeGiven(given: unknown): Promise<VectorVerdict> {
  const read = readVector(given);
  const reject = (reason: string): VectorVerdict => ({ id: idOf(given), verdict: 'reject', reason, events: [] });
  if ('problem' in read) return reject(read.problem);
  try {
    return await judgeVector(read.vector);
  } catch (error) {
    return reject(describeError(error));
  }
}

function idOf(given: unknown): string | null {
  const id: unknown = (given as { id?: unknown } | null | undefined)?.id;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : null;
}

/**
 * Sends a vector's request to the door, as the ingest function does: at its time, with its secrets and keys.
 *
 * @param request The vector's, as it comes out of whatever it was sent through. @default as it stands in the vector
 * @throws Error for a scheme or a setting that cannot be meant.
 */
export async function judgeVector(vector: Vector, request = requestOf(vector.request)): Promise<VectorVerdict> {
  const { source, connections, fetchKey } = settingOf(vector);
  const envelopes: Envelope[] = [];
  let reason = 'handshake';
  const ports: AcceptPorts = {
    clock: { now: () => vector.now * 1_000, sleep: async () => {} },
    random: { number: () => 0.5, id: () => vector.id },
    secrets: { connections: async () => connections, refresh: async () => undefined, former: () => [] },
    telemetry: {
      count: () => {},
      milliseconds: () => {},
      log(_level, message, fields) {
        if (message === 'refused') reason = String(fields.reason);
        else reason = fields.unreadable === undefined ? message : `${message}, unreadable: ${fields.unreadable}`;
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
  const answer = await accept(request, source, { routes: { '*': ['vector'] }, publicUrl: urlOf(vector) }, ports);
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

/** As the gateway hands them over, but for names that occur twice: those stay a list of lines. */
export function requestOf({ method, url, headers, body, bodyBase64 }: Vector['request']): SourceRequest {
  return {
    method,
    rawQuery: url.split('?').slice(1).join('?'),
    headers: headersOf(headers),
    body: bodyBase64 === undefined ? Buffer.from(body ?? '') : Buffer.from(bodyBase64, 'base64'),
  };
}

/** Names in lower case; two that differ only in that are two lines of one header. */
function headersOf(given: Headers): Headers {
  const headers = new Map<string, Headers[string]>();
  for (const [name, value] of Object.entries(given)) {
    const known = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), known === undefined ? value : [known, value].flat());
  }
  return Object.fromEntries(headers);
}
