import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { ledgerKey } from '../core/delivery-id.ts';
import { type DeliveryRow, needsAttention, type StepRow, type TryRow } from '../core/ledger.ts';
import { attentionKey, LEDGER } from '../core/names.ts';
import type { Ledger } from '../core/ports.ts';

const DELIVERY = 'delivery';
const STEP = 'step#';
const TRY = 'try#';

/**
 * Steps and tries outlive any message by far, but not for ever: a year and a month. Their row itself has a TTL only when
 * it is final (docs/decisions/0003-ttl-of-steps.md).
 */
const ITEM_TTL_SECONDS = 400 * 24 * 3_600;

/** A transaction on an item turns away whoever else writes it at that moment; such a write is simply made again. */
const CONFLICT_PAUSES_MS = [20, 50, 100, 200];

type Item = Record<string, unknown>;

/** The ledger over one DynamoDB table. @see docs/delivery.md, "The row" */
export function dynamoDbLedger(options: { client: DynamoDBClient; tableName: string }): Ledger {
  const { client, tableName: TableName } = options;
  return {
    async read(address) {
      const items: Item[] = [];
      let ExclusiveStartKey: PutItemCommandInput['Item'];
      do {
        const page = await client.send(
          new QueryCommand({
            TableName,
            // `delivery` and `step#…` sort before `try#…`, which only people read.
            KeyConditionExpression: `${LEDGER.partitionKey} = :pk AND ${LEDGER.sortKey} < :try`,
            ExpressionAttributeValues: marshall({ ':pk': ledgerKey(address), ':try': TRY }),
            ConsistentRead: true,
            ExclusiveStartKey,
          }),
        );
        items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      return {
        row: rowOf(items.find((item) => item[LEDGER.sortKey] === DELIVERY)),
        steps: items.filter((item) => String(item[LEDGER.sortKey]).startsWith(STEP)).map(stripKeys<StepRow>),
      };
    },

    async write(row, previousToken, failedTry) {
      const [put, ...others] = ledgerPuts(TableName, row, previousToken, failedTry);
      try {
        if (others.length > 0) {
          const TransactItems = [put, ...others];
          await pastConflicts(() => client.send(new TransactWriteItemsCommand({ TransactItems })));
        } else {
          await pastConflicts(() => client.send(new PutItemCommand(put.Put)));
        }
        return { written: true };
      } catch (error) {
        const stored = storedByFailedCondition(error);
        if (!stored) throw error;
        // An SDK retry of a write that had worked meets its own row.
        return stored.row?.token === row.token ? { written: true } : { written: false, stored: stored.row };
      }
    },

    async writeStep(step) {
      try {
        await client.send(new PutItemCommand({ TableName, Item: toItem(stepItem(step)), ...unlessStored(step) }));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}

type Put = { Put: { TableName: string; Item: NonNullable<PutItemCommandInput['Item']> } };

/** What a write of the ledger consists of, the row first: for transactions. */
export function ledgerPuts(
  TableName: string,
  row: DeliveryRow,
  previousToken: string | undefined,
  failedTry: TryRow | undefined,
): [Put, ...Put[]] {
  const put = { Put: { TableName, Item: toItem(itemOf(row)), ...unchangedSince(previousToken) } };
  return failedTry ? [put, { Put: { TableName, Item: toItem(tryItem(failedTry)) } }] : [put];
}

/** The row is still the one we read, or there is none yet. */
function unchangedSince(previousToken: string | undefined) {
  const condition =
    previousToken === undefined
      ? { ConditionExpression: `attribute_not_exists(${LEDGER.partitionKey})` }
      : {
          ConditionExpression: '#token = :token',
          ExpressionAttributeNames: { '#token': 'token' },
          ExpressionAttributeValues: marshall({ ':token': previousToken }),
        };
  return { ...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const };
}

/** First writer wins within a cycle; our own retry counts as first. */
function unlessStored(step: StepRow) {
  return {
    ConditionExpression: `attribute_not_exists(${LEDGER.partitionKey}) OR #cycle < :cycle OR #token = :token`,
    ExpressionAttributeNames: { '#cycle': 'cycleStartedAt', '#token': 'token' },
    ExpressionAttributeValues: marshall({ ':cycle': step.cycleStartedAt, ':token': step.token }),
  };
}

/** Makes a write again that a transaction on the same item turned away. */
export async function pastConflicts<Answer>(write: () => Promise<Answer>): Promise<Answer> {
  for (const pauseMs of CONFLICT_PAUSES_MS) {
    try {
      return await write();
    } catch (error) {
      if (!isConflict(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  return await write();
}

function isConflict(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
  const codes = reasons.map(({ Code }) => Code);
  return codes.includes('TransactionConflict') && !codes.includes('ConditionalCheckFailed');
}

/** The stored row, when this error is our condition having failed; undefined for every other error. */
export function storedByFailedCondition(error: unknown): { row: DeliveryRow | undefined } | undefined {
  if (error instanceof ConditionalCheckFailedException) return { row: rowOf(error.Item && unmarshall(error.Item)) };
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reason = error.CancellationReasons?.[0];
  if (reason?.Code !== 'ConditionalCheckFailed') return undefined;
  return { row: rowOf(reason.Item && unmarshall(reason.Item)) };
}

function itemOf(row: DeliveryRow): Item {
  const attention = needsAttention(row.state) && { [LEDGER.attentionIndex]: attentionKey(row.flow, shardOf(row.key)) };
  return { ...keys(row, DELIVERY), ...row, ...attention };
}

const stepItem = (step: StepRow): Item => ({ ...keys(step, `${STEP}${step.step}`), ...step, ...ttl(step.doneAt) });
const tryItem = (row: TryRow): Item => ({
  ...keys(row, `${TRY}${String(row.number).padStart(6, '0')}`),
  ...row,
  ...ttl(row.startedAt),
});
const toItem = (item: Item) => marshall(item, { removeUndefinedValues: true });

const keys = (address: { flow: string; source: string; key: string }, sortKey: string) => ({
  [LEDGER.partitionKey]: ledgerKey(address),
  [LEDGER.sortKey]: sortKey,
});
const ttl = (nowMs: number) => ({ [LEDGER.ttl]: Math.ceil(nowMs / 1_000) + ITEM_TTL_SECONDS });

/** Spreads one flow's unfinished rows over the index's partitions. */
function shardOf(key: string): number {
  let hash = 0;
  for (const character of key) hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
  return hash % LEDGER.attentionShards;
}

const rowOf = (item: Item | undefined) => (item ? stripKeys<DeliveryRow>(item) : undefined);

/** The item as core knows it: without the table's keys and index attribute. */
export function stripKeys<Row>(item: Item): Row {
  const { [LEDGER.partitionKey]: _, [LEDGER.sortKey]: __, [LEDGER.attentionIndex]: ___, ...row } = item;
  return row as Row;
}
