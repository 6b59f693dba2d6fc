/**
 * The hub on this machine: reads a synthesized assembly and makes what it says run.
 *
 * Development and test equipment; production is AWS. docs/laptop.md says what is faithful, approximated and absent.
 */
import { join } from 'node:path';
import type { Definitions } from '../definitions.ts';
import { readAssembly } from './assembly/assembly.ts';
import type { FunctionDefinition } from './assembly/functions.ts';
import { realClock } from './clock.ts';
import { fillConnections } from './connections.ts';
import { createDynamoDb } from './dynamodb/create-dynamo-db.ts';
import { startFront } from './front.ts';
import { startHttpApi } from './http-api/http-api.ts';
import { keptMappings } from './kept-mappings.ts';
import { createLambda } from './lambda/lambda.ts';
import { openLogs } from './logs.ts';
import { createPollers, type Pollers } from './pollers/pollers.ts';
import { provision } from './provision.ts';
import { queueCalls } from './queue-calls.ts';
import { createS3 } from './s3/create-s3.ts';
import { startSandbox } from './sandbox/start-sandbox.ts';
import { createScheduler } from './scheduler/create-scheduler.ts';
import { createSecretsManager } from './secrets-manager/create-secrets-manager.ts';
import { createSqs } from './sqs/index.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '000000000000';

const ADMINISTRATOR = { accessKeyId: 'administrator', secretAccessKey: 'laptop' };
/** Access key ids of functions' roles begin so; any other key is the account's administrator. */
const ROLE_KEY = 'role.';
const EXPIRY_SWEEP_MS = 60_000;
const SHARED = { account: ACCOUNT, region: REGION, clock: realClock };

export type Hub = {
  /** Base of the sources' URLs: `<webhooks>/<source>`. */
  readonly webhooks: string;
  readonly aws: string;
  readonly sandbox: string;
  /** Targets that speak to the sandbox because nobody has connected them. */
  readonly sandboxed: readonly string[];
  /** The functions as the assembly has them. */
  readonly functions: readonly FunctionDefinition[];
  /** Runs these from the next invocation on; what runs ends in the code it began with. */
  updateFunctions(functions: FunctionDefinition[]): void;
  /** Takes no more requests, lets running deliveries end, and closes everything. */
  close(): Promise<void>;
};

export type HubOptions = {
  /** The data folder; it exists and is this process's alone. */
  readonly folder: string;
  /** The synthesized assembly's folder; it may still be in the making while the services start. */
  readonly assembly: string | Promise<string>;
  readonly stage: string;
  readonly definitions: Definitions;
  /** The webhooks' port, and the next two for AWS and the sandbox; 0 takes free ones. */
  readonly port: number;
  /** Each line that a function writes. */
  readonly onLog?: (functionName: string, line: string) => void;
};

/** @throws Error with code `EADDRINUSE` when one of the ports is taken; nothing is left open then. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const opened = new AsyncDisposableStack();
  try {
    const hub = await open(options, opened);
    return { ...hub, close: () => opened.disposeAsync() };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** Opens everything; what is opened last is closed first. */
async function open(options: HubOptions, opened: AsyncDisposableStack): Promise<Omit<Hub, 'close'>> {
  const { definitions, stage } = options;
  const data = (name: string) => join(options.folder, name);
  const port = (offset: number) => (options.port === 0 ? 0 : options.port + offset);
  const addresses = { aws: '' };
  const logs = openLogs(data('logs'), options.onLog);
  opened.defer(logs.close);

  const targets = Object.fromEntries(definitions.targets.map(({ target }) => [target.name, target.definition.kind]));
  const sandbox = await startSandbox({ port: port(2), file: data('sandbox.sqlite'), clock: realClock, targets });
  opened.defer(sandbox.close);

  let pollers: Pollers;
  const { sqs, lambda, scheduler, front } = await openServices(data, port(1), opened, {
    awsUrl: () => addresses.aws,
    mappings: () => pollers,
    onLog: logs.write,
  });
  addresses.aws = front.url;

  const httpApi = await startHttpApi({
    ...SHARED,
    port: port(0),
    routes: [],
    stage: '$default',
    invoke: lambda.invoke,
  });
  opened.defer(httpApi.close);

  const env = { region: REGION, account: ACCOUNT, queueUrlBase: front.url, apiUrl: httpApi.url };
  const assembly = readAssembly(await options.assembly, env);
  const config = { endpoint: front.url, region: REGION, credentials: ADMINISTRATOR };
  await provision(assembly, config);
  const sandboxed = await fillConnections(definitions, { stage, sandboxUrl: sandbox.url, config });

  const kept = keptMappings(data('event-source-mappings.json'));
  pollers = createPollers({
    ...SHARED,
    mappings: kept.apply(assembly.eventSourceMappings),
    queues: queueCalls(sqs, (queueName) => `${front.url}/${ACCOUNT}/${queueName}`),
    invoke: lambda.invoke,
    onLog: ({ functionName }, line) => logs.write(functionName, line),
    onChange: kept.keep,
  });
  opened.defer(pollers.stop);
  lambda.updateFunctions(assembly.functions);
  httpApi.updateRoutes(assembly.httpApis.flatMap(({ routes }) => routes));
  pollers.start();
  scheduler.deploy(assembly.schedules, assembly.scheduleGroups);
  scheduler.start();
  opened.defer(scheduler.stop);
  const urls = { webhooks: `${httpApi.url}/v1/webhooks`, aws: front.url, sandbox: sandbox.url };
  return { ...urls, sandboxed, functions: assembly.functions, updateFunctions: lambda.updateFunctions };
}

/** The services that functions call, behind one front. */
async function openServices(
  data: (name: string) => string,
  port: number,
  opened: AsyncDisposableStack,
  hub: { awsUrl: () => string; mappings: () => Pollers; onLog: (name: string, line: string) => void },
) {
  const sqs = createSqs({ ...SHARED, file: data('sqs.sqlite'), queueUrlBase: hub.awsUrl });
  const dynamoDb = await createDynamoDb({ ...SHARED, folder: data('dynamodb') });
  const s3 = createS3({ ...SHARED, folder: data('s3') });
  const secrets = createSecretsManager({ ...SHARED, file: data('secrets.sqlite') });
  const lambda = await createLambda({
    ...SHARED,
    functions: [],
    endpointUrl: hub.awsUrl,
    accessKeyOf: (roleName) => ({ accessKeyId: `${ROLE_KEY}${roleName}`, secretAccessKey: 'laptop' }),
    mappings: hub.mappings,
    onLog: hub.onLog,
  });
  const scheduler = createScheduler({
    ...SHARED,
    file: data('scheduler.sqlite'),
    invoke: lambda.invoke,
    onLog: hub.onLog,
  });
  const services = [sqs.service, dynamoDb.service, s3.service, secrets.service, lambda.service, scheduler.service];
  const sweep = setInterval(() => void dynamoDb.sweepExpired(), EXPIRY_SWEEP_MS).unref();
  opened.defer(() => clearInterval(sweep));
  const roleOfKey = (key: string) => (key.startsWith(ROLE_KEY) ? key.slice(ROLE_KEY.length) : undefined);
  const front = await startFront({ services, port, roleOfKey });
  opened.defer(front.close);
  return { sqs, lambda, scheduler, front };
}
