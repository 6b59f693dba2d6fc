import deleteItem from 'dynalite/actions/deleteItem.js';
import putItem from 'dynalite/actions/putItem.js';
import updateItem from 'dynalite/actions/updateItem.js';
import type { Data } from 'dynalite/db/index.js';
import * as deleteValidation from 'dynalite/validations/deleteItem.js';
import * as putValidation from 'dynalite/validations/putItem.js';
import * as updateValidation from 'dynalite/validations/updateItem.js';
import { AwsError } from '../../service.ts';
import { addUpCapacity } from '../capacity.ts';
import { check, returnOldOnFailure } from '../check.ts';
import { conditionCheck } from '../condition-check.ts';
import type { DatabaseOperation } from '../database.ts';
import type { Draft } from '../draft.ts';
import { requestToken } from '../request-token.ts';
import type { Output } from '../run-action.ts';
import { transactItems } from '../transact-items.ts';

type Kind = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';
type TransactWriteItems = {
  TransactItems: Partial<Record<Kind, Data>>[];
  ClientRequestToken?: string;
  ReturnConsumedCapacity?: string;
};
type Reason = { Code: string; Message?: string; Item?: unknown };

const kinds = {
  Put: { action: putItem, validation: putValidation, required: 'Item' },
  Update: { action: updateItem, validation: updateValidation, required: 'UpdateExpression' },
  Delete: { action: deleteItem, validation: deleteValidation, required: 'Key' },
  ConditionCheck: { action: conditionCheck, validation: deleteValidation, required: 'ConditionExpression' },
};

const types = {
  ...transactItems(
    Object.fromEntries(
      Object.entries(kinds).map(([kind, { validation }]) => [kind, { ...validation.types, ...returnOldOnFailure }]),
    ),
  ),
  ClientRequestToken: { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 36 },
};

const maxChangedBytes = 4 * 1024 * 1024;
const repeated = 'Transaction request cannot include multiple operations on one item';

/**
 * All or nothing, also for a killed process: every change and the token are one LevelDB batch.
 *
 * @see Amazon DynamoDB API Reference, TransactWriteItems
 */
export const transactWriteItems: DatabaseOperation = (database) => (input: object) => {
  const { TransactItems, ClientRequestToken, ReturnConsumedCapacity } = check<TransactWriteItems>({ types }, input);
  const writes = TransactItems.map(readWrite);
  const asked = JSON.stringify(TransactItems);
  const token =
    ClientRequestToken === undefined
      ? undefined
      : requestToken(database.disk, ClientRequestToken, asked, database.clock.now());
  return database.write((draft) => {
    if (token?.isFinished()) return {};
    const attempts = writes.map(({ action, data }) => attempt(draft, action, { ...data, ReturnConsumedCapacity }));
    refuseFailed(attempts.map(({ reason }) => reason));
    refuseTooLarge(draft);
    token?.finish(draft);
    return addUpCapacity(
      attempts.map(({ output }) => output),
      2,
    );
  }, repeated);
};

function readWrite(item: Partial<Record<Kind, Data>>) {
  const [kind, ...others] = Object.keys(item) as Kind[];
  if (!kind || others.length > 0) throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  const { action, validation, required } = kinds[kind];
  const data = check<Data>(validation, item[kind]!, returnOldOnFailure);
  if (data[required] === undefined) throw invalid(`The ${required} of a ${kind} must not be null`);
  return { action, data };
}

/** Runs one write of the transaction: a refusal that the API lists as a cancellation reason becomes one. */
function attempt(draft: Draft, action: Parameters<Draft['run']>[0], data: Data): { output: Output; reason: Reason } {
  try {
    return { output: draft.run(action, data), reason: { Code: 'None' } };
  } catch (error) {
    const code = error instanceof AwsError && error.message !== repeated && reasonCodes[error.code];
    if (!code) throw error;
    return { output: {}, reason: { Code: code, Message: error.message, ...error.fields } };
  }
}

const reasonCodes: Record<string, string> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  ValidationException: 'ValidationError',
};

function refuseFailed(reasons: Reason[]) {
  if (reasons.every(({ Code }) => Code === 'None')) return;
  const codes = reasons.map(({ Code }) => Code).join(', ');
  throw new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { fields: { CancellationReasons: reasons } },
  );
}

function refuseTooLarge({ changes }: Draft) {
  const bytes = [...changes.values()].reduce((sum, value) => sum + Buffer.byteLength(value ?? ''), 0);
  if (bytes > maxChangedBytes) throw invalid('Transaction request cannot change more than 4 MB');
}

const invalid = (message: string) => new AwsError('ValidationException', message);
