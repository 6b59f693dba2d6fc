import type { Resource, Resources } from './resources.ts';

type KeySchema = { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[];
type Throughput = { ReadCapacityUnits: number; WriteCapacityUnits: number };
type Index = {
  IndexName: string;
  KeySchema: KeySchema;
  Projection: { ProjectionType?: 'ALL' | 'KEYS_ONLY' | 'INCLUDE'; NonKeyAttributes?: string[] };
  ProvisionedThroughput?: Throughput;
};

/** The input of `CreateTable`, as far as templates give it. */
export type CreateTableInput = {
  TableName: string;
  AttributeDefinitions: { AttributeName: string; AttributeType: 'S' | 'N' | 'B' }[];
  KeySchema: KeySchema;
  BillingMode: 'PAY_PER_REQUEST' | 'PROVISIONED';
  ProvisionedThroughput?: Throughput;
  GlobalSecondaryIndexes?: Index[];
  LocalSecondaryIndexes?: Index[];
};

export type TableDefinition = {
  name: string;
  createTable: CreateTableInput;
  /** The attribute that holds when an item expires, for `UpdateTimeToLive`. */
  ttlAttribute?: string;
};

/** Left out without harm: backup, encryption, protection and cost settings. Streams are not among them. */
const harmless = [
  'BillingMode',
  'DeletionProtectionEnabled',
  'PointInTimeRecoverySpecification',
  'ContributorInsightsSpecification',
  'OnDemandThroughput',
  'Replicas',
  'SSESpecification',
  'TableClass',
  'Tags',
  'WarmThroughput',
  'WriteOnDemandThroughputSettings',
  'WriteProvisionedThroughputSettings',
];
const read = [
  'TableName',
  'AttributeDefinitions',
  'KeySchema',
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
  'ProvisionedThroughput',
  'TimeToLiveSpecification',
];

export function readTables(resources: Resources): TableDefinition[] {
  return resources.all('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table').map(readTable);
}

function readTable(resource: Resource): TableDefinition {
  resource.allow([...read, ...harmless]);
  const ttl = resource.get('TimeToLiveSpecification') as { AttributeName?: string; Enabled?: unknown } | undefined;
  const enabled = ttl?.AttributeName !== undefined && String(ttl.Enabled) !== 'false';
  return {
    name: resource.name,
    createTable: readCreateTable(resource),
    ...(enabled && { ttlAttribute: ttl.AttributeName }),
  };
}

/** The throughput of a global table is set per replica, and not at all on a laptop: it is always on demand. */
function readCreateTable(resource: Resource): CreateTableInput {
  const throughput = resource.get('ProvisionedThroughput') as Throughput | undefined;
  const onDemand = !throughput || resource.get('BillingMode') === 'PAY_PER_REQUEST';
  const indexes = (property: string) => {
    const given = resource.get(property) as Index[] | undefined;
    return given && { [property]: given.map((index) => readIndex(index, onDemand)) };
  };
  return {
    TableName: resource.name,
    AttributeDefinitions: resource.get('AttributeDefinitions') as CreateTableInput['AttributeDefinitions'],
    KeySchema: resource.get('KeySchema') as KeySchema,
    BillingMode: onDemand ? 'PAY_PER_REQUEST' : 'PROVISIONED',
    ...(!onDemand && { ProvisionedThroughput: throughput }),
    ...indexes('GlobalSecondaryIndexes'),
    ...indexes('LocalSecondaryIndexes'),
  };
}

/** Only what CreateTable knows: the index of a template also carries settings of replicas and metrics. */
function readIndex({ IndexName, KeySchema, Projection, ProvisionedThroughput }: Index, onDemand: boolean): Index {
  return {
    IndexName,
    KeySchema,
    Projection,
    ...(!onDemand && ProvisionedThroughput && { ProvisionedThroughput }),
  };
}
