import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  type DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

const partitionKey = { AttributeName: 'pk', KeyType: 'HASH' } as const;

export const plainTable: Omit<CreateTableCommandInput, 'TableName'> = {
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [partitionKey],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
};

/** `pk` and `sk`, and the sparse index `byState`. */
export const indexedTable: Omit<CreateTableCommandInput, 'TableName'> = {
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [partitionKey, { AttributeName: 'sk', KeyType: 'RANGE' }],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'state', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byState',
      KeySchema: [
        { AttributeName: 'state', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

/** Creates a table, waits until it is ACTIVE, and has it removed. */
export async function createTable(
  { dynamodb, afterwards }: { dynamodb: DynamoDBClient; afterwards: (remove: () => Promise<unknown>) => void },
  TableName: string,
  shape: Omit<CreateTableCommandInput, 'TableName'>,
): Promise<string> {
  await dynamodb.send(new CreateTableCommand({ TableName, ...shape }));
  afterwards(() => dynamodb.send(new DeleteTableCommand({ TableName })));
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 120, minDelay: 1, maxDelay: 2 }, { TableName });
  return TableName;
}
