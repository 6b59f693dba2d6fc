import { parseArgs } from 'node:util';
import { type ServiceName, services } from './case.ts';
import type { Target } from './target.ts';

export const usage = `Usage: npm run conformance -- [options]

  --endpoint URL     the endpoint of all services; without it Syncline's own are started
  --aws              AWS itself, with your credentials: creates resources, and removes them
  --region REGION    default: AWS_REGION, or eu-central-1
  --only SERVICES    of ${services.join(', ')}, separated by commas
  --function NAME    a function whose event source mapping may be disabled and enabled,
  --queue URL        and the idle queue of that mapping
  --slow             also the cases that take more than ten seconds
  --costly           also the cases that write or read megabytes in DynamoDB
  --json             a line of JSON for each case
  --write-docs       write docs/conformance.md and run nothing`;

export type Options = {
  /** Absent: Syncline's own services. */
  target?: Target;
  only: readonly ServiceName[];
  slow: boolean;
  costly: boolean;
  json: boolean;
  writeDocs: boolean;
};

/** The arguments are wrong; the message says which, in a line. */
export class UsageError extends Error {}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const known = {
  ...{ endpoint: text, region: text, only: text, function: text, queue: text },
  ...{ aws: flag, slow: flag, costly: flag, json: flag, 'write-docs': flag },
};

/** @throws UsageError */
export function readOptions(args: string[], environmentRegion: string | undefined): Options {
  const given = parse(args);
  const { endpoint, aws = false, region = environmentRegion ?? 'eu-central-1' } = given;
  if (endpoint !== undefined && aws) throw new UsageError('--endpoint and --aws exclude each other');
  if (endpoint !== undefined && !/^https?:\/\/[^/]/.test(endpoint))
    throw new UsageError(`--endpoint must be a URL such as http://127.0.0.1:4566, not '${endpoint}'`);
  if ((given.function === undefined) !== (given.queue === undefined))
    throw new UsageError('--function and --queue belong together');
  const isOurs = endpoint === undefined && !aws;
  if (isOurs && (given.function !== undefined || given.region !== undefined))
    throw new UsageError("--region and --function need --endpoint or --aws: Syncline's own services have theirs");
  const mapping = given.function && given.queue && { functionName: given.function, queueUrl: given.queue };
  const target: Target = {
    ...{ region, isOurs, patienceMs: 90_000, emptyAfterSeconds: 2 },
    ...(endpoint !== undefined && { endpoint }),
    ...(mapping && { mapping }),
  };
  const { slow = false, costly = false, json = false } = given;
  const flags = { slow, costly, json, writeDocs: given['write-docs'] ?? false };
  return { ...(!isOurs && { target }), only: readOnly(given.only), ...flags };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: known, strict: true }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split(/\.? To specify|\n/)[0]);
  }
}

function readOnly(list: string | undefined): readonly ServiceName[] {
  const names = list?.split(',') ?? services;
  const unknown = names.find((name) => !(services as readonly string[]).includes(name));
  if (unknown !== undefined) throw new UsageError(`--only knows ${services.join(', ')}, not '${unknown}'`);
  return names as readonly ServiceName[];
}
