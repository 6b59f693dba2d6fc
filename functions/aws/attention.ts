import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { attentionKey, LEDGER } from '../core/names.ts';
import type { Attention } from '../core/ports.ts';

/** The ledger's `attention` index: counts, never rows. */
export function dynamoDbAttention(options: { client: DynamoDBClient; tableName: string }): Attention {
  return {
    async countExpiring(flow, from, to) {
      const shards = Array.from({ length: LEDGER.attentionShards }, (_, shard) => attentionKey(flow, shard));
      const counts = await Promise.all(shards.map((shard) => count(options, shard, from, to)));
      return counts.reduce((sum, one) => sum + one, 0);
    },
  };
}

async function count(
  { client, tableName }: { client: DynamoDBClient; tableName: string },
  shard: string,
  from: number,
  to: number,
): Promise<number> {
  let total = 0;
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: LEDGER.attentionIndex,
        KeyConditionExpression: '#shard = :shard AND #expires BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#shard': LEDGER.attentionIndex, '#expires': 'messageExpiresAt' },
        ExpressionAttributeValues: marshall({ ':shard': shard, ':from': from, ':to': to }),
        Select: 'COUNT',
        ExclusiveStartKey,
      }),
    );
    total += page.Count ?? 0;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return total;
}
