/** Syncline's own services in a temporary folder: what the suite runs against unless it is told otherwise. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../lib/laptop/clock.ts';
import { createCloudWatch } from '../../lib/laptop/cloudwatch/create-cloud-watch.ts';
import { createDynamoDb } from '../../lib/laptop/dynamodb/create-dynamo-db.ts';
import { startFront } from '../../lib/laptop/front.ts';
import { createLambda } from '../../lib/laptop/lambda/lambda.ts';
import { createPollers, type Pollers } from '../../lib/laptop/pollers/pollers.ts';
import { queueCalls } from '../../lib/laptop/queue-calls.ts';
import { createS3 } from '../../lib/laptop/s3/create-s3.ts';
import { createSecretsManager } from '../../lib/laptop/secrets-manager/create-secrets-manager.ts';
import { createSqs } from '../../lib/laptop/sqs/index.ts';
import type { Target } from './target.ts';

const functionName = 'conformance';
const queueName = 'conformance-events';
const mappingId = 'c0f0a0ce-0000-4000-8000-000000000001';

/** Takes every message. */
const source = 'export const handler = async () => ({ batchItemFailures: [] });\n';

export async function startOwnServices(): Promise<{ target: Target; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-conformance-'));
  const shared = { account: '000000000000', region: 'eu-central-1', clock: realClock };
  let url = '';
  let pollers: Pollers;
  const sqs = createSqs({ ...shared, file: join(folder, 'sqs.sqlite'), queueUrlBase: () => url });
  const cloudWatch = createCloudWatch(shared);
  const lambda = await createLambda({
    ...{ ...shared, functions: [tinyFunction(folder)], endpointUrl: () => url, onLog: () => {} },
    accessKeyOf: (roleName) => ({ accessKeyId: roleName, secretAccessKey: 'laptop' }),
    mappings: () => pollers,
    onInvoked: cloudWatch.counts.add,
  });
  const dynamoDb = await createDynamoDb({ ...shared, folder: join(folder, 'dynamodb') });
  const s3 = createS3({ ...shared, folder: join(folder, 's3') });
  const secrets = createSecretsManager({ ...shared, file: join(folder, 'secrets.sqlite') });
  const services = [
    ...[sqs.service, dynamoDb.service, s3.service, secrets.service, lambda.service],
    ...[cloudWatch.service],
  ];
  const front = await startFront({ services, port: 0 });
  url = front.url;
  const queueUrl = `${url}/${shared.account}/${queueName}`;
  await sqs.operations.CreateQueue({ QueueName: queueName }, { kind: 'administrator' });
  const queues = queueCalls(sqs, () => queueUrl);
  pollers = createPollers({ ...shared, mappings: [mapping], queues, invoke: lambda.invoke, onLog: () => {} });
  pollers.start();
  return {
    target: {
      ...{ endpoint: url, region: shared.region, isOurs: true, patienceMs: 10_000, emptyAfterSeconds: 0 },
      mapping: { functionName, queueUrl },
    },
    async close() {
      await pollers.stop();
      await front.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const mapping = {
  ...{ id: mappingId, queueName, functionName, enabled: true, reportBatchItemFailures: true },
  ...{ batchSize: 10, maximumBatchingWindowSeconds: 0, maximumConcurrency: 2 },
};

function tinyFunction(folder: string) {
  writeFileSync(join(folder, 'index.mjs'), source);
  return {
    ...{ name: functionName, assetFolder: folder, handler: 'index.handler', runtime: 'nodejs24.x' },
    ...{ timeoutSeconds: 10, memoryMb: 128, environment: {}, roleName: 'conformance' },
  };
}
