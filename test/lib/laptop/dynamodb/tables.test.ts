import { statSync } from 'node:fs';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, orders, startDynamoDb, startMs, startWithTables, steps } from './support.ts';

let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;
beforeEach(async () => {
  dynamoDb = await startWithTables();
});
afterEach(async () => {
  await dynamoDb.stop();
  dynamoDb.remove();
});

describe('tables', () => {
  it('describes an on-demand table as active at once', async () => {
    const { Table } = await dynamoDb.client.send(new DescribeTableCommand({ TableName: 'orders' }));

    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      TableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/orders',
      CreationDateTime: new Date(startMs),
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      GlobalSecondaryIndexes: [{ IndexName: 'byStatus', IndexStatus: 'ACTIVE' }],
    });
  });

  it('lists tables by name, page by page', async () => {
    const first = await dynamoDb.client.send(new ListTablesCommand({ Limit: 1 }));
    const ExclusiveStartTableName = first.LastEvaluatedTableName;
    const second = await dynamoDb.client.send(new ListTablesCommand({ Limit: 1, ExclusiveStartTableName }));

    expect(first.TableNames).toEqual(['orders']);
    expect(second.TableNames).toEqual(['steps']);
    expect(second.LastEvaluatedTableName).toBeUndefined();
  });

  it('refuses a second table of the same name', async () => {
    const error = await failure(dynamoDb.client.send(new CreateTableCommand(orders)));

    expect(error.name).toBe('ResourceInUseException');
  });

  it('answers ResourceNotFoundException for an unknown table', async () => {
    const error = await failure(
      dynamoDb.client.send(new GetItemCommand({ TableName: 'none', Key: { id: { S: '1' } } })),
    );

    expect(error.name).toBe('ResourceNotFoundException');
  });

  it('forgets the items of a deleted table, also when it is created again', async () => {
    const item = { id: { S: '1' }, status: { S: 'new' }, at: { N: '1' } };
    await dynamoDb.client.send(new PutItemCommand({ TableName: 'orders', Item: item }));

    await dynamoDb.client.send(new DeleteTableCommand({ TableName: 'orders' }));
    await dynamoDb.client.send(new CreateTableCommand(orders));

    const { Item } = await dynamoDb.client.send(new GetItemCommand({ TableName: 'orders', Key: { id: item.id } }));
    const { Count } = await dynamoDb.client.send(
      new QueryCommand({
        TableName: 'orders',
        IndexName: 'byStatus',
        KeyConditionExpression: '#status = :new',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':new': { S: 'new' } },
      }),
    );
    expect({ Item, Count }).toEqual({ Item: undefined, Count: 0 });
  });

  it('keeps tables, items and time to live over a restart', async () => {
    const TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true };
    await dynamoDb.client.send(new UpdateTimeToLiveCommand({ TableName: 'orders', TimeToLiveSpecification }));
    await dynamoDb.client.send(new PutItemCommand({ TableName: 'orders', Item: { id: { S: '1' } } }));

    await dynamoDb.stop();
    dynamoDb = await startDynamoDb(dynamoDb.folder);

    const { Item } = await dynamoDb.client.send(new GetItemCommand({ TableName: 'orders', Key: { id: { S: '1' } } }));
    const described = await dynamoDb.client.send(new DescribeTimeToLiveCommand({ TableName: 'orders' }));
    expect(Item).toEqual({ id: { S: '1' } });
    expect(described.TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
  });

  it('keeps its folder to the user', () => {
    expect(statSync(dynamoDb.folder).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['a stream', { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' as const } }],
    ['deletion protection', { DeletionProtectionEnabled: true }],
  ])('refuses a table with %s by name', async (_what, setting) => {
    const error = await failure(
      dynamoDb.client.send(new CreateTableCommand({ ...steps, TableName: 'other', ...setting })),
    );

    expect(error.name).toBe('NotEmulatedException');
  });

  it('refuses an operation outside its list by name', async () => {
    const error = await failure(dynamoDb.client.send(new UpdateTableCommand({ TableName: 'orders' })));

    expect(error.name).toBe('NotEmulatedException');
    expect(error.message).toContain('UpdateTable');
  });

  it('says what is wrong when another process has the folder open', async () => {
    await expect(startDynamoDb(dynamoDb.folder)).rejects.toThrow('is another laptop running?');
  });
});
