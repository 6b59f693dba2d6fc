import { randomUUID } from 'node:crypto';
import type { TableDescription } from 'dynalite/db/index.js';
import * as validation from 'dynalite/validations/createTable.js';
import { AwsError, notEmulated } from '../../service.ts';
import { check } from '../check.ts';
import type { Database, DatabaseOperation } from '../database.ts';

type CreateTable = Omit<TableDescription, 'TableId' | 'TableStatus'> & { BillingMode?: string };

/** Settings that change what a table does; the rest (tags, encryption, table class) makes no difference here. */
const refused = ['LocalSecondaryIndexes', 'DeletionProtectionEnabled', 'StreamSpecification'];

/** The table is ACTIVE with the answer; AWS takes some seconds. */
export const createTable: DatabaseOperation = (database) => (input: Record<string, unknown>) => {
  const unknown = refused.find((name) => input[name] && !isOff(input[name]));
  if (unknown) throw notEmulated('dynamodb', `CreateTable with ${unknown}`);
  const request = check<CreateTable>(validation, input);
  return database.write(() => {
    if (database.tables.has(request.TableName))
      throw new AwsError('ResourceInUseException', `Table already exists: ${request.TableName}`);
    const description = describe(database, request);
    database.tables.save({ description });
    return { TableDescription: description };
  });
};

const isOff = (setting: unknown) => (setting as { StreamEnabled?: boolean }).StreamEnabled === false;

function describe({ region, account, clock }: Database, { BillingMode, ...request }: CreateTable): TableDescription {
  const now = clock.now() / 1000;
  const arn = `arn:aws:dynamodb:${region}:${account}:table/${request.TableName}`;
  const empty = { ItemCount: 0 };
  const onDemand = {
    BillingModeSummary: { BillingMode, LastUpdateToPayPerRequestDateTime: now },
    ProvisionedThroughput: noThroughput,
  };
  return {
    ...request,
    ...(BillingMode === 'PAY_PER_REQUEST' ? onDemand : {}),
    ...{ TableId: randomUUID(), TableArn: arn, CreationDateTime: now, TableSizeBytes: 0, ...empty },
    TableStatus: 'ACTIVE',
    ...(request.GlobalSecondaryIndexes && {
      GlobalSecondaryIndexes: request.GlobalSecondaryIndexes.map((index) => ({
        ProvisionedThroughput: noThroughput,
        ...index,
        ...{ IndexArn: `${arn}/index/${index.IndexName}`, IndexStatus: 'ACTIVE', IndexSizeBytes: 0, ...empty },
      })),
    }),
  };
}

const noThroughput = { ReadCapacityUnits: 0, WriteCapacityUnits: 0, NumberOfDecreasesToday: 0 };
