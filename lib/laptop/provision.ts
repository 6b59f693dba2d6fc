import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, ResourceExistsException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, QueueNameExists, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Assembly } from './assembly/assembly.ts';
import type { QueueDefinition } from './assembly/queues.ts';
import type { TableDefinition } from './assembly/tables.ts';

/** How the SDK reaches the laptop's services as the account's administrator. */
export type SdkConfig = {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

/**
 * Creates what the assembly asks for and the data folder does not have yet; queues take the template's settings anew.
 * Nothing is deleted.
 */
export async function provision(assembly: Assembly, config: SdkConfig): Promise<void> {
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const secrets = new SecretsManagerClient(config);
  await Promise.all([
    createQueues(assembly, new SQSClient({ ...config, useQueueUrlAsEndpoint: false })),
    createTables(assembly, new DynamoDBClient(config)),
    ...assembly.buckets.map(({ name }) =>
      unless(['BucketAlreadyOwnedByYou'], s3.send(new CreateBucketCommand({ Bucket: name }))),
    ),
    ...assembly.secrets.map(({ name }) =>
      unless([ResourceExistsException.name], secrets.send(new CreateSecretCommand({ Name: name }))),
    ),
  ]);
}

/** Each dead-letter queue before the queue that names it. */
async function createQueues({ queues }: Assembly, client: SQSClient): Promise<void> {
  const { first = [], then = [] } = Object.groupBy(queues, ({ attributes }) =>
    attributes.RedrivePolicy ? 'then' : 'first',
  );
  await Promise.all(first.map((queue) => createQueue(queue, client)));
  await Promise.all(then.map((queue) => createQueue(queue, client)));
}

async function createQueue({ name, attributes }: QueueDefinition, client: SQSClient): Promise<void> {
  try {
    await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  } catch (error) {
    if (!(error instanceof QueueNameExists)) throw error;
    await client.send(new SetQueueAttributesCommand({ QueueUrl: name, Attributes: attributes }));
  }
}

async function createTables({ tables }: Assembly, client: DynamoDBClient): Promise<void> {
  await Promise.all(tables.map((table) => createTable(table, client)));
}

async function createTable({ createTable: input, ttlAttribute }: TableDefinition, client: DynamoDBClient) {
  await unless([ResourceInUseException.name], client.send(new CreateTableCommand(input)));
  if (!ttlAttribute) return;
  const TimeToLiveSpecification = { AttributeName: ttlAttribute, Enabled: true };
  const { TableName } = input;
  await unless(
    ['ValidationException'],
    client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification })),
  );
}

async function unless(expected: readonly string[], creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!expected.includes((error as Error).name)) throw error;
  }
}
