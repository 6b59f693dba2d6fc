import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDb } from '../../../../lib/laptop/dynamodb/create-dynamo-db.ts';
import { startFront } from '../../../../lib/laptop/front.ts';
import { fakeClock } from '../fake-clock.ts';

export const startMs = Date.parse('2026-11-20T00:00:00Z');

/** A DynamoDB behind a front, the SDK's client for it, and a clock the test moves. */
export async function startDynamoDb(folder = mkdtempSync(join(tmpdir(), 'syncline-dynamodb-'))) {
  const clock = fakeClock(startMs);
  const dynamoDb = await createDynamoDb({ folder, account: '000000000000', region: 'us-east-1', clock });
  const front = await startFront({ services: [dynamoDb.service], port: 0 });
  const client = clientOf(front.url);
  return {
    ...{ client, clock, folder, url: front.url, sweepExpired: dynamoDb.sweepExpired },
    async stop() {
      client.destroy();
      await front.close();
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

export const clientOf = (endpoint: string) =>
  new DynamoDBClient({
    ...{ endpoint, region: 'us-east-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

/** A table of orders: partition key `id`, a sparse index `byStatus` over `status` and `at`. */
export const orders: CreateTableCommandInput = {
  TableName: 'orders',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'status', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byStatus',
      KeySchema: [
        { AttributeName: 'status', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

/** A table of steps: partition key `flow`, sort key `step`. */
export const steps: CreateTableCommandInput = {
  TableName: 'steps',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [
    { AttributeName: 'flow', KeyType: 'HASH' },
    { AttributeName: 'step', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'flow', AttributeType: 'S' },
    { AttributeName: 'step', AttributeType: 'N' },
  ],
};

export async function startWithTables() {
  const dynamoDb = await startDynamoDb();
  for (const table of [orders, steps]) await dynamoDb.client.send(new CreateTableCommand(table));
  return dynamoDb;
}

/** What the SDK threw. */
export const failure = (call: Promise<unknown>): Promise<Record<string, unknown> & Error> =>
  call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error) => error,
  );
