/** Requests by which a vendor only checks the URL: whether they are answered, and what is set otherwise if not. */
import { readEvents } from '../../../functions/core/read.ts';
import type { FetchKey, HttpAnswer, Source } from '../../../functions/core/source.ts';
import { connectionsOf, type Difference, type Trial } from './trial.ts';

/** What becomes of a check of the URL. Of an answer's body nothing but the length, for it may be made of a secret. */
export type HandshakeAnswer = {
  readonly isAnswered: boolean;
  /** Of the answer, or of the refusal. */
  readonly status: number;
  readonly contentType?: string;
  readonly bodyBytes?: number;
  /** Whether the request's body is put into the bucket, for an operator to read. */
  readonly isKept?: boolean;
};

/** @returns What the connector answers; undefined for what it does not take for a check of the URL. */
export async function answerTo(source: Source, trial: Trial, fetchKey: FetchKey): Promise<HandshakeAnswer | undefined> {
  const { request, publicUrl, now } = trial;
  const secrets = await connectionsOf(source, trial);
  if (secrets.length === 0) return undefined;
  const answer = await source.definition.handshake?.(request, { secrets, publicUrl, now, fetchKey });
  return answer && { ...answerOf(answer), ...(answer.keep && { isKept: true }) };
}

/**
 * What is answered, once it is verified, to a request without any event: some vendors sign their checks as they sign events
 * (Slack’s `url_verification`, Xero’s intent to receive).
 *
 * @returns Undefined for what holds events, or cannot be read.
 */
export function answerToNoEvent({ definition }: Source, { request, now }: Trial): HandshakeAnswer | undefined {
  const { headers } = request;
  const body = definition.bodyOf?.(request) ?? request.body;
  const contentEncoding = [headers['content-encoding'] ?? []].flat().join(', ');
  const read = readEvents(definition, { headers, body, contentEncoding, acceptedAt: now });
  if (!('events' in read) || read.events.length > 0) return undefined;
  return answerOf(read.response ?? { status: 200 });
}

/** The door’s answer to what it does not let in, by what became of it. */
export const refusedAs = (outcome: string): HandshakeAnswer => ({
  isAnswered: false,
  status: ['bad-secret', 'verification-unavailable'].includes(outcome) ? 503 : 401,
});

/** Connectors that know of checks get them by these methods, and never an event. */
export const isCheckByMethod = ({ definition }: Source, { request: { method } }: Trial) =>
  definition.handshake !== undefined && ['GET', 'HEAD', 'OPTIONS'].includes(method);

/** What a setting that lets checks in may be: a switch, or a list of who is let in. */
const LET_IN = [true, ['*']];

/** A setting with which the check would be answered. */
export async function settingInTheWay(
  source: Source,
  trial: Trial,
  fetchKey: FetchKey,
): Promise<Difference | undefined> {
  for (const { field, what } of source.definition.sheet.needs.filter(({ isSecret }) => !isSecret)) {
    for (const value of LET_IN) {
      const connections = trial.connections.map((connection) => ({ ...(connection as object), [field]: value }));
      const answer = await answerTo(source, { ...trial, connections }, fetchKey);
      if (!answer?.isAnswered) continue;
      const why = `it checks the URL, and \`${field}\` in the source’s secret does not let it in`;
      return { about: 'secret', what: why, next: `see \`${field}\`: ${what}` };
    }
  }
  return undefined;
}

/** What is left when nothing that we know to try has the check answered. */
export const unanswered = ({ definition: { sheet } }: Source): Difference => ({
  about: 'unknown',
  what: 'it checks the URL, and shows something else than is set here, or lacks what such a check has',
  next: `compare what is set: ${sheet.needs.map(({ field, what }) => `${field}, ${what}`).join('; ')}`,
});

export function answerInWords({ isAnswered, status, contentType, bodyBytes = 0, isKept }: HandshakeAnswer): string {
  if (!isAnswered) return `we refuse it with HTTP ${status}`;
  const body = bodyBytes > 0 ? ` and ${bodyBytes} bytes of ${contentType ?? 'an answer'}` : '';
  return `we answer it with HTTP ${status}${body}${isKept ? ', and keep its body in the bucket' : ''}`;
}

function answerOf({ status, headers, body = '' }: HttpAnswer): HandshakeAnswer {
  if (status >= 400) return { isAnswered: false, status };
  const contentType = headers?.['content-type'];
  return { isAnswered: true, status, ...(contentType && { contentType }), bodyBytes: Buffer.byteLength(body) };
}
