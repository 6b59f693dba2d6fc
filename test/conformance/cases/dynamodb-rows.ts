/** Items of one case in the run's table: they share a partition key that nothing else has. */
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, type NativeAttributeValue, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Tools } from '../case.ts';

export type Values = Record<string, NativeAttributeValue>;

export const values = (names: Values) => marshall(names);

export async function rowsOf({ dynamodb, unique, table }: Tools) {
  const TableName = await table();
  const pk = unique('pk');
  const keyOf = (sk: number) => marshall({ pk, sk });

  async function get(sk = 1): Promise<Values | undefined> {
    const command = new GetItemCommand({ TableName, Key: keyOf(sk), ConsistentRead: true });
    const { Item } = await dynamodb.send(command);
    return Item && unmarshall(Item);
  }
  const putRaw = (item: Record<string, AttributeValue>, input: Partial<PutItemCommandInput> = {}) =>
    dynamodb.send(new PutItemCommand({ TableName, Item: { ...keyOf(1), ...item }, ...input }));
  const update = (input: Partial<UpdateItemCommandInput>, sk = 1) =>
    dynamodb.send(new UpdateItemCommand({ TableName, Key: keyOf(sk), ...input }));
  async function query(input: Partial<QueryCommandInput> = {}) {
    const { ExpressionAttributeValues, ...others } = input;
    const command = new QueryCommand({
      ...{ TableName, ConsistentRead: true, KeyConditionExpression: 'pk = :pk' },
      ...{ ...others, ExpressionAttributeValues: { ...marshall({ ':pk': pk }), ...ExpressionAttributeValues } },
    });
    const answer = await dynamodb.send(command);
    return { ...answer, items: (answer.Items ?? []).map((item) => unmarshall(item)) };
  }
  return {
    ...{ TableName, pk, keyOf, get, putRaw, update, query },
    put: (item: Values = {}, input: Partial<PutItemCommandInput> = {}) => putRaw(marshall(item), input),
    remove: (sk = 1, input: object = {}) =>
      dynamodb.send(new DeleteItemCommand({ TableName, Key: keyOf(sk), ...input })),
  };
}
