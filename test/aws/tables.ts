import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { STATE } from '../../functions/core/names.ts';

/** Tables with the keys that both of ours have, without an index. */
export async function createTables(client: DynamoDBClient, names: readonly string[]): Promise<void> {
  const keys = [STATE.partitionKey, STATE.sortKey];
  for (const TableName of names) {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
        AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      }),
    );
  }
}
