import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  paginateScan,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { startChild, writeUntilDead } from '../crash/start-child.ts';
import { clientOf, orders } from './support.ts';

const itemOf = (id: string) => ({ id: { S: id }, status: { S: 'open' }, at: { N: '1' } });

async function idsOf(pages: AsyncIterable<{ Items?: { id?: { S?: string } }[] }>) {
  const ids = new Set<string>();
  for await (const page of pages) for (const item of page.Items ?? []) ids.add(item.id!.S!);
  return ids;
}

const scan = (client: DynamoDBClient) => idsOf(paginateScan({ client }, { TableName: 'orders' }) as never);
const queryIndex = (client: DynamoDBClient) =>
  idsOf(
    paginateQuery(
      { client },
      {
        ...{ TableName: 'orders', IndexName: 'byStatus', KeyConditionExpression: '#status = :open' },
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':open': { S: 'open' } },
      },
    ) as never,
  );

/** Starts, creates the table, writes under load, kills, starts again. */
async function surviving(write: (client: DynamoDBClient, number: number) => Promise<unknown>) {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-kill-'));
  const first = await startChild('dynamodb', folder);
  const client = clientOf(first.url);
  await client.send(new CreateTableCommand(orders));
  const load = writeUntilDead((number) => write(client, number));
  await sleep(1500);
  await first.kill();
  const acknowledged = await load;
  const second = await startChild('dynamodb', folder);
  const stop = async () => {
    await second.kill();
    rmSync(folder, { recursive: true });
  };
  return { client: clientOf(second.url), acknowledged, stop };
}

describe('kill -9 under load', () => {
  it('loses no acknowledged item, and items and index agree', async () => {
    const { client, acknowledged, stop } = await surviving((client, number) =>
      client.send(new PutItemCommand({ TableName: 'orders', Item: itemOf(`${number}`) })),
    );

    const [stored, indexed] = [await scan(client), await queryIndex(client)];

    await stop();
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.filter((number) => !stored.has(`${number}`))).toEqual([]);
    expect(indexed).toEqual(stored);
  });

  it('keeps all or nothing of each transaction', async () => {
    const parts = ['a', 'b', 'c'];
    const { client, acknowledged, stop } = await surviving((client, number) =>
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: parts.map((part) => ({ Put: { TableName: 'orders', Item: itemOf(`${number}-${part}`) } })),
        }),
      ),
    );

    const [stored, indexed] = [await scan(client), await queryIndex(client)];

    await stop();
    const partsOf = (number: string) => parts.filter((part) => stored.has(`${number}-${part}`)).length;
    const numbers = new Set([...stored].map((id) => id.split('-')[0]!));
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.filter((number) => partsOf(`${number}`) !== 3)).toEqual([]);
    expect([...numbers].filter((number) => partsOf(number) !== 3)).toEqual([]);
    expect(indexed).toEqual(stored);
  });
});
