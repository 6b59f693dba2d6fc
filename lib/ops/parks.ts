import { userInfo } from 'node:os';
import { ResourceConflictException, ResourceInUseException } from '@aws-sdk/client-lambda';
import { lambdaMappings } from '../../functions/aws/mappings.ts';
import { dynamoDbNotes } from '../../functions/aws/notes.ts';
import { dynamoDbParks } from '../../functions/aws/parks.ts';
import {
  changeMapping,
  type MappingChange,
  planMappings,
  reasonsOf,
  sameSubject,
  subjectsOf,
} from '../../functions/core/mappings.ts';
import { names } from '../../functions/core/names.ts';
import { holds, type Park, type ParkReason, type ParkSubject } from '../../functions/core/parks.ts';
import { type Definitions, heldFlows } from '../definitions.ts';
import { nearest } from '../mistake.ts';
import { type HubAddress, hubNow } from './hub-address.ts';
import { OperatorError } from './operator-error.ts';

/** On AWS a mapping takes up to about a minute to change; one that changes already must be waited for. */
const SETTLE_MS = 90_000;
const LOOK_AGAIN_MS = 1_000;

/** What a reason means for whoever wants the flow to go on. */
export const MEANING: Readonly<Record<ParkReason, string>> = {
  auth: 'the target refuses our credentials; set fresh ones, and the next probe ends it',
  circuit: 'the target failed delivery after delivery; a probe that succeeds ends it',
  quota: 'the target’s quota is used up; it ends by itself at its time',
  operator: 'somebody parked it; "syncline resume" ends it',
  broken: 'nearly every invocation of the flow’s function fails; deploy one that runs, and the next probe ends it',
};

export type ParkOutcome = {
  readonly subject: ParkSubject;
  /** Flows that it concerns: the flow itself, or each that names the target. */
  readonly flows: readonly string[];
  /** Mappings that were changed; with `dryRun`, that would be. */
  readonly changed: readonly Pick<MappingChange, 'flow' | 'what'>[];
  /** Whose mapping was being changed all the time: the guard, or the command again, sets them right. */
  readonly unsettled: readonly string[];
  /** Without a mapping: not deployed. */
  readonly missing: readonly string[];
  /** Reasons that hold these flows now. */
  readonly remaining: readonly Park[];
};

export type ResumeOutcome = ParkOutcome & {
  /** Whether the reason was there. */
  readonly removed: boolean;
};

/** Holds back a flow, or every flow that names a target: adds the operator's reason and switches the mappings off. */
export async function park(
  hub: HubAddress,
  definitions: Definitions,
  name: string,
  options: { why: string; dryRun: boolean },
): Promise<ParkOutcome> {
  const subject = subjectNamed(definitions, name);
  const own: Park = {
    ...{ subject, reason: 'operator', since: await hubNow(hub), by: userInfo().username, why: options.why },
  };
  if (!options.dryRun) await parksOf(hub).add(own);
  return match(hub, definitions, subject, options.dryRun, (parks) => [...parks, own]);
}

/** Takes one reason away and switches on the mappings of the flows that no other reason holds. */
export async function resume(
  hub: HubAddress,
  definitions: Definitions,
  name: string,
  options: { reason: ParkReason; dryRun: boolean },
): Promise<ResumeOutcome> {
  const subject = subjectNamed(definitions, name);
  const { reason } = options;
  const isOwn = (one: Park) => one.reason === reason && sameSubject(one.subject, subject);
  const removed = (await parksOf(hub).read([subject])).some(isOwn);
  if (removed && !options.dryRun) await parksOf(hub).remove(subject, reason);
  const outcome = await match(hub, definitions, subject, options.dryRun, (parks) => parks.filter((one) => !isOwn(one)));
  return { ...outcome, removed };
}

/** The reasons that hold each flow now, its targets' among them. */
export async function listParks(hub: HubAddress, definitions: Definitions): Promise<ReadonlyMap<string, Park[]>> {
  const flows = heldFlows(definitions.flows);
  const [parks, now] = await Promise.all([parksOf(hub).read(flows.flatMap(subjectsOf)), hubNow(hub)]);
  return new Map(flows.map((flow) => [flow.name, reasonsOf(flow, parks, now)]));
}

/**
 * The flow or target of that name; `flow/<name>` and `target/<name>` where both have it.
 *
 * @throws OperatorError that says what there is.
 */
function subjectNamed({ flows, targets }: Definitions, given: string): ParkSubject {
  const all: ParkSubject[] = [
    ...flows.map(({ name }): ParkSubject => ({ kind: 'flow', name })),
    ...targets.map(({ target }): ParkSubject => ({ kind: 'target', name: target.name })),
  ];
  const [found, another] = all.filter(({ kind, name }) => given === name || given === `${kind}/${name}`);
  const next = 'see "syncline flows" and "syncline targets"';
  if (!found) {
    const known = nearest(
      given,
      all.map(({ name }) => name),
    );
    throw new OperatorError('not-found', `there is no flow and no target '${given}'${known}`, next);
  }
  if (another) {
    const why = `'${given}' is a flow and a target: say flow/${given} or target/${given}`;
    throw new OperatorError('wrong-use', why, next);
  }
  return found;
}

/** Makes the mappings match, as the guard does; those that are being changed are waited for. */
async function match(
  hub: HubAddress,
  definitions: Definitions,
  subject: ParkSubject,
  dryRun: boolean,
  /** What a dry run would leave. */
  afterwards: (parks: readonly Park[]) => readonly Park[],
): Promise<ParkOutcome> {
  const flows = heldFlows(definitions.flows).filter((flow) =>
    subjectsOf(flow).some((one) => sameSubject(one, subject)),
  );
  const now = await hubNow(hub);
  const ports = portsOf(hub, now);
  const readParks = async () => {
    const parks = await parksOf(hub).read(flows.flatMap(subjectsOf));
    return dryRun ? afterwards(parks) : parks;
  };
  const changed: Pick<MappingChange, 'flow' | 'what'>[] = [];
  const deadline = Date.now() + SETTLE_MS;
  let waiting = flows;
  for (;;) {
    const { changes, missing, parks, ...plan } = await planMappings(waiting, readParks, ports, now);
    const unsettled = [...plan.unsettled];
    for (const change of changes) {
      const { flow, what } = change;
      if (dryRun || (await worked(changeMapping(change, ports, now)))) changed.push({ flow, what });
      else unsettled.push(flow);
    }
    if (unsettled.length === 0 || dryRun || Date.now() > deadline) {
      const remaining = parks.filter((one) => holds(one, now));
      return { subject, flows: flows.map(({ name }) => name), changed, unsettled, missing, remaining };
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    waiting = waiting.filter(({ name }) => unsettled.includes(name) || missing.includes(name));
  }
}

/** @returns False when somebody else, such as the guard, changes the mapping at this moment. */
async function worked(change: Promise<void>): Promise<boolean> {
  try {
    await change;
    return true;
  } catch (error) {
    if (error instanceof ResourceInUseException || error instanceof ResourceConflictException) return false;
    throw error;
  }
}

const parksOf = ({ dynamoDb, stage }: HubAddress) =>
  dynamoDbParks({ client: dynamoDb, tableName: names(stage).stateTable });

const portsOf = ({ dynamoDb, lambda, stage }: HubAddress, now: number) => ({
  notes: dynamoDbNotes({ client: dynamoDb, tableName: names(stage).stateTable, now: () => now }),
  mappings: lambdaMappings({ client: lambda, functionName: names(stage).deliverFunction }),
});
