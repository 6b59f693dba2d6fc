import { type Clock, realClock } from '../clock.ts';
import type { Layer } from '../front.ts';
import type { RunningInvocation } from '../lambda/function-process.ts';
import type { PollerPorts } from '../pollers/ports.ts';
import { AwsError } from '../service.ts';
import { type ActiveFault, type ActiveFaults, createActiveFaults } from './active-faults.ts';
import { type Fault, FaultMistake, readFault } from './fault.ts';
import { operationOf } from './operation-of.ts';
import { parseFault } from './parse-fault.ts';
import { refusal } from './refusal.ts';
import { type Call, type UnderFaultsOptions, underFaults } from './under-faults.ts';

export type FaultsOptions = {
  clock: Clock;
  /** The functions that faults may name; asked for at each use. */
  functions: () => readonly { name: string; roleName: string }[];
  /** Kills each process of a function that an invocation is in. */
  kill: (functionName: string) => void;
  /** Puts a function's clock ahead of the hub's; 0 sets it right. */
  setSkew: (functionName: string, skewMs: number) => void;
  /** From 0 up to 1; a seeded one makes probabilities repeatable. @default Math.random */
  random?: () => number;
};

/** A fault as the control API shows it. */
export type FaultStatus = { id: string; fault: Fault; hits: number; timesLeft?: number; endsAt?: string };

type Queues = Pick<PollerPorts, 'receive' | 'delete'>;

export type Faults = {
  /** For the front: the outermost layer, so that no other one sees a call that a fault refuses. */
  layer: Layer;
  /** The pollers' calls under the faults of `sqs`, which do not pass the front. */
  aroundQueues(queues: Queues): Queues;
  /** For Lambda: to be called at each beginning of an invocation. */
  onInvoke(functionName: string, invocation: RunningInvocation): void;
  /** Sets one more. @param given A fault, or its command-line form. @throws FaultMistake */
  set(given: unknown): FaultStatus;
  /** Sets these and no others; none is changed when one is wrong. @throws FaultMistake */
  replace(given: readonly unknown[]): FaultStatus[];
  clear(): void;
  list(): FaultStatus[];
};

/** The faults of this machine: none until one is set. */
export function createFaults({ clock, random = Math.random, ...options }: FaultsOptions): Faults {
  const active = createActiveFaults({ clock, random });
  const { functions, kill, setSkew } = options;
  const roleOf = (functionName: string) => functions().find(({ name }) => name === functionName)?.roleName;
  const under = { active, roleOf, kill };
  const read = (given: unknown) =>
    requireFunction(typeof given === 'string' ? parseFault(given) : readFault(given), functions());
  const add = (fault: Fault) =>
    toStatus(fault.kind === 'skew-clock' ? addSkew(active, fault, setSkew) : active.add(fault));
  return {
    layer: createLayer(under),
    aroundQueues: (queues) => aroundQueues(under, queues),
    onInvoke: (functionName, invocation) => killLater(active, functionName, invocation),
    set: (given) => add(read(given)),
    replace(given) {
      const faults = given.map(read);
      active.clear();
      return faults.map(add);
    },
    clear: active.clear,
    list: () => active.all().map(toStatus),
  };
}

function createLayer(options: UnderFaultsOptions): Layer {
  return async (service, request, next) => {
    const { principal } = request;
    const role = principal.kind === 'role' ? { roleName: principal.roleName } : {};
    const call: Call = { service: service.name, operation: operationOf(service.name, request), ...role };
    try {
      return await underFaults(options, call, next);
    } catch (error) {
      if (error instanceof AwsError) return refusal(service.name, request, error);
      throw error;
    }
  };
}

function aroundQueues(options: UnderFaultsOptions, { receive, delete: remove }: Queues): Queues {
  const call = (operation: string): Call => ({ service: 'sqs', operation });
  return {
    receive: (...input) => underFaults(options, call('ReceiveMessage'), () => receive(...input)),
    delete: (...input) => underFaults(options, call('DeleteMessageBatch'), () => remove(...input)),
  };
}

/** It strikes when the time has come and the invocation still runs, not at its beginning. */
function killLater(active: ActiveFaults, functionName: string, { isRunning, kill }: RunningInvocation): void {
  for (const each of active.ofKind('kill-function')) {
    const { fault } = each;
    if (fault.functionName !== functionName || fault.service !== undefined) continue;
    realClock.after(fault.afterMs ?? 0, () => isRunning() && active.strikes(each) && kill());
  }
}

/** The latest that is set on a function counts; its end sets the clock right. */
function addSkew(
  active: ActiveFaults,
  fault: Fault & { kind: 'skew-clock' },
  setSkew: FaultsOptions['setSkew'],
): ActiveFault {
  const current = () => active.ofKind('skew-clock').findLast((each) => each.fault.functionName === fault.functionName);
  const apply = () => setSkew(fault.functionName, current()?.fault.skewMs ?? 0);
  const added = active.add(fault, apply);
  apply();
  return added;
}

function requireFunction(fault: Fault, functions: readonly { name: string }[]): Fault {
  if (!('functionName' in fault) || functions.some(({ name }) => name === fault.functionName)) return fault;
  const names = functions.map(({ name }) => name);
  const problem = `${fault.kind}: there is no function '${fault.functionName}'`;
  throw new FaultMistake(problem, `the functions are ${names.join(', ')}`);
}

function toStatus({ id, fault, hits, endsAtEpochMs }: ActiveFault): FaultStatus {
  const times = 'times' in fault ? fault.times : undefined;
  return {
    ...{ id, fault, hits },
    ...(times !== undefined && { timesLeft: times - hits }),
    ...(endsAtEpochMs !== undefined && { endsAt: new Date(endsAtEpochMs).toISOString() }),
  };
}
