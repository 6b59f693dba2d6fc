/**
 * The door: a vendor's request in, an HTTP answer out.
 *
 * Verify, read, route, publish, and only then 2xx. Nothing here touches a database: an event is accepted when SQS has
 * every message of the request, or, of a sender that never retries, the spool has the rest; otherwise the vendor is told
 * to send again. It fails closed: a source without a secret refuses everything, and the sender never learns why.
 */
import { UNREADABLE } from './envelope.ts';
import { type JudgePorts, judge } from './judge.ts';
import { INGEST_TIMEOUT_MS, MAX_BODY_BYTES, METRICS } from './names.ts';
import type { Spool, Telemetry } from './ports.ts';
import { countOf, messagesFor, type PublishPorts, store } from './publish.ts';
import { readEvents, unreadableEvent } from './read.ts';
import { describeError } from './redact.ts';
import type { Handshake, HttpAnswer, Source, SourceEvent, SourceRequest } from './source.ts';
import { sendOrSpool } from './spool.ts';

/** Flow names by event type, for one source. `*` are the flows that want every type. */
export type Routes = Readonly<Record<string, readonly string[]>> & { readonly '*': readonly string[] };

export type AcceptPorts = PublishPorts & JudgePorts & { spool: Pick<Spool, 'put'> };

const ANSWER_MARGIN_MS = 1_000;

export async function accept(
  request: SourceRequest,
  source: Source,
  options: { routes: Routes; publicUrl: string },
  ports: AcceptPorts,
): Promise<HttpAnswer> {
  const acceptedAt = ports.clock.now();
  const { definition } = source;
  const refuse = refusal(source, ports.telemetry);

  if (!definition.methods.some((method) => method === request.method)) return refuse(405, 'method');
  if (request.body.length > MAX_BODY_BYTES) return refuse(413, 'too-large');
  const judged = await judge(request, source, options.publicUrl, ports);
  if ('handshake' in judged) return shake(judged.handshake, request, source, ports);
  if ('unavailable' in judged) return refuse(503, judged.unavailable);
  if ('emptyBody' in judged) return refuse(400, 'empty-body');
  if (judged.verdict !== 'valid') return refuse(401, judged.verdict);

  const body = definition.bodyOf?.(request) ?? request.body;
  const publication = { source: source.name, acceptedAt, body, ...carried(request, source) };
  const read = readEvents(definition, { ...publication, headers: request.headers });
  const events = 'events' in read ? read.events : [unreadableEvent(body)];
  const flowsFor = router(options.routes);
  try {
    const messages = await messagesFor({ ...publication, events }, flowsFor, ports);
    const answerBy = acceptedAt + Math.min(definition.answerWithinMs, INGEST_TIMEOUT_MS) - ANSWER_MARGIN_MS;
    const { retries = true } = definition;
    const spooled = await sendOrSpool(messages, { source: source.name, retries, answerBy }, ports);
    const unmatched = events.filter((event) => flowsFor(event).length === 0).length;
    report(source, read, events, { messages: countOf(messages), spooled, unmatched }, ports);
  } catch (error) {
    return refuse(503, 'queue-unavailable', error);
  }
  return ('events' in read && read.response) || { status: 200 };
}

/** Answers a check of the URL; what only an operator can use of it is kept first. */
async function shake(
  { keep = false, ...answer }: Handshake,
  { body }: SourceRequest,
  source: Source,
  ports: AcceptPorts,
): Promise<HttpAnswer> {
  const { telemetry } = ports;
  if (answer.status >= 400) {
    telemetry.count(METRICS.refused);
    telemetry.log('warn', 'refused', { source: source.name, status: answer.status, reason: 'handshake' });
  }
  if (!keep) return answer;
  try {
    telemetry.log('info', 'handshake kept', { source: source.name, object: await store(body, source.name, ports) });
    return answer;
  } catch (error) {
    return refusal(source, telemetry)(503, 'bucket-unavailable', error);
  }
}

/** The parts of the request that travel with its events. */
function carried(request: SourceRequest, source: Source) {
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : (value?.join(', ') ?? '');
  };
  const names = (source.definition.carries ?? []).filter((name) => request.headers[name] !== undefined);
  return {
    contentType: header('content-type'),
    contentEncoding: header('content-encoding'),
    headers: Object.fromEntries(names.map((name) => [name, header(name)])),
  };
}

/** An unreadable request goes to every flow of its source: each must be able to tell what it may have missed. */
export function router(routes: Routes) {
  const all = [...new Set(Object.values(routes).flat())];
  const wanted = (type: string) => (Object.hasOwn(routes, type) ? (routes[type] ?? []) : []);
  return (event: SourceEvent): readonly string[] =>
    event.type === UNREADABLE ? all : [...new Set([...wanted(event.type), ...routes['*']])];
}

function report(
  source: Source,
  read: ReturnType<typeof readEvents>,
  events: readonly SourceEvent[],
  { messages, spooled, unmatched }: { messages: number; spooled: number; unmatched: number },
  { telemetry }: AcceptPorts,
): void {
  telemetry.count(METRICS.received, read.items ?? events.length);
  telemetry.count(METRICS.accepted, events.length);
  if ('unreadable' in read) telemetry.count(METRICS.unreadable);
  if (unmatched > 0) telemetry.count(METRICS.unmatched, unmatched);
  telemetry.log('info', 'accepted', {
    source: source.name,
    events: events.length,
    messages,
    ...(spooled > 0 && { spooled }),
    keys: events.slice(0, 10).map((event) => event.key),
    ...('unreadable' in read && { unreadable: read.unreadable }),
  });
}

const WORDS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  405: 'Method Not Allowed',
  413: 'Request Entity Too Large',
  503: 'Service Unavailable',
};

/** The one place that turns a refusal into an answer: the word for the sender, the reason for log and metric. */
function refusal(source: Source, telemetry: Telemetry) {
  return (status: number, reason: string, error?: unknown): HttpAnswer => {
    telemetry.count(status === 503 ? METRICS.unavailable : METRICS.refused);
    if (reason === 'rotated-away') telemetry.count(METRICS.rotatedAway);
    const fields = { source: source.name, status, reason, ...(error !== undefined && { error: describeError(error) }) };
    telemetry.log(status === 503 ? 'error' : 'warn', 'refused', fields);
    const allow = status === 405 && { allow: source.definition.methods.join(', ') };
    if (source.definition.refusesBare) return { status, ...(allow && { headers: allow }) };
    return {
      status,
      headers: { 'content-type': 'application/json', ...allow },
      body: JSON.stringify({ message: WORDS[status] }),
    };
  };
}
