import { afterAll, beforeAll } from 'vitest';
import { dynamoDbEntities } from '../../functions/aws/entities.ts';
import { dynamoDbLedger } from '../../functions/aws/ledger.ts';
import { startDynamoDb } from '../lib/laptop/dynamodb/support.ts';
import { entitiesSuite } from '../suites/entities-suite.ts';
import { createTables } from './tables.ts';

let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;

beforeAll(async () => {
  dynamoDb = await startDynamoDb();
  await createTables(dynamoDb.client, ['ledger', 'state']);
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
