import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { STATE } from '../core/names.ts';

/** BatchGetItem takes no more. */
const BATCH_KEYS = 100;
/** Keys that DynamoDB had no capacity for are asked for again after these pauses. */
const PAUSES_MS = [50, 100, 200, 400, 800];

/**
 * Reads items of the state table, strongly consistent.
 *
 * @param keys At most one a partition; a key named twice is read once.
 * @returns The items there are, by partition key.
 * @throws Error when DynamoDB leaves some unread.
 */
export async function readItems(
  { client, tableName }: { client: DynamoDBClient; tableName: string },
  keys: readonly Record<string, string>[],
): Promise<Map<string, Record<string, unknown>>> {
  const wanted = [...new Map(keys.map((key) => [key[STATE.partitionKey], marshall(key)])).values()];
  const items = new Map<string, Record<string, unknown>>();
  for (let start = 0; start < wanted.length; start += BATCH_KEYS) {
    for (const item of await readBatch(client, tableName, wanted.slice(start, start + BATCH_KEYS))) {
      items.set(String(item[STATE.partitionKey]), item);
    }
  }
  return items;
}

async function readBatch(
  client: DynamoDBClient,
  tableName: string,
  keys: Record<string, AttributeValue>[],
): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let pending = keys;
  for (const pauseMs of [0, ...PAUSES_MS]) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: pending, ConsistentRead: true } } }),
    );
    items.push(...(Responses[tableName] ?? []).map((item) => unmarshall(item)));
    pending = UnprocessedKeys[tableName]?.Keys ?? [];
    if (pending.length === 0) return items;
  }
  throw new Error(
    `table ${tableName} left ${pending.length} of ${keys.length} items unread after ${PAUSES_MS.length} retries`,
  );
}
