import { type Draft, isText } from './draft.ts';
import { isGenuine, type Scheme } from './judge.ts';
import { FLOWS, type Outcome } from './knock.ts';
import type { Effect } from './mutation.ts';

/** How a vector fares when nothing is done to it. */
export type Base = { readonly taken: boolean; readonly identity: string };

export type Expectation = {
  readonly scheme: Scheme;
  readonly draft: Draft;
  readonly effects: readonly Effect[];
  readonly base: Base;
  readonly secrets: readonly string[];
};

const REFUSALS = [400, 401, 405, 413];
/** SQS takes the characters of XML 1.0, and 1 MiB a message. */
const FORBIDDEN = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const MAX_MESSAGE_BYTES = 1_048_576;

export const isTaken = ({ answer }: Outcome) => answer.status < 300;

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
  const taken = isTaken(outcome);
  if (answer.status >= 500) return `the sender is told ${answer.status}: that is for our faults`;
  if (!taken && !REFUSALS.includes(answer.status)) return `no refusal has the status ${answer.status}`;
  if (!taken && messages.length + objects.size > 0) return 'it was refused, and something was published';
  if (expectation.secrets.some((secret) => log.includes(secret))) return 'a secret is in the log';
  const judged = complaintOfJudgement(taken, outcome, expectation);
  return judged ?? (taken ? complaintOfMessages(outcome, expectation) : undefined);
}

function complaintOfJudgement(taken: boolean, outcome: Outcome, expectation: Expectation): string | undefined {
  const { scheme, draft, effects, base } = expectation;
  const [effect, ...others] = effects;
  const genuine = isGenuine(scheme, outcome.request, draft.now);
  if (taken && !genuine) return 'it was taken, and is not genuine';
  const isHarmless = effects.every((each) => each === 'harmless');
  if (isHarmless && taken !== base.taken) return `it was ${taken ? 'taken' : 'refused'}, other than untouched`;
  const isSame = isHarmless || (effects.length === 1 && effect === 'retried' && base.taken);
  if (isSame && taken && identityOf(outcome) !== base.identity) {
    return `it became ${identityOf(outcome)}, not ${base.identity}`;
  }
  if (others.length > 0) return undefined;
  if (effect === 'breaks' && base.taken && taken) return 'it was taken although what is signed has changed';
  if ((effect === 'exact' || effect === 'retried') && genuine && !taken) return 'it is genuine, and was refused';
  return undefined;
}

/** One event a request on today's shelf: one message for each flow, with the bytes as they came. */
function complaintOfMessages({ messages, objects, request }: Outcome, { draft }: Expectation): string | undefined {
  const flows = messages.map(({ flow }) => flow);
  if (flows.join() !== FLOWS.join()) return `messages went to ${flows.join()} instead of ${FLOWS.join()}`;
  const isLossless = (draft.transport === 'base64' || isText(draft.body)) && !draft.hasWrongFlag;
  if (isLossless && !request.body.equals(draft.body)) return 'the adapter changed the bytes';
  for (const { text, envelope } of messages) {
    if (typeof envelope === 'string') return envelope;
    if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) return `SQS takes no message of ${Buffer.byteLength(text)} bytes`;
    const [forbidden] = FORBIDDEN.exec(text) ?? [];
    if (forbidden !== undefined) return `SQS takes no U+${forbidden.codePointAt(0)!.toString(16).toUpperCase()}`;
    if (envelope.key === '' || envelope.type === '') return 'its key or its type is empty';
    const { body, object } = envelope;
    const carried = object === undefined ? Buffer.from(body ?? '', 'base64') : objects.get(object);
    if (!carried?.equals(request.body)) return 'what it carries is not what came';
  }
  return objects.size > 1 ? `the body was stored ${objects.size} times` : undefined;
}
