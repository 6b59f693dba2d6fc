import { AwsError, notEmulated } from '../service.ts';
import { invalidValue, missingParameter } from './errors.ts';

/** Throws when a member of the input has the wrong JSON type. */
export type Check = (value: unknown, where: string) => void;

/** One check for each member of an input; the SDK's type of the input keeps the list complete. */
export type Shape<Input> = { [Member in keyof Input]-?: Check };

/** An input after `readInput`: what the API requires is there. */
export type Given<Input> = {
  [Member in keyof Input]: Partial<Pick<Input, Member>> extends Pick<Input, Member>
    ? Input[Member]
    : NonNullable<Input[Member]> extends (infer Entry)[]
      ? Entry extends object
        ? Given<Entry>[]
        : Entry[]
      : NonNullable<Input[Member]>;
};

/**
 * Checks the JSON types of an input and that what is required is there; ranges are the operation's affair.
 *
 * @throws AwsError `SerializationException` for a wrong type, `MissingParameter`, `NotEmulatedException`.
 */
export function readInput<Input extends object>(input: Input, shape: Shape<Input>): Given<Input> {
  structure(shape)(input, '');
  return input as Given<Input>;
}

export const structure =
  <Input>(shape: Shape<Input>): Check =>
  (value, where) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(where, 'an object');
    const members = value as Record<string, unknown>;
    for (const member in shape) {
      if (members[member] === null) delete members[member]; // in the AWS JSON protocols null is "not given"
      shape[member](members[member], where ? `${where}.${member}` : member);
    }
  };

export const required =
  (check: Check): Check =>
  (value, where) => {
    if (value === undefined || value === null) throw missingParameter(where);
    check(value, where);
  };

export const text = optional('a string', (value) => typeof value === 'string');
export const integer = optional('an integer', (value) => Number.isSafeInteger(value));
/** Base64 over HTTP; bytes when called in process. */
export const bytes = optional(
  'base64',
  (value) => value instanceof Uint8Array || (typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value)),
);

export const listOf =
  (check: Check): Check =>
  (value, where) => {
    if (value === undefined) return;
    if (!Array.isArray(value)) throw wrongType(where, 'a list');
    value.forEach((entry, index) => {
      required(check)(entry, `${where}.${index + 1}`);
    });
  };

export const mapOf =
  (check: Check): Check =>
  (value, where) => {
    if (value === undefined) return;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(where, 'an object');
    for (const [name, member] of Object.entries(value)) required(check)(member, `${where}.${name}`);
  };

/** A member of the API that only works on AWS. */
export const refused: Check = (value, where) => {
  if (value !== undefined) throw notEmulated('sqs', where);
};

/** @returns `value`, or `fallback` when it was not given. @throws AwsError `InvalidParameterValue` out of range. */
export function within(value: number | undefined, parameter: string, least: number, most: number, fallback: number) {
  const given = value ?? fallback;
  if (given >= least && given <= most) return given;
  throw invalidValue(given, parameter, `Must be between ${least} and ${most}, if provided.`);
}

function optional(kind: string, isKind: (value: unknown) => boolean): Check {
  return (value, where) => {
    if (value !== undefined && !isKind(value)) throw wrongType(where, kind);
  };
}

const wrongType = (where: string, kind: string) => new AwsError('SerializationException', `${where} must be ${kind}.`);
