import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  admit,
  type Entity,
  type EntityAddress,
  type Entry,
  entered,
  entityKey,
  type Leaving,
  outranks,
} from '../core/entity.ts';
import { STATE } from '../core/names.ts';
import type { Entities, Ledger } from '../core/ports.ts';
import { ledgerPuts, pastConflicts, storedByFailedCondition } from './ledger.ts';

const SORT_KEY = 'entity';

/** `ledger` writes what concerns no entity after all. */
type Options = { client: DynamoDBClient; tableName: string; ledgerTable: string; ledger: Ledger };

/** Entities over the state table, in transactions with the ledger's. @see docs/delivery.md, rule 11 */
export function dynamoDbEntities({ client, tableName: TableName, ledgerTable, ledger }: Options): Entities {
  const update = (entity: EntityAddress, change: Change) => ({ TableName, Key: keyOf(entity), ...change });

  /** A change that no longer applies is none. */
  const changeIf = async (entity: EntityAddress, change: Change) => {
    await client.send(new UpdateItemCommand(update(entity, change))).catch((error) => {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    });
  };

  const leave: Entities['leave'] = async (commit, previousToken, leaving) => {
    const { row, failedTry } = commit;
    const { entity, token, as } = leaving;
    const puts = ledgerPuts(ledgerTable, row, previousToken, failedTry);
    const TransactItems = [...puts, { Update: update(entity, changeOf(leaving, row.notBefore)) }];
    try {
      await pastConflicts(() => client.send(new TransactWriteItemsCommand({ TransactItems })));
      return { written: true };
    } catch (error) {
      const stored = storedByFailedCondition(error);
      if (stored) return stored.row?.token === row.token ? { written: true } : { written: false, stored: stored.row };
      const found = entityByFailedCondition(error);
      if (!found) throw error;
      // It never held the lease, and another version is wanted: nothing changes for the entity.
      if (token === undefined) return await ledger.write(row, previousToken, failedTry);
      if (as !== 'give-up' || found.leaseToken !== token) return { written: false, stored: undefined };
      // A newer version is wanted already, and stays.
      return await leave(commit, previousToken, { ...leaving, as: 'wait' });
    }
  };

  return {
    leave,

    async enter(entity, entry) {
      try {
        const command = new UpdateItemCommand({ ...update(entity, entering(entry)), ReturnValues: 'ALL_NEW' });
        const { Attributes = {} } = await pastConflicts(() => client.send(command));
        return entered(unmarshall(Attributes), entry);
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const stored: Entity = error.Item ? unmarshall(error.Item) : {};
        const admission = admit(stored, entry);
        const isBusy = admission.do === 'wait' && admission.why === 'entity-busy';
        if (isBusy && outranks(entry, stored)) await changeIf(entity, wanting(entry));
        return admission;
      }
    },

    async read(entity) {
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf(entity), ConsistentRead: true }));
      return Item && entityOf(unmarshall(Item));
    },

    park: (entity, now) => changeIf(entity, parking(now)),
    resume: (entity) => changeIf(entity, RESUMED),
  };
}

type Change = Pick<
  ConstructorParameters<typeof UpdateItemCommand>[0],
  'ConditionExpression' | 'ExpressionAttributeValues' | 'ReturnValuesOnConditionCheckFailure'
> & { UpdateExpression: string };

