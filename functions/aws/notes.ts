import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { STATE } from '../core/names.ts';
import type { Note, Notes } from '../core/ports.ts';
import { readItems } from './state.ts';

const NOTE = 'note';
/** Every note is of minutes or hours; those of flows and targets that are gone go by themselves. */
const TTL_SECONDS = 30 * 24 * 3_600;

/** The guard's notes over the state table: an item each. */
export function dynamoDbNotes(options: { client: DynamoDBClient; tableName: string; now: () => number }): Notes {
  const { client, tableName: TableName, now } = options;
  return {
    async read(names) {
      const items = await readItems(options, names.map(keyOf));
      return new Map(
        names.flatMap((name) => {
          const item = items.get(STATE.note(name));
          return item ? [[name, item[NOTE] as Note]] : [];
        }),
      );
    },
    async write(name, note) {
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: marshall(keyOf(name)),
          UpdateExpression: 'SET #note = :note, #ttl = :ttl',
          ExpressionAttributeNames: { '#note': NOTE, '#ttl': STATE.ttl },
          ExpressionAttributeValues: marshall({ ':note': note, ':ttl': Math.ceil(now() / 1_000) + TTL_SECONDS }),
        }),
      );
    },
  };
}

const keyOf = (name: string): Record<string, string> => ({
  [STATE.partitionKey]: STATE.note(name),
  [STATE.sortKey]: NOTE,
});
