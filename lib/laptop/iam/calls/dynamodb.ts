/**
 * The rights that calls of DynamoDB need, with the partition keys they touch as `dynamodb:LeadingKeys`.
 *
 * @see Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB"; DynamoDB Developer
 * Guide, "IAM policy conditions for fine-grained access control"
 */
import { jsonMapping, type Need, type Place } from './need.ts';

/** `{ S: 'a' }`, `{ N: '1' }` or `{ B: '…' }` */
type Value = Record<string, string>;
type Item = Record<string, Value>;
type KeySchema = { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[];
type Described = { KeySchema: KeySchema; GlobalSecondaryIndexes?: { IndexName: string; KeySchema: KeySchema }[] };

type ItemInput = { TableName?: string; Key?: Item; Item?: Item };
type QueryInput = {
  TableName?: string;
  IndexName?: string;
  KeyConditionExpression?: string;
  KeyConditions?: Record<string, { AttributeValueList?: Value[]; ComparisonOperator?: string }>;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
};
type Write = { PutRequest?: { Item?: Item }; DeleteRequest?: { Key?: Item } };
type Transacted = Record<string, ItemInput>;

export const dynamodb = jsonMapping({
  CreateTable: onTable('CreateTable'),
  DeleteTable: onTable('DeleteTable'),
  DescribeTable: onTable('DescribeTable'),
  DescribeTimeToLive: onTable('DescribeTimeToLive'),
  ListTables: () => [{ action: 'dynamodb:ListTables', resource: '*' }],
  UpdateTimeToLive: onTable('UpdateTimeToLive'),

  DeleteItem: onItem('DeleteItem'),
  GetItem: onItem('GetItem'),
  PutItem: onItem('PutItem'),
  UpdateItem: onItem('UpdateItem'),

  Query: async (input: QueryInput, place) => {
    const partitionKey = await partitionKeyOf(place, input);
    return [{ action: 'dynamodb:Query', resource: arnOf(place, input), ...leading(queriedKeys(input, partitionKey)) }];
  },
  Scan: (input: QueryInput, place) => [{ action: 'dynamodb:Scan', resource: arnOf(place, input) }],

  BatchGetItem: ({ RequestItems = {} }: { RequestItems?: Record<string, { Keys?: Item[] }> }, place) =>
    onTables('BatchGetItem', place, RequestItems, ({ Keys = [] }) => Keys),
  BatchWriteItem: ({ RequestItems = {} }: { RequestItems?: Record<string, Write[]> }, place) =>
    onTables('BatchWriteItem', place, RequestItems, (writes) =>
      writes.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key),
    ),

  /** A transaction has no action of its own: each item needs that of the single operation. */
  TransactGetItems: transaction({ Get: 'GetItem' }),
  TransactWriteItems: transaction({
    Put: 'PutItem',
    Update: 'UpdateItem',
    Delete: 'DeleteItem',
    ConditionCheck: 'ConditionCheckItem',
  }),
});

function onTable(operation: string) {
  return (input: ItemInput, place: Place): Need[] => [
    { action: `dynamodb:${operation}`, resource: arnOf(place, input) },
  ];
}

function onItem(action: string) {
  return async (input: ItemInput, place: Place): Promise<Need[]> => {
    const partitionKey = await partitionKeyOf(place, input);
    const keys = keysOf([input.Item ?? input.Key], partitionKey);
    return [{ action: `dynamodb:${action}`, resource: arnOf(place, input), ...leading(keys) }];
  };
}

/** One need a table, with all the keys that the batch touches there. */
function onTables<Requests>(
  action: string,
  place: Place,
  requestItems: Record<string, Requests>,
  itemsOf: (requests: Requests) => (Item | undefined)[],
): Promise<Need[]> {
  return Promise.all(
    Object.entries(requestItems).map(async ([TableName, requests]) => {
      const partitionKey = await partitionKeyOf(place, { TableName });
      const keys = keysOf(itemsOf(requests), partitionKey);
      return { action: `dynamodb:${action}`, resource: arnOf(place, { TableName }), ...leading(keys) };
    }),
  );
}

function transaction(actions: Record<string, string>) {
  return async ({ TransactItems = [] }: { TransactItems?: Transacted[] }, place: Place): Promise<Need[]> => {
    const items = TransactItems.flatMap((item) => Object.entries(item));
    return (await Promise.all(items.map(([kind, input]) => onItem(actions[kind] ?? kind)(input, place)))).flat();
  };
}

const arnOf = ({ region, account }: Place, { TableName, IndexName }: { TableName?: string; IndexName?: string }) =>
  `arn:aws:dynamodb:${region}:${account}:table/${TableName ?? ''}${IndexName === undefined ? '' : `/index/${IndexName}`}`;

/** The attribute is the table's to say, or the index's. */
async function partitionKeyOf(place: Place, { TableName, IndexName }: QueryInput): Promise<string | undefined> {
  const answer = (await place.ask({ operation: 'DescribeTable' }, { TableName })) as { Table: Described } | undefined;
  const Table = answer?.Table;
  const index = Table?.GlobalSecondaryIndexes?.find((each) => each.IndexName === IndexName);
  return (index ?? Table)?.KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName;
}

const keysOf = (items: (Item | undefined)[], partitionKey: string | undefined) =>
  items.flatMap((item) => textOf(item?.[partitionKey ?? '']));

const textOf = (value: Value | undefined): string[] => (value ? Object.values(value).slice(0, 1) : []);

/** `name = :value`, either way round. */
const EQUALITY = /(?:(#?[\w.-]+)\s*=\s*(:\w+))|(?:(:\w+)\s*=\s*(#?[\w.-]+))/g;

function queriedKeys(input: QueryInput, partitionKey: string | undefined): string[] {
  const { KeyConditions = {}, KeyConditionExpression = '' } = input;
  const { ExpressionAttributeNames = {}, ExpressionAttributeValues = {} } = input;
  const old = KeyConditions[partitionKey ?? ''];
  if (old) return old.ComparisonOperator === 'EQ' ? (old.AttributeValueList ?? []).flatMap(textOf) : [];
  return [...KeyConditionExpression.matchAll(EQUALITY)].flatMap(([, left, right, value, name]) => {
    const attribute = left ?? name ?? '';
    const isPartitionKey = (ExpressionAttributeNames[attribute] ?? attribute) === partitionKey;
    return isPartitionKey ? textOf(ExpressionAttributeValues[right ?? value ?? '']) : [];
  });
}

const leading = (keys: string[]) => ({ context: { 'dynamodb:leadingkeys': [...new Set(keys)] } });
