import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { plainOrHashed } from '../core/delivery-id.ts';
import { STATE } from '../core/names.ts';
import type { Echoes, EchoRecord } from '../core/ports.ts';

/** No delivery waits longer for what is only a help. */
const TIMEOUT_MS = 1_000;

/**
 * What we wrote into vendors' records, over the state table: a partition a record, an item a write. Its sort key begins with
 * its time, in milliseconds (13 digits until the year 2286), so that one query finds the writes of a few minutes.
 *
 * @param options.targets Whose records are noted; nobody looks for the echoes of others.
 */
export function dynamoDbEchoes(options: {
  client: DynamoDBClient;
  tableName: string;
  targets: readonly string[];
}): Echoes {
  const { client, tableName: TableName, targets } = options;
  return {
    async note(record, { hashes, at, keptUntil }) {
      if (!targets.includes(record.target)) return;
      const Item = marshall({
        [STATE.partitionKey]: partitionOf(record),
        [STATE.sortKey]: `${at}#${randomUUID()}`,
        [STATE.ttl]: Math.ceil(keptUntil / 1_000),
        hashes,
      });
      await client.send(new PutItemCommand({ TableName, Item }), { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    },

    async read(record, { from, to, limit }) {
      // One page: DynamoDB ends it at 1 MB.
      const command = new QueryCommand({
        TableName,
        KeyConditionExpression: `${STATE.partitionKey} = :pk AND ${STATE.sortKey} BETWEEN :from AND :after`,
        ExpressionAttributeValues: marshall({
          ...{ ':pk': partitionOf(record), ':from': String(from), ':after': String(to + 1) },
        }),
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: limit,
      });
      const { Items = [] } = await client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
      return Items.map((item) => new Map(Object.entries<string>(unmarshall(item).hashes)));
    },
  };
}

const partitionOf = ({ target, entity }: EchoRecord) => STATE.echoesOf(target) + plainOrHashed(entity);
