import deleteItem from 'dynalite/actions/deleteItem.js';
import putItem from 'dynalite/actions/putItem.js';
import type { Item } from 'dynalite/db/index.js';
import * as validation from 'dynalite/validations/batchWriteItem.js';
import { AwsError } from '../../service.ts';
import { addUpCapacity } from '../capacity.ts';
import { check } from '../check.ts';
import type { DatabaseOperation } from '../database.ts';

type WriteRequest = { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } };
type BatchWriteItem = { RequestItems: Record<string, WriteRequest[]>; ReturnConsumedCapacity?: string };

const maxRequests = 25;
const repeated = 'Provided list of item keys contains duplicates';

/** Either all requests are written or none; AWS promises this of each single request only. */
export const batchWriteItem: DatabaseOperation = (database) => (input: object) => {
  const { RequestItems, ReturnConsumedCapacity } = check<BatchWriteItem>(validation, input);
  const requests = Object.entries(RequestItems).flatMap(([TableName, list]) =>
    list.map((request) => ({ ...onlyOne(request), data: { TableName, ReturnConsumedCapacity } })),
  );
  if (requests.length > maxRequests) throw invalid('Too many items requested for the BatchWriteItem call');
  return database.write((draft) => {
    const outputs = requests.map(({ action, key, data }) => draft.run(action, { ...data, ...key }));
    return { UnprocessedItems: {}, ...addUpCapacity(outputs) };
  }, repeated);
};

function onlyOne({ PutRequest, DeleteRequest }: WriteRequest) {
  if (PutRequest && !DeleteRequest) return { action: putItem, key: PutRequest };
  if (DeleteRequest && !PutRequest) return { action: deleteItem, key: DeleteRequest };
  throw invalid(
    'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
  );
}

const invalid = (message: string) => new AwsError('ValidationException', message);
