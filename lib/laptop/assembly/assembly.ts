import { type BucketDefinition, readBuckets } from './buckets.ts';
import { type EventSourceMappingDefinition, readEventSourceMappings } from './event-source-mappings.ts';
import { type FunctionDefinition, readFunctions } from './functions.ts';
import { type HttpApiDefinition, readHttpApis } from './http-apis.ts';
import { type QueueDefinition, readQueues } from './queues.ts';
import { type Environment, readResources } from './resources.ts';
import { type RoleDefinition, readRoles } from './roles.ts';
import { readScheduleGroups, readSchedules, type ScheduleDefinition } from './schedules.ts';
import { readSecrets, type SecretDefinition } from './secrets.ts';
import { readStacks } from './stacks.ts';
import { readTables, type TableDefinition } from './tables.ts';

/** What a synthesized assembly asks for, as plain data: all intrinsics resolved, all names physical. */
export type Assembly = {
  /** Queues without a redrive policy first, so that every dead-letter queue exists before the queue that names it. */
  queues: QueueDefinition[];
  tables: TableDefinition[];
  buckets: BucketDefinition[];
  secrets: SecretDefinition[];
  functions: FunctionDefinition[];
  eventSourceMappings: EventSourceMappingDefinition[];
  httpApis: HttpApiDefinition[];
  roles: RoleDefinition[];
  schedules: ScheduleDefinition[];
  /** `default` among them. */
  scheduleGroups: string[];
};

/**
 * Reads the templates of all stacks in `folder` (a `cdk.out`).
 *
 * Resources are found by their fixed physical names; one without gets a name made of stack and logical id, the same at
 * every reading.
 *
 * @throws Error `[syncline] [laptop] <stack>/<logicalId>: <what> is not emulated` for a resource type, property or
 * intrinsic that the laptop would have to leave out.
 */
export function readAssembly(folder: string, env: Environment): Assembly {
  const resources = readResources(readStacks(folder), env);
  return {
    queues: readQueues(resources),
    tables: readTables(resources),
    buckets: readBuckets(resources),
    secrets: readSecrets(resources),
    functions: readFunctions(resources),
    eventSourceMappings: readEventSourceMappings(resources),
    httpApis: readHttpApis(resources),
    roles: readRoles(resources),
    schedules: readSchedules(resources),
    scheduleGroups: readScheduleGroups(resources),
  };
}
