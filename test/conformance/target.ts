import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';

/** What the suite runs against. */
export type Target = {
  /** Absent: AWS's own endpoints and the caller's credentials. */
  endpoint?: string;
  region: string;
  /** Syncline's own services: what they leave out on purpose does not run. */
  isOurs: boolean;
  /** How long something that lags on AWS may take. */
  patienceMs: number;
  /** How long a receive waits before a queue counts as empty; 0 where short polls see everything. */
  emptyAfterSeconds: number;
  /** How often the SDK tries. @default its own */
  attempts?: number;
  /** A function with an event source mapping of a queue. @default none: the cases of Lambda are skipped */
  mapping?: { functionName: string; queueUrl: string };
};

export type Clients = ReturnType<typeof createClients>;

/** A stranger never sees a signature made with the caller's own credentials. */
export function createClients({ endpoint, region, attempts }: Target) {
  const common = { region, ...(attempts !== undefined && { maxAttempts: attempts }) };
  const config =
    endpoint === undefined
      ? common
      : { ...common, endpoint, credentials: { accessKeyId: 'conformance', secretAccessKey: 'conformance' } };
  return {
    sqs: new SQSClient(config),
    dynamodb: new DynamoDBClient(config),
    s3: new S3Client({ ...config, forcePathStyle: endpoint !== undefined }),
    secrets: new SecretsManagerClient(config),
    lambda: new LambdaClient(config),
    cloudwatch: new CloudWatchClient(config),
  };
}

export function destroyClients(clients: Clients): void {
  for (const client of Object.values(clients)) client.destroy();
}
