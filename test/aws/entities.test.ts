import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { dynamoDbEntities } from '../../functions/aws/entities.ts';
import { dynamoDbLedger } from '../../functions/aws/ledger.ts';
import { STATE } from '../../functions/core/names.ts';
import { startDynamoDb } from '../lib/laptop/dynamodb/support.ts';
import { entitiesSuite } from '../suites/entities-suite.ts';

let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;

beforeAll(async () => {
  dynamoDb = await startDynamoDb();
  for (const TableName of ['ledger', 'state']) {
    await dynamoDb.client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: STATE.partitionKey, KeyType: 'HASH' },
          { AttributeName: STATE.sortKey, KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: STATE.partitionKey, AttributeType: 'S' },
          { AttributeName: STATE.sortKey, AttributeType: 'S' },
        ],
      }),
    );
  }
});
afterAll(async () => {
  await dynamoDb.stop();
  dynamoDb.remove();
});

entitiesSuite('DynamoDB', () => {
  const { client } = dynamoDb;
  const ledger = dynamoDbLedger({ client, tableName: 'ledger' });
  return { ledger, entities: dynamoDbEntities({ client, tableName: 'state', ledgerTable: 'ledger', ledger }) };
});
