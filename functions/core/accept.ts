/**
 * The door: a vendor's request in, an HTTP answer out.
 *
 * Verify, read, route, publish, and only then 2xx. Nothing here touches a database: an event is accepted when SQS has
 * every message of the request, and otherwise the vendor is told to retry. It fails closed: a source without a secret
 * refuses everything, and the sender never learns why it was refused.
 */
import { UNREADABLE } from './envelope.ts';
import { INGEST_TIMEOUT_MS, MAX_BODY_BYTES, METRICS } from './names.ts';
import type { Secrets, Telemetry } from './ports.ts';
import { type PublishPorts, publish } from './publish.ts';
import { readEvents, unreadableEvent } from './read.ts';
import { redact } from './redact.ts';
import type { HttpAnswer, Source, SourceEvent, SourceRequest, Verdict, VerifyContext } from './source.ts';
import { check } from './standard-schema.ts';

/** Flow names by event type, for one source. `*` are the flows that want every type. */
export type Routes = Readonly<Record<string, readonly string[]>> & { readonly '*': readonly string[] };

export type AcceptPorts = PublishPorts & {
  secrets: Secrets;
  telemetry: Telemetry;
  fetchKey: VerifyContext<unknown>['fetchKey'];
};

const ANSWER_MARGIN_MS = 1_000;
const BODY_METHODS: readonly string[] = ['POST', 'PUT'];

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
  if ('handshake' in judged) return judged.handshake;
  if ('unavailable' in judged) return refuse(503, judged.unavailable);
  if ('emptyBody' in judged) return refuse(400, 'empty-body');
  if (judged.verdict !== 'valid') return refuse(401, judged.verdict);

  const publication = { source: source.name, acceptedAt, body: request.body, ...carried(request, source) };
  const read = readEvents(definition, { ...publication, headers: request.headers });
  const events = 'events' in read ? read.events : [unreadableEvent(request.body)];
  try {
    const deadline = acceptedAt + Math.min(definition.answerWithinMs, INGEST_TIMEOUT_MS) - ANSWER_MARGIN_MS;
    const flowsFor = router(options.routes);
    const messages = await publish({ ...publication, events }, flowsFor, ports, deadline);
    const unmatched = events.filter((event) => flowsFor(event).length === 0).length;
    report(source, read, events, { messages, unmatched }, ports);
  } catch (error) {
    return refuse(503, 'queue-unavailable', error);
  }
  return ('events' in read && read.response) || { status: 200 };
}

type Judgement = { handshake: HttpAnswer } | { unavailable: string } | { emptyBody: true } | { verdict: Verdict };

/** Answers handshakes and verifies; what does not fit is judged once more by a fresh copy of the secret. */
async function judge(
  request: SourceRequest,
  source: Source,
  publicUrl: string,
  ports: AcceptPorts,
): Promise<Judgement> {
  const { secrets } = ports;
  try {
    const judgement = await judgeBy(
      await secrets.connections('source', source.name),
      request,
      source,
      publicUrl,
      ports,
    );
    const fresher = mayBeOurFault(judgement) ? await secrets.refresh('source', source.name) : undefined;
    return fresher ? await judgeBy(fresher, request, source, publicUrl, ports) : judgement;
  } catch (error) {
    ports.telemetry.log('error', 'verification unavailable', { source: source.name, error: describe(error) });
    return { unavailable: 'verification-unavailable' };
  }
}

async function judgeBy(
  values: readonly unknown[],
  request: SourceRequest,
  source: Source,
  publicUrl: string,
  ports: AcceptPorts,
): Promise<Judgement> {
  const secrets = await validConnections(source, values);
  if (secrets.length === 0) return { unavailable: values.length > 0 ? 'bad-secret' : 'no-secret' };
  const context = { secrets, publicUrl, now: ports.clock.now(), fetchKey: ports.fetchKey };
  const handshake = await source.definition.handshake?.(request, context);
  if (handshake) return { handshake };
  if (request.body.length === 0 && BODY_METHODS.includes(request.method)) return { emptyBody: true };
  return { verdict: await source.definition.verify(request, context) };
}

/** A secret that was rotated meanwhile shows as one of these. */
const mayBeOurFault = (judgement: Judgement) =>
  ('unavailable' in judgement && judgement.unavailable === 'bad-secret') ||
  ('verdict' in judgement && (judgement.verdict === 'bad-signature' || judgement.verdict === 'wrong-credential'));

async function validConnections(source: Source, values: readonly unknown[]): Promise<unknown[]> {
  const checked = await Promise.all(values.map((value) => check(source.definition.connection, value)));
  return checked.flatMap((result) => ('value' in result ? [result.value] : []));
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
  { messages, unmatched }: { messages: number; unmatched: number },
  { telemetry }: AcceptPorts,
): void {
  telemetry.count(METRICS.accepted, events.length);
  if ('unreadable' in read) telemetry.count(METRICS.unreadable);
  if (unmatched > 0) telemetry.count(METRICS.unmatched, unmatched);
  telemetry.log('info', 'accepted', {
    source: source.name,
    events: events.length,
    messages,
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
    const fields = { source: source.name, status, reason, ...(error !== undefined && { error: describe(error) }) };
    telemetry.log(status === 503 ? 'error' : 'warn', 'refused', fields);
    return {
      status,
      headers: {
        'content-type': 'application/json',
        ...(status === 405 && { allow: source.definition.methods.join(', ') }),
      },
      body: JSON.stringify({ message: WORDS[status] }),
    };
  };
}

const describe = (error: unknown) => redact(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
