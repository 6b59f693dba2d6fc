/**
 * What a queue message carries: one event for one flow, as versioned JSON.
 *
 * Bodies are always base64, because SQS refuses characters outside XML 1.0 and because the bytes must stay as received.
 */
export type Envelope = {
  readonly v: 1;
  /** Made by publish; survives SDK retries and redrives, so it tells copies of one publication from another one. */
  readonly acceptId: string;
  readonly publishedAt: number;
  /** Milliseconds since the epoch at which the request was received: freshness counts from here. */
  readonly acceptedAt: number;
  /** Raised by an edit or a replay; part of vendors' idempotency keys. */
  readonly generation: number;
  readonly flow: string;
  readonly source: string;
  readonly type: string;
  readonly key: string;
  readonly eventId: string | null;
  readonly occurredAt: string | null;
  readonly sequence: string | null;
  readonly entityId: string | null;
  readonly contentType: string;
  /** As sent (`gzip`), empty when the body is plain. */
  readonly contentEncoding: string;
  /** Only those that the connector names, never signatures. */
  readonly headers: Readonly<Record<string, string>>;
  /** The event's bytes in base64, or … */
  readonly body?: string;
  /** … the key of the bucket's object that holds them. */
  readonly object?: string;
  /** Why this generation was published; absent in the first. */
  readonly reissue?: Reissue;
};

/** An operator's decision to have a delivery run anew, with another body or on purpose once more. */
export type Reissue = {
  readonly kind: 'edit' | 'replay';
  readonly by: string;
  readonly why: string;
  /** Steps to perform again although an earlier generation did; of the others that are no upserts, results are kept. */
  readonly again: 'all' | readonly string[];
};

/** The type of a verified request that could not be read: it goes to every flow of its source and stops there. */
export const UNREADABLE = 'unreadable';

/** As JSON that SQS takes: JSON.stringify escapes all that XML 1.0 forbids but U+FFFE and U+FFFF. */
export const encodeEnvelope = (envelope: Envelope): string =>
  JSON.stringify(envelope).replace(/[\ufffe\uffff]/g, (character) => (character === '\ufffe' ? '\\ufffe' : '\\uffff'));

const STRINGS = ['acceptId', 'flow', 'source', 'type', 'key', 'contentType', 'contentEncoding'] as const;
const NUMBERS = ['publishedAt', 'acceptedAt', 'generation'] as const;

/**
 * Reads a message's body.
 *
 * @returns The envelope, or what is wrong with it: somebody else wrote to the queue, or a newer version did.
 */
export function decodeEnvelope(messageBody: string): Envelope | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(messageBody);
  } catch {
    return { problem: 'the message is not JSON' };
  }
  if (typeof value !== 'object' || value === null) return { problem: 'the message is not a JSON object' };
  const envelope = value as Record<string, unknown>;
  if (envelope.v !== 1) return { problem: `envelope version ${String(envelope.v)} is not 1` };
  const wrong =
    STRINGS.find((field) => typeof envelope[field] !== 'string') ??
    NUMBERS.find((field) => typeof envelope[field] !== 'number');
  if (wrong) return { problem: `envelope field ${wrong} is missing or of the wrong type` };
  if (typeof envelope.body !== 'string' && typeof envelope.object !== 'string') {
    return { problem: 'the envelope has neither body nor object' };
  }
  return value as Envelope;
}
