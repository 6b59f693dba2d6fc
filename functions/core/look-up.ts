/**
 * Calls whose earlier try may have taken effect: the vendor is asked before they are sent again.
 *
 * A look-up is a read. Whatever becomes of it, it leaves the doubt about the call as it was, so its errors carry no outcome
 * and use up no attempt (docs/delivery.md, rule 3).
 */
import { classifyStatus } from './classify.ts';
import { DeliveryError } from './delivery-error.ts';
import {
  atTarget,
  type CallSettings,
  contextOf,
  describe,
  inputOf,
  outgoing,
  type PerformPorts,
  plain,
} from './perform.ts';
import { redact } from './redact.ts';
import { type Call, definitionOf, type HttpLookUp, type HttpResponse, type Repeatable } from './target.ts';
import { within } from './within.ts';

/** Since when a call may have taken effect without our knowing, in milliseconds since the epoch. */
export type Doubt = { readonly openedAt: number } | { readonly ambiguousSince: number };

/** A vendor's longest processing and the lag of its index, where the operation states none. */
const DEFAULT_SETTLE_MS = 300_000;
const HOUR_MS = 3_600_000;

/**
 * Finds out about a call in doubt.
 *
 * @returns The result of the earlier try; undefined when the call may be sent (again).
 * @throws DeliveryError: not settled yet, the look-up itself failed, or nobody can tell (class `unknown`).
 */
export async function settleDoubt(
  call: Call,
  doubt: Doubt,
  settings: CallSettings,
  ports: PerformPorts,
): Promise<object | undefined> {
  const { repeatable, lookUp: canLookUp } = definitionOf(call);
  const now = ports.clock.now();
  if (repeatable.by === 'key' && 'ambiguousSince' in doubt) {
    if (isRemembered(repeatable, doubt.ambiguousSince, now)) return undefined;
    if (canLookUp) return await lookUp(call, settings, ports);
    const message = `${call.id}: its outcome is not known and the vendor's memory of keys (${repeatable.keyLifetimeHours} h) has run out`;
    throw new DeliveryError('unknown', 'key-expired', message);
  }
  if (repeatable.by !== 'lookup' || !('openedAt' in doubt)) return undefined;
  const found = await lookUp(call, settings, ports);
  const settlesAt = doubt.openedAt + (repeatable.settleMs ?? DEFAULT_SETTLE_MS);
  if (found || now >= settlesAt) return found;
  const message = `${call.id}: its outcome is not known, and the vendor may still be at it`;
  throw new DeliveryError('transient', 'settling', message, { retryAfterMs: settlesAt - now });
}

/** An hour before a vendor forgets a key we stop relying on it. */
const isRemembered = ({ keyLifetimeHours }: Extract<Repeatable, { by: 'key' }>, since: number, now: number) =>
  now - since < (keyLifetimeHours - 1) * HOUR_MS;

async function lookUp(call: Call, settings: CallSettings, ports: PerformPorts): Promise<object | undefined> {
  const input = await inputOf(call);
  return atTarget(call, input, settings, ports, async (connection) => {
    const definition = definitionOf(call);
    const { context, timeoutMs } = contextOf(connection, settings, ports);
    try {
      if ('run' in definition) {
        const client = await call.target.definition.open?.(connection);
        const ask = async (signal: AbortSignal) => definition.lookUp?.(client, input, { ...context, signal });
        return found(await within(timeoutMs, ports.clock, ask));
      }
      const asked = definition.lookUp as HttpLookUp<unknown, unknown, object>;
      const prepared = { timeoutMs, freshSocket: false };
      const request = outgoing(call.target, connection, asked.request(input, context), prepared);
      const answer = await ports.http.send(request);
      if (answer.kind !== 'answered') throw new Error(answer.reason);
      const { status } = answer.response;
      if (status === 404) return undefined;
      if (status < 200 || status > 299) throw refused(call, answer.response, ports);
      return found(asked.result(answer.response));
    } catch (cause) {
      if (cause instanceof DeliveryError) throw cause;
      throw new DeliveryError('transient', 'look-up', `look-up of ${call.id}: ${describe(cause)}`, { cause });
    }
  });
}

const found = (result: object | undefined) => result && plain(result);

/** A refused read says nothing about the call, so nothing that would end the delivery comes of it. */
function refused(call: Call, response: HttpResponse, { clock }: PerformPorts): DeliveryError {
  const byStatus = classifyStatus(response, clock.now());
  const { errorClass, code, message, retryAfterMs } = { ...byStatus, ...call.target.definition.classify?.(response) };
  const waits = errorClass === 'auth' || errorClass === 'rate-limit' ? errorClass : 'transient';
  const { status } = response;
  return new DeliveryError(waits, code, `look-up of ${call.id}: ${redact(message)}`, { retryAfterMs, status });
}
