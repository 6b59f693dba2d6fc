/**
 * The hub on this machine: reads a synthesized assembly and makes what it says run.
 *
 * Development and test equipment; production is AWS. docs/laptop.md says what is faithful, approximated and absent.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Definitions } from '../definitions.ts';
import { readAssembly } from './assembly/assembly.ts';
import { realClock } from './clock.ts';
import { fillConnections } from './connections.ts';
import { createDynamoDb } from './dynamodb/create-dynamo-db.ts';
import { startFront } from './front.ts';
import { startHttpApi } from './http-api/http-api.ts';
import { createLambda } from './lambda/lambda.ts';
import { openLogs } from './logs.ts';
import { createPollers } from './pollers/pollers.ts';
import { provision } from './provision.ts';
import { createS3 } from './s3/create-s3.ts';
import { startSandbox } from './sandbox/start-sandbox.ts';
import { createSecretsManager } from './secrets-manager/create-secrets-manager.ts';
import { createSqs, type Sqs } from './sqs/index.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '000000000000';

const ADMINISTRATOR = { accessKeyId: 'administrator', secretAccessKey: 'laptop' };
const EXPIRY_SWEEP_MS = 60_000;

export type Hub = {
  /** Base of the sources' URLs: `<webhooks>/<source>`. */
  readonly webhooks: string;
  readonly aws: string;
  readonly sandbox: string;
  /** Targets that speak to the sandbox because nobody has connected them. */
  readonly sandboxed: readonly string[];
  close(): Promise<void>;
};

export type HubOptions = {
  /** The data folder; it exists and is this process's alone. */
  readonly folder: string;
  /** The synthesized assembly. */
  readonly assembly: string;
  readonly stage: string;
  readonly definitions: Definitions;
  /** The webhooks' port, and the next two for AWS and the sandbox; 0 takes free ones. */
  readonly port: number;
  /** Each line that a function writes. */
  readonly onLog?: (functionName: string, line: string) => void;
};

/** @throws Error with code `EADDRINUSE` when one of the ports is taken. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { folder, port, definitions, stage } = options;
  const shared = { account: ACCOUNT, region: REGION, clock: realClock };
  const data = (name: string) => join(folder, name);
  mkdirSync(data('dynamodb'), { recursive: true });
  const logs = openLogs(data('logs'), options.onLog);
  const nth = (offset: number) => (port === 0 ? 0 : port + offset);

  let awsUrl = '';
  const sqs = createSqs({ ...shared, file: data('sqs.sqlite'), queueUrlBase: () => awsUrl });
  const dynamoDb = await createDynamoDb({ ...shared, folder: data('dynamodb') });
  const s3 = createS3({ ...shared, folder: data('s3') });
  const secrets = createSecretsManager({ ...shared, file: data('secrets.sqlite') });
  const pollers = { current: undefined as ReturnType<typeof createPollers> | undefined };
  const lambda = await createLambda({
    ...shared,
    functions: [],
    endpointUrl: () => awsUrl,
    accessKeyOf: (roleName) => ({ accessKeyId: `${ROLE_KEY}${roleName}`, secretAccessKey: 'laptop' }),
    mappings: () => pollers.current!,
    onLog: logs.write,
  });
  const services = [sqs.service, dynamoDb.service, s3.service, secrets.service, lambda.service];
  const roleOfKey = (key: string) => (key.startsWith(ROLE_KEY) ? key.slice(ROLE_KEY.length) : undefined);
  const front = await startFront({ services, port: nth(1), roleOfKey });
  awsUrl = front.url;
  const httpApi = await startHttpApi({ ...shared, port: nth(0), routes: [], stage: '$default', invoke: lambda.invoke });
  const targets = Object.fromEntries(definitions.targets.map(({ target }) => [target.name, target.definition.kind]));
  const sandbox = await startSandbox({ port: nth(2), file: data('sandbox.sqlite'), clock: realClock, targets });

  const env = { region: REGION, account: ACCOUNT, queueUrlBase: awsUrl, apiUrl: httpApi.url };
  const assembly = readAssembly(options.assembly, env);
  const config = { endpoint: awsUrl, region: REGION, credentials: ADMINISTRATOR };
  await provision(assembly, config);
  const sandboxed = await fillConnections(definitions, { stage, sandboxUrl: sandbox.url, config });
  lambda.updateFunctions(assembly.functions);
  httpApi.updateRoutes(assembly.httpApis.flatMap(({ routes }) => routes));
  pollers.current = createPollers({
    ...shared,
    mappings: assembly.eventSourceMappings,
    queues: queueCalls(sqs, () => awsUrl),
    invoke: lambda.invoke,
    onLog: ({ functionName }, line) => logs.write(functionName, line),
  });
  pollers.current.start();
  const sweep = setInterval(() => void dynamoDb.sweepExpired(), EXPIRY_SWEEP_MS).unref();

  return {
    webhooks: `${httpApi.url}/v1/webhooks`,
    aws: awsUrl,
    sandbox: sandbox.url,
    sandboxed,
    async close() {
      clearInterval(sweep);
      await httpApi.close();
      await pollers.current?.stop();
      await front.close();
      await sandbox.close();
      await logs.close();
    },
  };
}

/** Access key ids of functions' roles begin so; any other key is the account's administrator. */
const ROLE_KEY = 'role.';

/** The pollers' calls of SQS, in process: the same code as over HTTP. */
function queueCalls({ operations }: Sqs, base: () => string) {
  const urlOf = (queueName: string) => `${base()}/${ACCOUNT}/${queueName}`;
  const caller = { kind: 'administrator' as const };
  return {
    async receive(queueName: string, MaxNumberOfMessages: number, WaitTimeSeconds: number, signal: AbortSignal) {
      const input = { QueueUrl: urlOf(queueName), MaxNumberOfMessages, WaitTimeSeconds };
      const answer = await operations.ReceiveMessage(
        { ...input, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] },
        caller,
        signal,
      );
      return answer.Messages ?? [];
    },
    delete(queueName: string, receiptHandles: string[]) {
      const Entries = receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      return operations.DeleteMessageBatch({ QueueUrl: urlOf(queueName), Entries }, caller);
    },
  };
}
