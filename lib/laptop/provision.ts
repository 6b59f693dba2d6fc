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
  await createQueues(assembly, new SQSClient({ ...config, useQueueUrlAsEndpoint: false }));
  await createTables(assembly, new DynamoDBClient(config));
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  for (const { name } of assembly.buckets)
    await unless(['BucketAlreadyOwnedByYou'], s3.send(new CreateBucketCommand({ Bucket: name })));
  const secrets = new SecretsManagerClient(config);
  for (const { name } of assembly.secrets) {
    await unless([ResourceExistsException.name], secrets.send(new CreateSecretCommand({ Name: name })));
  }
}

/** In their order: each dead-letter queue before the queue that names it. */
async function createQueues({ queues }: Assembly, client: SQSClient): Promise<void> {
  for (const { name, attributes } of queues) {
    try {
      await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    } catch (error) {
      if (!(error instanceof QueueNameExists)) throw error;
      await client.send(new SetQueueAttributesCommand({ QueueUrl: name, Attributes: attributes }));
    }
  }
}

async function createTables({ tables }: Assembly, client: DynamoDBClient): Promise<void> {
  for (const { createTable, ttlAttribute } of tables) {
    await unless([ResourceInUseException.name], client.send(new CreateTableCommand(createTable)));
    if (!ttlAttribute) continue;
    const TimeToLiveSpecification = { AttributeName: ttlAttribute, Enabled: true };
    const TableName = createTable.TableName;
    await unless(
      ['ValidationException'],
      client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification })),
    );
  }
}

async function unless(expected: readonly string[], creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!expected.includes((error as Error).name)) throw error;
  }
}
