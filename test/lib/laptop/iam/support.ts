import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { PolicyStatement } from '../../../../lib/laptop/assembly/roles.ts';
import { createDynamoDb } from '../../../../lib/laptop/dynamodb/create-dynamo-db.ts';
import { type Layer, startFront } from '../../../../lib/laptop/front.ts';
import type { Need } from '../../../../lib/laptop/iam/calls/need.ts';
import { needsOf } from '../../../../lib/laptop/iam/calls/needs-of.ts';
import { createIamLayer, type Iam } from '../../../../lib/laptop/iam/layer.ts';
import type { IamRole } from '../../../../lib/laptop/iam/roles.ts';
import { createLambda } from '../../../../lib/laptop/lambda/lambda.ts';
import { createS3 } from '../../../../lib/laptop/s3/create-s3.ts';
import { createSecretsManager } from '../../../../lib/laptop/secrets-manager/create-secrets-manager.ts';
import { createSqs } from '../../../../lib/laptop/sqs/index.ts';
import { fakeClock } from '../fake-clock.ts';

export const place = { account: '000000000000', region: 'eu-central-1' };
export const ROLE = 'shop-role';
export const FUNCTION = 'hub-shop';
export const queueArn = (name: string) => `arn:aws:sqs:eu-central-1:000000000000:${name}`;
export const MAPPING_ID = '9c1e2b7a-0000-4000-8000-000000000001';

/** A role of one policy with these statements. */
export const roleWith = (...statements: Partial<PolicyStatement>[]): IamRole => ({
  name: ROLE,
  arn: `arn:aws:iam::000000000000:role/${ROLE}`,
  path: 'hub/Shop/Role',
  policies: [
    {
      name: 'ShopPolicy',
      path: 'hub/Shop/Role/DefaultPolicy',
      document: { Statement: statements.map((statement) => ({ Effect: 'Allow', Resource: '*', ...statement })) },
    },
  ],
  managedPolicyArns: [],
});

/** A layer whose role has these statements, and the lines it logged. */
export function iamWith(...statements: Partial<PolicyStatement>[]) {
  const lines: string[] = [];
  const news: boolean[] = [];
  const iam = createIamLayer({
    ...place,
    roles: [roleWith(...statements)],
    functions: [{ name: FUNCTION, roleName: ROLE }],
    onLog: (functionName, line) => lines.push(`${functionName}: ${line}`),
    onDecision: (_decision, isNews) => news.push(isNews),
  });
  return { iam, lines, news };
}

/** The role may do these things from now on. */
export const allow = (iam: Iam, ...statements: Partial<PolicyStatement>[]) =>
  iam.update({ roles: [roleWith(...statements)], functions: [{ name: FUNCTION, roleName: ROLE }] });

/** Every service behind a front with the layer, and clients that call under the role or as administrator. */
export async function startServices({ iam, lines }: ReturnType<typeof iamWith>) {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-iam-'));
  const shared = { ...place, clock: fakeClock() };
  const needs: Need[] = [];
  const recorder: Layer = async (service, request, next) => {
    if (request.principal.kind === 'role') needs.push(...((await needsOf(service, request, place)) ?? []));
    return next();
  };
  let url = '';
  const sqs = createSqs({ ...shared, file: join(folder, 'sqs.sqlite'), queueUrlBase: () => url });
  const dynamoDb = await createDynamoDb({ ...shared, folder: join(folder, 'dynamodb') });
  const s3 = createS3({ ...shared, folder: join(folder, 's3') });
  const secrets = createSecretsManager({ ...shared, file: join(folder, 'secrets.sqlite') });
  const lambda = await createLambda({
    ...shared,
    functions: [],
    endpointUrl: () => url,
    accessKeyOf: () => ({ accessKeyId: 'role', secretAccessKey: 'laptop' }),
    onLog: () => {},
    mappings: () => oneMapping,
  });
  const front = await startFront({
    services: [sqs.service, dynamoDb.service, s3.service, secrets.service, lambda.service],
    port: 0,
    layers: [recorder, iam.layer],
    roleOfKey: (key) => (key === 'role' ? ROLE : key === 'stranger' ? 'nobody' : undefined),
  });
  url = front.url;
  return {
    url,
    iam,
    lines,
    /** What the last call under the role needed. */
    takeNeeds: () => needs.splice(0),
    asRole: clientsOf(url, 'role'),
    asAdministrator: clientsOf(url, 'administrator'),
    asStranger: clientsOf(url, 'stranger'),
    async stop() {
      await front.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function clientsOf(endpoint: string, accessKeyId: string) {
  const config = {
    ...{ endpoint, region: place.region, maxAttempts: 1 },
    credentials: { accessKeyId, secretAccessKey: 'laptop' },
  };
  return {
    sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
    dynamoDb: new DynamoDBClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    secrets: new SecretsManagerClient(config),
    lambda: new LambdaClient(config),
  };
}

const oneMapping = {
  list: () => [
    {
      id: MAPPING_ID,
      ...{ queueName: 'orders', functionName: FUNCTION, batchSize: 10, maximumBatchingWindowSeconds: 0 },
      ...{ enabled: true, reportBatchItemFailures: true, state: 'Enabled' as const },
      ...{ lastProcessingResult: 'OK', lastModifiedEpochMs: 0 },
    },
  ],
  setEnabled: () => {},
  setMaximumConcurrency: () => {},
};

/** What the SDK threw. */
export const failure = (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error) => error,
  );
