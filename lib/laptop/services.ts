import { createCloudWatch } from './cloudwatch/create-cloud-watch.ts';
import { createDynamoDb } from './dynamodb/create-dynamo-db.ts';
import type { Faults } from './faults/create-faults.ts';
import { startFront } from './front.ts';
import type { Iam } from './iam/layer.ts';
import type { FunctionClocks } from './lambda/function-clocks.ts';
import { createLambda, type Lambda } from './lambda/lambda.ts';
import { type MovableClock, withRealTimers } from './movable-clock.ts';
import type { Pollers } from './pollers/pollers.ts';
import { createS3 } from './s3/create-s3.ts';
import { createScheduler } from './scheduler/create-scheduler.ts';
import { createSecretsManager } from './secrets-manager/create-secrets-manager.ts';
import { createSqs } from './sqs/index.ts';
import { surroundings } from './surroundings.ts';

/** Access key ids of functions' roles begin so; any other key is the account's administrator. */
const ROLE_KEY = 'role.';
const EXPIRY_SWEEP_MS = 60_000;

export type ServicesOptions = {
  /** A path in the data folder. */
  readonly data: (name: string) => string;
  readonly port: number;
  readonly clock: MovableClock;
  readonly functionClocks: FunctionClocks;
  readonly iam: Iam;
  readonly faults: Faults;
  /** Asked for at each use: they are there once the front listens and the mappings are known. */
  readonly awsUrl: () => string;
  readonly mappings: () => Pollers;
  readonly onLog: (functionName: string, line: string) => void;
};

/**
 * The services that functions call, behind one front: faults see a call first, then IAM, then the service.
 *
 * Time that is moved passes for what services keep; running invocations are timed by the real clock.
 */
export async function openServices(options: ServicesOptions, opened: AsyncDisposableStack) {
  const { data, clock, awsUrl, iam, faults, onLog } = options;
  const given = surroundings(clock);
  const sqs = createSqs({ ...given, file: data('sqs.sqlite'), queueUrlBase: awsUrl });
  const dynamoDb = await createDynamoDb({ ...given, folder: data('dynamodb') });
  const s3 = createS3({ ...given, folder: data('s3') });
  const secrets = createSecretsManager({ ...given, file: data('secrets.sqlite') });
  const cloudWatch = createCloudWatch(given);
  const lambda: Lambda = await createLambda({
    ...surroundings(withRealTimers(clock)),
    functions: [],
    functionClocks: options.functionClocks,
    onInvoke: faults.onInvoke,
    onInvoked: cloudWatch.counts.add,
    endpointUrl: awsUrl,
    accessKeyOf: (roleName) => ({ accessKeyId: ROLE_KEY + roleName, secretAccessKey: 'laptop' }),
    mappings: options.mappings,
    onLog,
  });
  const file = data('scheduler.sqlite');
  const scheduler = createScheduler({ ...given, file, invoke: lambda.invoke, authorize: iam.authorizeAs, onLog });
  const sweep = setInterval(() => void dynamoDb.sweepExpired(), EXPIRY_SWEEP_MS).unref();
  opened.defer(() => clearInterval(sweep));
  opened.defer(clock.onMove(() => void dynamoDb.sweepExpired()));
  const front = await startFront({
    services: [
      ...[sqs.service, dynamoDb.service, s3.service, secrets.service],
      ...[lambda.service, scheduler.service, cloudWatch.service],
    ],
    port: options.port,
    layers: [faults.layer, iam.layer],
    roleOfKey: (key) => (key.startsWith(ROLE_KEY) ? key.slice(ROLE_KEY.length) : undefined),
  });
  opened.defer(front.close);
  return { sqs, lambda, scheduler, front };
}