/** What `admit` allows, as a condition. */
function entering({ delivery, version, token, now, leaseUntil, wantedUntil, counts }: Entry): Change {
  const conditions = [
    'attribute_not_exists(parkedAt)',
    '(attribute_not_exists(appliedVersion) OR appliedVersion <= :version OR appliedBy = :delivery)',
    '(attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseBy = :delivery)',
    '(attribute_not_exists(wantedVersion) OR wantedVersion <= :version OR wantedBy = :delivery OR wantedUntil <= :now)',
  ];
  const sets = [
    'wantedVersion = :version, wantedBy = :delivery, wantedUntil = :wantedUntil',
    'leaseToken = :token, leaseBy = :delivery, leaseUntil = :leaseUntil, hourFrom = if_not_exists(hourFrom, :now)',
  ];
  return {
    UpdateExpression: `SET ${sets.join(', ')} ADD hourCount :counts`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeValues: marshall({
      ...{ ':version': version, ':delivery': delivery, ':wantedUntil': wantedUntil, ':token': token },
      ...{ ':leaseUntil': leaseUntil, ':now': now, ':counts': counts },
    }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** What `outranks` allows, unless it has been applied or superseded meanwhile. */
const wanting = ({ delivery, version, wantedUntil, now }: Entry): Change => ({
  UpdateExpression: 'SET wantedVersion = :version, wantedBy = :delivery, wantedUntil = :wantedUntil',
  ConditionExpression: 'attribute_not_exists(wantedVersion) OR wantedVersion < :version OR wantedUntil <= :now',
  ExpressionAttributeValues: marshall({
    ...{ ':version': version, ':delivery': delivery, ':wantedUntil': wantedUntil, ':now': now },
  }),
});

const LEASE = 'leaseToken, leaseBy, leaseUntil';
const WANTED = 'wantedVersion, wantedBy, wantedUntil';

function changeOf({ as, token, delivery, version, now, newHour }: Leaving, notBefore: number | undefined): Change {
  const waits = as === 'wait' && notBefore !== undefined;
  const sets = [
    ...(as === 'apply' ? ['appliedVersion = :version, appliedBy = :delivery'] : []),
    ...(waits ? ['waitingBy = :delivery, waitingUntil = :notBefore'] : []),
    ...(as === 'park' ? ['parkedAt = :now'] : []),
    ...(newHour === undefined ? [] : ['hourFrom = :now, hourCount = :newHour']),
  ];
  const removes = [...(token === undefined ? [] : [LEASE]), ...(as === 'give-up' ? [WANTED] : [])];
  const conditions = [
    ...(token === undefined ? [] : ['leaseToken = :token']),
    ...(as === 'give-up' ? ['wantedBy = :delivery'] : []),
  ];
  const update = `${sets.length > 0 ? `SET ${sets.join(', ')} ` : ''}REMOVE ${removes.join(', ')}`;
  const condition = conditions.join(' AND ');
  return {
    UpdateExpression: update,
    ConditionExpression: condition,
    ExpressionAttributeValues: usedIn(`${update} ${condition}`, {
      ...{
        ':version': version,
        ':delivery': delivery,
        ':now': now,
        ':newHour': newHour,
        ':token': token,
        ':notBefore': notBefore,
      },
    }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** DynamoDB refuses values that no expression names. */
const usedIn = (expressions: string, values: Record<string, unknown>) =>
  marshall(Object.fromEntries(Object.entries(values).filter(([name]) => new RegExp(`${name}\\b`).test(expressions))));

const parking = (now: number): Change => ({
  UpdateExpression: 'SET parkedAt = :now',
  ConditionExpression: 'attribute_not_exists(parkedAt)',
  ExpressionAttributeValues: marshall({ ':now': now }),
});
const RESUMED: Change = {
  UpdateExpression: 'REMOVE parkedAt, hourFrom, hourCount',
  ConditionExpression: 'attribute_exists(parkedAt)',
};

/** The entity, when this error is its condition having failed and no other; undefined for every other error. */
function entityByFailedCondition(error: unknown): Entity | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reason = error.CancellationReasons?.at(-1);
  if (reason?.Code !== 'ConditionalCheckFailed') return undefined;
  return reason.Item ? unmarshall(reason.Item) : {};
}

const keyOf = (entity: EntityAddress) =>
  marshall({ [STATE.partitionKey]: entityKey(entity), [STATE.sortKey]: SORT_KEY });

function entityOf(item: Record<string, unknown>): Entity {
  const { [STATE.partitionKey]: _, [STATE.sortKey]: __, ...entity } = item;
  return entity;
}
