import type { Random } from '../random.ts';
import { jsonProtocolService } from './json-protocol.ts';

const TABLES = ['fuzz', 'fuzz', 'fuzz', 'fuzz-other', '__proto__', 'constructor'];
const table = (random: Random) => ({ TableName: random.pick(TABLES) });
const key = (random: Random) => ({
  id: { S: random.pick(['1', '2', '3', 'é', '__proto__']) },
  at: { N: random.pick(['0', '-1', '1e3']) },
});
const item = (random: Random) => ({
  ...key(random),
  ...{ status: { S: random.pick(['open', 'done']) }, count: { N: '12345678901234567890123456789012345678' } },
  ...{ bytes: { B: 'AAEC' }, numbers: { NS: ['1', '2'] }, texts: { SS: ['a'] }, blobs: { BS: ['AA=='] } },
  ...{ list: { L: [{ S: 'x' }, { M: { deep: { BOOL: true } } }] }, none: { NULL: true }, hasOwnProperty: { S: 'x' } },
});
const CONDITIONS = [
  'attribute_not_exists(id)',
  '#s = :v OR NOT (size(#s) > :n AND #s IN (:v, :v))',
  'begins_with(#s, :v) AND contains(#l, :v)',
  'attribute_type(#l, :t)',
  '#l[0].deep = :v',
  `${'('.repeat(40)}#s = :v${')'.repeat(40)}`,
  `${'NOT '.repeat(60)}#s = :v`,
  Array.from({ length: 60 }, () => '#s = :v').join(' OR '),
  '((((((((((((((((((((((((((((((',
  '#s BETWEEN :v AND',
];
const UPDATES = [
  'SET #s = :v REMOVE #l[0] ADD #c :n',
  'SET #c = if_not_exists(#c, :n) + :n',
  'SET #l = list_append(#l, :l), #l[5].deep = :v',
  'DELETE #t :ss',
  'SET #s = :v, #s = :v',
  `SET #s = ${'('.repeat(30)}:v`,
  `SET ${Array.from({ length: 60 }, (_, index) => `a${index} = :v`).join(', ')}`,
];
const names = { '#s': 'status', '#l': 'list', '#c': 'count', '#t': 'texts' };
const values = {
  ...{ ':v': { S: 'open' }, ':n': { N: '1' }, ':t': { S: 'L' }, ':l': { L: [{ S: 'x' }] }, ':ss': { SS: ['a'] } },
};
/** Only those that the expressions name: others are refused before anything else is looked at. */
function used(...expressions: string[]) {
  const text = expressions.join(' ');
  const among = <Value>(all: Record<string, Value>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => new RegExp(`${name}\\b`).test(text)));
  const [someNames, someValues] = [among(names), among(values)];
  return {
    ...(Object.keys(someNames).length > 0 && { ExpressionAttributeNames: someNames }),
    ...(Object.keys(someValues).length > 0 && { ExpressionAttributeValues: someValues }),
  };
}
function condition(random: Random) {
  const ConditionExpression = random.pick(CONDITIONS);
  const old = { ReturnValuesOnConditionCheckFailure: random.pick(['ALL_OLD', 'NONE']) };
  return { ConditionExpression, ...used(ConditionExpression), ...old };
}
function update(random: Random) {
  const UpdateExpression = random.pick(UPDATES);
  return { ...table(random), Key: key(random), UpdateExpression, ...used(UpdateExpression) };
}
function range(random: Random) {
  const FilterExpression = random.pick(CONDITIONS);
  const page = random.percent(40) && { ExclusiveStartKey: key(random) };
  return { FilterExpression, page, expressions: [FilterExpression] };
}

/** The input of `CreateTable`. */
export const tableInput = (TableName: string) => ({
  ...{ TableName, BillingMode: 'PAY_PER_REQUEST' },
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
    { AttributeName: 'status', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'id', KeyType: 'HASH' },
    { AttributeName: 'at', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byStatus',
      KeySchema: [{ AttributeName: 'status', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
});

export const dynamodb = jsonProtocolService({
  name: 'dynamodb',
  targetPrefix: 'DynamoDB_20120810',
  version: '1.0',
  samples: {
    CreateTable: (random) => tableInput(table(random).TableName),
    DeleteTable: () => ({ TableName: 'fuzz-other' }),
    DescribeTable: table,
    ListTables: () => ({ Limit: 2, ExclusiveStartTableName: 'fuzz' }),
    UpdateTimeToLive: (random) => ({
      ...table(random),
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: random.percent(50) },
    }),
    DescribeTimeToLive: table,
    PutItem: (random) => ({
      ...{ ...table(random), Item: item(random), ...(random.percent(40) && condition(random)) },
      ...{ ReturnValues: 'ALL_OLD', ReturnConsumedCapacity: 'TOTAL' },
    }),
    GetItem: (random) => ({
      ...{ ...table(random), Key: key(random), ConsistentRead: true },
      ...(random.percent(50) && { ProjectionExpression: '#l[0].deep, #s', ...used('#l #s') }),
    }),
    UpdateItem: (random) => ({ ...update(random), ReturnValues: random.pick(['ALL_NEW', 'UPDATED_OLD', 'NONE']) }),
    DeleteItem: (random) => ({ ...table(random), Key: key(random), ...condition(random) }),
    Query: (random) => {
      const { FilterExpression, page } = range(random);
      const KeyConditionExpression = random.pick([
        'id = :v',
        'id = :v AND at > :n',
        '#s = :v',
        'id = :v AND at BETWEEN :n AND :n',
      ]);
      return {
        ...{ ...table(random), KeyConditionExpression, FilterExpression, ...page, Limit: 3 },
        ...used(KeyConditionExpression, FilterExpression),
        ...(KeyConditionExpression.startsWith('#s') && { IndexName: 'byStatus' }),
        ScanIndexForward: random.percent(50),
      };
    },
    Scan: (random) => {
      const { FilterExpression, page } = range(random);
      const segments = random.percent(40) && { Segment: 0, TotalSegments: 2 };
      return { ...table(random), FilterExpression, ...used(FilterExpression), ...page, ...segments, Limit: 5 };
    },
    BatchGetItem: (random) => ({ RequestItems: { [random.pick(TABLES)]: { Keys: [key(random), key(random)] } } }),
    BatchWriteItem: (random) => ({
      RequestItems: {
        [random.pick(TABLES)]: [{ PutRequest: { Item: item(random) } }, { DeleteRequest: { Key: key(random) } }],
      },
    }),
    TransactGetItems: (random) => ({ TransactItems: [{ Get: { ...table(random), Key: key(random) } }] }),
    TransactWriteItems: (random) => ({
      TransactItems: [
        { Put: { ...table(random), Item: item(random), ...(random.percent(50) && condition(random)) } },
        { Update: update(random) },
        { ConditionCheck: { ...table(random), Key: key(random), ...condition(random) } },
        { Delete: { ...table(random), Key: { id: { S: 'gone' }, at: { N: '0' } } } },
      ],
      ClientRequestToken: random.bytes(8).toString('hex'),
    }),
  },
});
