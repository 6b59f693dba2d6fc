import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { plainOrHashed } from '../core/delivery-id.ts';
import { STATE } from '../core/names.ts';
import type { Echoes } from '../core/ports.ts';

/** No delivery waits longer for what is only a help. */
const TIMEOUT_MS = 1_000;
/** Set apart from the table's own attributes. */
const FIELD = 'field:';

/**
 * What we wrote into vendors' records, over the state table: an item a record, an attribute a field.
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
    async note(record, hashes, until) {
      if (!targets.includes(record.target)) return;
      const fields = [...hashes];
      const names = fields.map(([field], index) => [`#f${index}`, FIELD + field]);
      const values = fields.map(([, hash], index) => [`:f${index}`, { hash, until }]);
      const command = new UpdateItemCommand({
        TableName,
        Key: keyOf(record),
        UpdateExpression: `SET #ttl = :ttl, ${fields.map((_, index) => `#f${index} = :f${index}`).join(', ')}`,
        ExpressionAttributeNames: { '#ttl': STATE.ttl, ...Object.fromEntries(names) },
        ExpressionAttributeValues: marshall({ ':ttl': Math.ceil(until / 1_000), ...Object.fromEntries(values) }),
      });
      await client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    },

    async read(record) {
      const command = new GetItemCommand({ TableName, Key: keyOf(record), ConsistentRead: true });
      const { Item } = await client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
      const entries = Object.entries(Item ? unmarshall(Item) : {});
      return new Map(
        entries.flatMap(([name, value]) => (name.startsWith(FIELD) ? [[name.slice(FIELD.length), value]] : [])),
      );
    },
  };
}

const keyOf = ({ target, entity }: { target: string; entity: string }) =>
  marshall({ [STATE.partitionKey]: STATE.echoesOf(target), [STATE.sortKey]: plainOrHashed(entity) });
