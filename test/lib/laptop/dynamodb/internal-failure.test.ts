import { GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { Level } from 'level';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { failure, startDynamoDb, startWithTables } from './support.ts';

let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;
beforeAll(async () => {
  const { client, folder, stop } = await startWithTables();
  const Item = { id: { S: '1' }, text: { S: 'private' } };
  await client.send(new PutItemCommand({ TableName: 'orders', Item }));
  await stop();
  await damageItems(folder);
  dynamoDb = await startDynamoDb(folder);
});
afterAll(async () => {
  await dynamoDb.stop();
  dynamoDb.remove();
});

async function damageItems(folder: string) {
  const level = new Level(folder);
  for (const [row, value] of await level.iterator({ gte: 'item~', lt: 'item\x7f' }).all())
    await level.put(row, value.slice(0, -2));
  await level.close();
}

describe('a row that cannot be read', () => {
  it('is an InternalServerError, logged without its content, and the service goes on', async () => {
    const log = vi.spyOn(process.stderr, 'write').mockReturnValue(true);

    const get = await failure(
      dynamoDb.client.send(new GetItemCommand({ TableName: 'orders', Key: { id: { S: '1' } } })),
    );
    const scan = await failure(dynamoDb.client.send(new ScanCommand({ TableName: 'orders' })));
    await dynamoDb.client.send(new PutItemCommand({ TableName: 'orders', Item: { id: { S: '2' } } }));

    const logged = log.mock.calls.join('\n');
    log.mockRestore();
    expect([get.name, scan.name]).toEqual(['InternalServerError', 'InternalServerError']);
    expect(logged).toContain('[syncline] [laptop] [dynamodb] GetItem: SyntaxError');
    expect(logged).not.toContain('private');
  });
});
