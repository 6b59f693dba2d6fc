/**
 * A probe: one cheap authenticated read of a target, which shows whether it takes our calls again.
 *
 * The guard asks a flow's own deliver function for it, since that alone may read the target's secret. It touches no queue
 * and no row, and goes past the gate: health is never found out by spending deliveries (docs/delivery.md, rule 10).
 */
import { classifyStatus } from './classify.ts';
import { type ConnectionPorts, withConnection } from './connection.ts';
import { DeliveryError } from './delivery-error.ts';
import { CALL_TIMEOUT_MS } from './names.ts';
import { outgoing } from './perform.ts';
import type { Clock, Http, ProbeAnswer } from './ports.ts';
import type { Failure, HttpResponse, Target } from './target.ts';

/** What a deliver function is invoked with instead of a batch of its queue. */
export type ProbeEvent = { readonly probe: string };

export const isProbe = (event: object): event is ProbeEvent => 'probe' in event && typeof event.probe === 'string';

export type ProbePorts = ConnectionPorts & { http: Http; clock: Clock };

/** Of a target whose connector or connection declares no probe: nobody can tell. */
export const NO_PROBE = 'no-probe';

/**
 * Probes a target; when it refuses our credentials, its secret is read again and the probe repeated, once.
 *
 * @throws Unreachable when the target's secret cannot be read: that says nothing about the target.
 */
export async function probe(target: Target, ports: ProbePorts): Promise<ProbeAnswer> {
  try {
    await withConnection(target, ports, (connection) => ask(target, connection, ports));
    return { healthy: true };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return { healthy: false, errorClass: error.errorClass, code: error.code };
  }
}

async function ask(target: Target, connection: unknown, { http, clock }: ProbePorts): Promise<void> {
  const request = target.definition.probe?.request(connection);
  if (!request) throw ill({ errorClass: 'permanent', code: NO_PROBE });
  const settings = { timeoutMs: CALL_TIMEOUT_MS, freshSocket: false };
  const answer = await http.send(outgoing(target, connection, request, settings));
  if (answer.kind === 'not-sent') throw ill({ errorClass: 'transient', code: 'not-sent' });
  if (answer.kind === 'unknown') throw ill({ errorClass: 'transient', code: 'no-answer' });
  const failure = judge(target, answer.response, clock.now());
  if (failure) throw ill(failure);
}

/** As of any other call: the target's own words first, then the HTTP table. */
function judge(
  { definition }: Target,
  response: HttpResponse,
  now: number,
): Pick<Failure, 'errorClass' | 'code'> | undefined {
  try {
    if (response.status >= 200 && response.status <= 299) return definition.probe?.failure?.(response);
    return definition.classify?.(response) ?? classifyStatus(response, now);
  } catch {
    return { errorClass: 'transient', code: 'unreadable' };
  }
}

/** A read has no outcome in doubt. */
const ill = ({ errorClass, code }: Pick<Failure, 'errorClass' | 'code'>) =>
  new DeliveryError(errorClass, code, 'the target is not well', { outcome: 'refused' });
