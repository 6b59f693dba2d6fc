/** One request through the gateway's event, the function's adapter and the door; and everything that came out of it. */
import { accept } from '../../../functions/core/accept.ts';
import { decodeEnvelope, type Envelope } from '../../../functions/core/envelope.ts';
import type { FetchKey, HttpAnswer, SourceRequest } from '../../../functions/core/source.ts';
import { requestOf } from '../../../functions/http-event.ts';
import type { Setting } from '../../../lib/ops/vectors/schemes.ts';
import { memoryBodies, memoryClock, memoryRandom, memorySecrets, memoryTelemetry } from '../../memory/others.ts';
import { memoryQueues } from '../../memory/queues.ts';
import { memorySpool } from '../../memory/spool.ts';
import { type Draft, eventOf } from './draft.ts';

/** Two flows that want everything, so that a lost copy shows. */
export const FLOWS = ['audit', 'everything'];
const ROUTES = { '*': FLOWS };

export type Outcome = {
  /** What the connector was given. */
  readonly request: SourceRequest;
  readonly answer: HttpAnswer;
  readonly messages: readonly { readonly flow: string; readonly text: string; readonly envelope: Envelope | string }[];
  readonly objects: ReadonlyMap<string, Buffer>;
  /** Every line that was logged, as JSON. */
  readonly log: string;
  /** Where it asked for keys. */
  readonly asked: readonly { readonly url: string; readonly isMissing: boolean }[];
};

export async function knock(draft: Draft, { source, connections, fetchKey }: Setting): Promise<Outcome> {
  const request = asLists(requestOf(eventOf(draft)), draft);
  const clock = memoryClock(new Date(draft.now).toISOString());
  const [{ queues, sent }, { bodies, objects }] = [memoryQueues(clock), memoryBodies()];
  const { telemetry, lines } = memoryTelemetry();
  const asked: { url: string; isMissing: boolean }[] = [];
  const ports = {
    ...{ clock, queues, bodies, telemetry, random: memoryRandom() },
    spool: memorySpool().spool,
    secrets: memorySecrets({ [`source/${source.name}`]: connections }).secrets,
    fetchKey: noting(asked, fetchKey ?? (async (url) => Promise.reject(new Error(`no key was provided for ${url}`)))),
  };
  const answer = await accept(request, source, { routes: ROUTES, publicUrl: draft.publicUrl }, ports);
  const messages = sent.map(({ flow, message: { body: text } }) => {
    const envelope = decodeEnvelope(text);
    return { flow, text, envelope: 'problem' in envelope ? envelope.problem : envelope };
  });
  return { request, answer, messages, objects, asked, log: JSON.stringify(lines) };
}

function noting(asked: { url: string; isMissing: boolean }[], fetchKey: FetchKey): FetchKey {
  return async (url, options) => {
    const note = { url, isMissing: true };
    asked.push(note);
    const key = await fetchKey(url, options);
    note.isMissing = false;
    return key;
  };
}

function asLists(request: SourceRequest, { lists, headers }: Draft): SourceRequest {
  if (lists.length === 0) return request;
  const wanted = new Set(lists.map((name) => name.toLowerCase()));
  const listed = Object.entries(request.headers).map(([name, value]) => {
    const values = headers.flatMap(([header, line]) => (header.toLowerCase() === name ? [line] : []));
    return [name, wanted.has(name) ? values : value];
  });
  return { ...request, headers: Object.fromEntries(listed) };
}
