import { MAX_SIZE } from 'dynalite/db/index.js';
import { checkTypes, checkValidations, type Validation } from 'dynalite/validations/index.js';
import { AwsError } from '../service.ts';
import { checkExpressions } from './expressions.ts';

export const storeOptions = { maxItemSize: MAX_SIZE };

/** `ReturnValuesOnConditionCheckFailure`, which dynalite does not know. */
export const returnOldOnFailure = {
  ReturnValuesOnConditionCheckFailure: { type: 'String', enum: ['ALL_OLD', 'NONE'] },
};

/**
 * Types and rules of an operation's input, from dynalite's recordings of DynamoDB.
 *
 * @param extra Types of members dynalite does not know.
 * @returns The known members only, expressions parsed beside them.
 * @throws SerializationException for a wrong JSON type, NotEmulatedException for too deep an expression,
 *   ValidationException for anything else.
 */
export function check<Data>(validation: Validation, input: object, extra: Validation['types'] = {}): Data {
  const types = { ...validation.types, ...extra };
  try {
    const data = checkTypes(input, types);
    checkExpressions(data as Record<string, unknown>);
    checkValidations(data, types, validation.custom, { options: storeOptions });
    return data as Data;
  } catch (error) {
    throw toAwsError(error) ?? new AwsError('ValidationException', 'One or more parameter values were invalid');
  }
}

/** @returns Undefined when the error is not one that dynalite meant as an answer. */
export function toAwsError(error: unknown): AwsError | undefined {
  if (error instanceof AwsError) return error;
  const { statusCode, body } = error as { statusCode?: number; body?: Record<string, string> };
  if (statusCode === undefined || body === undefined) return undefined;
  const code = String(body.__type).split('#').pop()!;
  return new AwsError(code, body.message ?? body.Message ?? '', { status: statusCode });
}
