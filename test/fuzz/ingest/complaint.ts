import { UNREADABLE } from '../../../functions/core/envelope.ts';
import { type Draft, isText } from './draft.ts';
import { type Arrival, type Judgement, judge, type Scheme } from './judge.ts';
import { unpacked } from './judges/unpacked.ts';
import { FLOWS, type Outcome } from './knock.ts';
import type { Effect } from './mutation.ts';

/** How a vector fares when nothing is done to it. */
export type Base = { readonly taken: boolean; readonly judgement: Judgement; readonly identity: string };

export type Expectation = {
  readonly scheme: Scheme;
  readonly draft: Draft;
  readonly effects: readonly Effect[];
  readonly base: Base;
  readonly secrets: readonly string[];
};

/** 403 is what Meta asks for where its check of the URL fails. */
const REFUSALS = [400, 401, 403, 405, 413];
/** SQS takes the characters of XML 1.0, and 1 MiB a message. */
const FORBIDDEN = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const MAX_MESSAGE_BYTES = 1_048_576;

export const isTaken = ({ answer }: Outcome) => answer.status < 300;
export const arrivalOf = ({ request }: Outcome, { now, publicUrl }: Draft): Arrival => ({ request, now, publicUrl });

/** What makes an event the one it is, for every flow. */
export const identityOf = ({ messages }: Outcome) =>
  JSON.stringify(
    messages.map(({ flow, envelope }) => {
      if (typeof envelope === 'string') return [flow, envelope];
      const { type, key, eventId, occurredAt, sequence, entityId } = envelope;
      return [flow, type, key, eventId, occurredAt, sequence, entityId];
    }),
  );

/** What is wrong with an outcome; undefined when nothing is. */
export function complaintOf(outcome: Outcome, expectation: Expectation): string | undefined {
  const { answer, messages, objects, log } = outcome;
  const { scheme, draft, secrets } = expectation;
  const taken = isTaken(outcome);
  const judgement = judge(scheme, arrivalOf(outcome, draft));
  const isForUs = answer.status >= 500 && !isOfMissingKey(outcome, judgement);
  if (isForUs) return `the sender is told ${answer.status}: that is for our faults`;
  if (!taken && answer.status < 500 && !REFUSALS.includes(answer.status)) {
    return `no refusal has the status ${answer.status}`;
  }
  if (!taken && messages.length + objects.size > 0) return 'it was refused, and something was published';
  if (secrets.some((secret) => log.includes(secret))) return 'a secret is in the log';
  const strange = outcome.asked.find(({ url }) => !scheme.mayAsk?.(url));
  if (strange) return `it asked ${strange.url} for a key`;
  const judged = complaintOfJudgement(taken, judgement, outcome, expectation);
  return judged ?? (taken ? complaintOfTaking(judgement, outcome, expectation) : undefined);
}

/** A stranger may name a key that nobody has: whether it is one, we cannot tell, and the sender is to come again. */
const isOfMissingKey = ({ answer, asked }: Outcome, judgement: Judgement) =>
  answer.status === 503 && judgement === 'forged' && asked.some(({ isMissing }) => isMissing);

function complaintOfJudgement(
  taken: boolean,
  judgement: Judgement,
  outcome: Outcome,
  { effects, base }: Expectation,
): string | undefined {
  const [effect, ...others] = effects;
  if (taken && judgement === 'forged') return 'it was taken, and is not genuine';
  const isHarmless = effects.every((each) => each === 'harmless');
  if (isHarmless && taken !== base.taken) return `it was ${taken ? 'taken' : 'refused'}, other than untouched`;
  const isRetried = effects.length === 1 && effect === 'retried' && base.taken && judgement === base.judgement;
  if ((isHarmless || isRetried) && taken && identityOf(outcome) !== base.identity) {
    return `it became ${identityOf(outcome)}, not ${base.identity}`;
  }
  if (others.length > 0) return undefined;
  if (effect === 'breaks' && base.taken && taken) return 'it was taken although what is signed has changed';
  const isExact = effect === 'exact' || effect === 'retried';
  return isExact && judgement !== 'forged' && !taken ? 'it is genuine, and was refused' : undefined;
}

function complaintOfTaking(judgement: Judgement, outcome: Outcome, expectation: Expectation): string | undefined {
  if (judgement === 'genuine') return complaintOfMessages(outcome, expectation);
  if (outcome.messages.length > 0) return 'it only asks for an answer, and something was published';
  const { isAnswered = () => true } = expectation.scheme;
  const isRight = isAnswered(outcome.answer, arrivalOf(outcome, expectation.draft));
  return isRight ? undefined : `its handshake was answered by ${JSON.stringify(outcome.answer)}`;
}

/** Each flow has each event once, with the bytes as they came. */
function complaintOfMessages(outcome: Outcome, { draft, scheme }: Expectation): string | undefined {
  const { messages, objects, request } = outcome;
  const isLossless = (draft.transport === 'base64' || isText(draft.body)) && !draft.hasWrongFlag;
  if (isLossless && !request.body.equals(draft.body)) return 'the adapter changed the bytes';
  const amiss = complaintOfNumber(outcome, scheme);
  if (amiss) return amiss;
  for (const message of messages) {
    const { text, envelope } = message;
    if (typeof envelope === 'string') return envelope;
    if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) return `SQS takes no message of ${Buffer.byteLength(text)} bytes`;
    const [forbidden] = FORBIDDEN.exec(text) ?? [];
    if (forbidden !== undefined) return `SQS takes no U+${forbidden.codePointAt(0)!.toString(16).toUpperCase()}`;
    if (envelope.key === '' || envelope.type === '') return 'its key or its type is empty';
    const { body, object } = envelope;
    const carried = object === undefined ? Buffer.from(body ?? '', 'base64') : objects.get(object);
    // Without a body, what it holds is in the query, and the connector writes it down.
    const isWhole = request.body.length > 0 && (scheme.items === undefined || envelope.type === UNREADABLE);
    if (carried === undefined || (isWhole && !carried.equals(request.body))) return 'what it carries is not what came';
  }
  return scheme.items === undefined && objects.size > 1 ? `the body was stored ${objects.size} times` : undefined;
}

/** All of a request's events, or the request as one that we cannot read. */
function complaintOfNumber({ messages, request }: Outcome, { items = () => 1 }: Scheme): string | undefined {
  const typesOf = (wanted: string) =>
    messages.flatMap(({ flow, envelope }) =>
      flow === wanted ? [typeof envelope === 'string' ? envelope : envelope.type] : [],
    );
  const [types, ...others] = FLOWS.map(typesOf);
  if (others.some((other) => other.join('\n') !== types!.join('\n'))) return 'the flows were sent different events';
  if (types!.length === 1 && types![0] === UNREADABLE) return undefined;
  const body = unpacked(request);
  const due = body && items(body);
  const isDue = due === undefined ? types!.length > 0 : types!.length === due;
  return isDue ? undefined : `its ${due ?? 'unknown number of'} events became ${types!.length}`;
}
