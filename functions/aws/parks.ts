import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { STATE } from '../core/names.ts';
import { PARK_REASONS, type Park, type ParkReason, type ParkSubject } from '../core/parks.ts';
import type { Parks } from '../core/ports.ts';
import { readItems } from './state.ts';

const PARKS = 'parks';

/** A client that gives up soon: a park may be written two seconds before its worker's end. */
export const quickDynamoDbClient = () =>
  new DynamoDBClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 300, requestTimeout: 700, throwOnRequestTimeout: true },
  });

type Stored = Omit<Park, 'subject' | 'reason'>;

/**
 * Parks over the state table: an item for each flow and target that was ever parked, an attribute (a map) for each reason.
 * Writers of different reasons never meet; those of one reason agree on who was first.
 */
export function dynamoDbParks(options: { client: DynamoDBClient; tableName: string }): Parks {
  const { client, tableName: TableName } = options;
  const update = (subject: ParkSubject, reason: ParkReason, change: Change) =>
    client.send(
      new UpdateItemCommand({
        TableName,
        Key: marshall(keyOf(subject)),
        ...change,
        ExpressionAttributeNames: { '#reason': reason, ...change.ExpressionAttributeNames },
      }),
    );
  return {
    async read(subjects) {
      const byKey = new Map(subjects.map((subject) => [STATE.subject(subject.kind, subject.name), subject]));
      const items = await readItems(options, subjects.map(keyOf));
      return [...byKey].flatMap(([key, subject]) => parksOf(subject, items.get(key) ?? {}));
    },

    async add({ subject, reason, ...park }) {
      // Between a reason that is there and its renewal somebody may remove it: then it is new again.
      for (;;) {
        if (await worked(update(subject, reason, create(park)))) return;
        if (await worked(update(subject, reason, renew(park)))) return;
      }
    },

    async remove(subject, reason) {
      await update(subject, reason, { UpdateExpression: 'REMOVE #reason' });
    },
  };
}

type Change = {
  UpdateExpression: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
};

const create = (park: Stored): Change => ({
  UpdateExpression: 'SET #reason = :park',
  ConditionExpression: 'attribute_not_exists(#reason)',
  ExpressionAttributeValues: marshall({ ':park': park }, { removeUndefinedValues: true }),
});

/** `since` and `by` stay. */
const renew = ({ until, why }: Stored): Change => ({
  UpdateExpression:
    until === undefined
      ? 'SET #reason.#why = :why REMOVE #reason.#until'
      : 'SET #reason.#why = :why, #reason.#until = :until',
  ConditionExpression: 'attribute_exists(#reason)',
  ExpressionAttributeNames: { '#why': 'why', '#until': 'until' },
  ExpressionAttributeValues: marshall({ ':why': why, ...(until !== undefined && { ':until': until }) }),
});

/** @returns False when the condition did not hold. */
async function worked(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

const keyOf = ({ kind, name }: ParkSubject): Record<string, string> => ({
  [STATE.partitionKey]: STATE.subject(kind, name),
  [STATE.sortKey]: PARKS,
});

const parksOf = (subject: ParkSubject, item: Record<string, unknown>): Park[] =>
  PARK_REASONS.flatMap((reason) => (item[reason] ? [{ subject, reason, ...(item[reason] as Stored) }] : []));
