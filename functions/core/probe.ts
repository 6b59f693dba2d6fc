/**
 * A probe: one cheap authenticated read of a target, which shows whether it takes our calls again.
 *
 * The guard asks a flow's own deliver function for it, since that alone may read the target's secret. It touches no queue
 * and no row: health is never found out by spending deliveries (docs/delivery.md, rule 10).
 */
import { classifyStatus } from './classify.ts';
import { reach } from './delivery-error.ts';
import { CALL_TIMEOUT_MS } from './names.ts';
import type { Clock, Http, ProbeAnswer, Secrets } from './ports.ts';
import { check } from './standard-schema.ts';
import type { Failure, HttpRequest, HttpResponse, Target } from './target.ts';

/** What a deliver function is invoked with instead of a batch of its queue. */
export type ProbeEvent = { readonly probe: string };

export const isProbe = (event: object): event is ProbeEvent => 'probe' in event && typeof event.probe === 'string';

export type ProbePorts = { http: Http; secrets: Secrets; clock: Clock };

type Verdict = Pick<Failure, 'errorClass' | 'code'> | undefined;

const UNREADABLE: Verdict = { errorClass: 'transient', code: 'unreadable' };

/**
 * Probes a target; when it refuses our credentials, its secret is read again and the probe repeated, once.
 *
 * @throws Unreachable when the target's secret cannot be read: that says nothing about the target.
 */
export async function probe(target: Target, ports: ProbePorts): Promise<ProbeAnswer> {
  const values = await reach('secret', () => ports.secrets.connections('target', target.name));
  let failure = await judge(target, values[0], ports);
  if (failure?.errorClass === 'auth') {
    const fresher = await ports.secrets.refresh('target', target.name).catch(() => undefined);
    if (fresher) failure = await judge(target, fresher[0], ports);
  }
  return failure ? { healthy: false, errorClass: failure.errorClass, code: failure.code } : { healthy: true };
}

async function judge({ definition }: Target, secret: unknown, { http, clock }: ProbePorts): Promise<Verdict> {
  if (secret === undefined) return { errorClass: 'auth', code: 'no-connection' };
  const checked = await check(definition.connection, secret);
  if ('problems' in checked) return { errorClass: 'auth', code: 'bad-connection' };
  const connection = checked.value;
  const request = definition.probe?.request(connection);
  if (!request) return { errorClass: 'permanent', code: 'no-probe' };
  const answer = await http.send(outgoing(request, definition, connection));
  if (answer.kind === 'not-sent') return { errorClass: 'transient', code: 'not-sent' };
  if (answer.kind === 'unknown') return { errorClass: 'transient', code: 'no-answer' };
  try {
    return verdictOf(definition, answer.response, clock.now());
  } catch {
    return UNREADABLE;
  }
}

function outgoing(request: HttpRequest, { auth, baseUrl }: Target['definition'], connection: unknown) {
  return {
    method: request.method,
    url: baseUrl(connection) + request.path,
    headers: { ...request.headers, ...auth.headers(connection) },
    body: typeof request.body === 'string' ? Buffer.from(request.body) : request.body,
    timeoutMs: CALL_TIMEOUT_MS,
    freshSocket: false,
  };
}

/** As of any other call: the target's own words first, then the HTTP table. */
function verdictOf(definition: Target['definition'], response: HttpResponse, now: number): Verdict {
  if (response.status >= 200 && response.status <= 299) return definition.probe?.failure?.(response);
  return definition.classify?.(response) ?? classifyStatus(response, now);
}
