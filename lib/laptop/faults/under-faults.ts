import { realClock } from '../clock.ts';
import type { ActiveFault, ActiveFaults } from './active-faults.ts';
import type { Fault } from './fault.ts';
import { failed, throttled } from './service-errors.ts';

/** A call of a service; `roleName` is the caller's, absent for the account's administrator. */
export type Call = { service: string; operation: string; roleName?: string };

/** Neither answer nor error: the caller sees its connection break. */
export class BrokenConnection extends Error {
  constructor({ service, operation }: Call) {
    super(`[syncline] [faults] ${service} ${operation}: a fault breaks the connection`);
  }
}

export type UnderFaultsOptions = {
  active: ActiveFaults;
  roleOf: (functionName: string) => string | undefined;
  /** Kills what a function runs. */
  kill: (functionName: string) => void;
};

/**
 * Does a call under the faults that are set.
 *
 * Before it those that keep it from being done, in the order in which they were set: a delay lets it wait and go on.
 * After it those that keep its answer from the caller.
 *
 * @throws AwsError for what the service would answer; BrokenConnection.
 */
export async function underFaults<Answer>(options: UnderFaultsOptions, call: Call, next: () => Promise<Answer>) {
  const { active } = options;
  for (const each of active.ofKind('throttle', 'fail', 'refuse-connections', 'delay', 'kill-function')) {
    if (isBefore(each) && meets(each, call, options) && active.strikes(each)) await before(each, call, options);
  }
  const answer = await next();
  for (const each of active.ofKind('drop-answer', 'kill-function')) {
    if (!isBefore(each) && meets(each, call, options) && active.strikes(each)) breakOff(each, call, options);
  }
  return answer;
}

type OnCalls = ActiveFault<Exclude<Fault, { kind: 'skew-clock' }>>;

const isBefore = ({ fault }: OnCalls) =>
  fault.kind === 'kill-function' ? fault.moment !== 'after' : fault.kind !== 'drop-answer';

function meets({ fault }: OnCalls, { service, operation, roleName }: Call, { roleOf }: UnderFaultsOptions): boolean {
  if (fault.service !== service) return false;
  if (fault.operation !== undefined && fault.operation !== operation) return false;
  return fault.kind !== 'kill-function' || (roleName !== undefined && roleOf(fault.functionName) === roleName);
}

async function before(active: OnCalls, call: Call, options: UnderFaultsOptions): Promise<void> {
  const { fault } = active;
  if (fault.kind === 'throttle') throw throttled(call.service, call.operation);
  if (fault.kind === 'fail') throw failed(call.service, fault.status);
  if (fault.kind !== 'delay') breakOff(active, call, options);
  else await new Promise<void>((resolve) => realClock.after(fault.delayMs, resolve));
}

function breakOff({ fault }: OnCalls, call: Call, { kill }: UnderFaultsOptions): never {
  if (fault.kind === 'kill-function') kill(fault.functionName);
  throw new BrokenConnection(call);
}
