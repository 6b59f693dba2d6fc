import { createHash } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { AwsError } from '../service.ts';
import { invalidParameter } from './errors.ts';
import { bytes, listOf, mapOf, required, type Shape, structure, text } from './input.ts';

const maxAttributes = 10;
const maxNameLength = 256;

const shape: Shape<MessageAttributeValue> = {
  DataType: required(text),
  StringValue: text,
  BinaryValue: bytes,
  StringListValues: listOf(text),
  BinaryListValues: listOf(bytes),
};

/** For the input of the send operations. */
export const attributesShape = mapOf(structure(shape));

/** User attributes by name; `BinaryValue` is base64. */
export type StoredAttributes = Record<string, { DataType: string; StringValue?: string; BinaryValue?: string }>;

/**
 * Checks the attributes of a message and brings them into their stored form.
 *
 * SQS developer guide, "Amazon SQS message metadata": at most 10; names of up to 256 letters, digits, `_`, `-` and `.`,
 * not beginning with `AWS.` or `Amazon.`; types `String`, `Number` and `Binary`, with an optional custom label.
 */
export function readMessageAttributes(attributes: Record<string, MessageAttributeValue> | undefined): StoredAttributes {
  const entries = Object.entries(attributes ?? {});
  if (entries.length > maxAttributes) {
    throw invalidParameter(`Number of message attributes [${entries.length}] exceeds the allowed maximum [10].`);
  }
  return Object.fromEntries(entries.map(([name, value]) => [requireName(name), readValue(name, value)]));
}

function requireName(name: string): string {
  const plain = /^[\w-]+(\.[\w-]+)*$/.test(name) && !/^(aws|amazon)\./i.test(name);
  if (plain && name.length <= maxNameLength) return name;
  throw invalidParameter(`The message attribute name '${name}' is invalid.`);
}

function readValue(name: string, value: MessageAttributeValue): StoredAttributes[string] {
  if (value.StringListValues?.length || value.BinaryListValues?.length) {
    throw new AwsError('UnsupportedOperation', 'Message attribute list values are not supported.');
  }
  const type = value.DataType!;
  const [kind] = type.split('.');
  if (type.length > maxNameLength || !/^(String|Number|Binary)(\..+)?$/.test(type)) {
    throw invalidParameter(
      `The type of message (user) attribute '${name}' is invalid. ` +
        'You must use only the following supported type prefixes: Binary, Number, String.',
    );
  }
  const given = kind === 'Binary' ? base64(value.BinaryValue) : value.StringValue;
  if (!given) {
    throw invalidParameter(`The message (user) attribute '${name}' must contain a non-empty value of type '${kind}'.`);
  }
  if (kind === 'Number' && !isNumber(given)) {
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
  return kind === 'Binary' ? { DataType: type, BinaryValue: given } : { DataType: type, StringValue: given };
}

const isNumber = (value: string) => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value);

/** Over HTTP the value is base64 already; in process it is bytes. */
const base64 = (value: Uint8Array | string | undefined) =>
  typeof value === 'string' ? value : value && Buffer.from(value).toString('base64');

type AnyValue = {
  DataType?: string | undefined;
  StringValue?: string | undefined;
  BinaryValue?: string | Uint8Array | undefined;
};

/** Names, types and values count towards the size of the message. */
export function sizeOfAttributes(attributes: Record<string, AnyValue>): number {
  return Object.entries(attributes).reduce(
    (sum, [name, value]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(value.DataType ?? '') + rawValue(value).length,
    0,
  );
}

const rawValue = ({ StringValue, BinaryValue = '' }: AnyValue) => {
  if (StringValue !== undefined) return Buffer.from(StringValue);
  return typeof BinaryValue === 'string' ? Buffer.from(BinaryValue, 'base64') : Buffer.from(BinaryValue);
};

/**
 * The MD5 that senders and receivers compare: names in order, then for each the length-prefixed name and type, one byte
 * for the kind of value, and the length-prefixed value. SQS developer guide, "Calculating the MD5 message digest
 * for message attributes".
 */
export function md5OfAttributes(attributes: StoredAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  for (const name of names) {
    const value = attributes[name]!;
    const kind = value.StringValue === undefined ? 2 : 1;
    for (const part of [name, value.DataType]) hash.update(lengthOf(Buffer.from(part))).update(part);
    hash
      .update(Buffer.of(kind))
      .update(lengthOf(rawValue(value)))
      .update(rawValue(value));
  }
  return hash.digest('hex');
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return length;
}

/** The attributes a receive asks for: exact names, `prefix.*`, `.*` or `All`. */
export function selectAttributes(attributes: StoredAttributes, wanted: string[]): StoredAttributes {
  const all = wanted.includes('All') || wanted.includes('.*');
  const prefixes = wanted.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -2));
  const isWanted = (name: string) =>
    all || wanted.includes(name) || prefixes.some((prefix) => name === prefix || name.startsWith(`${prefix}.`));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
}

/** The API's form: bytes in process, which become base64 in JSON. */
export const toApiAttributes = (attributes: StoredAttributes): Record<string, MessageAttributeValue> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { BinaryValue, ...rest }]) => [
      name,
      BinaryValue === undefined ? rest : { ...rest, BinaryValue: new Bytes(Buffer.from(BinaryValue, 'base64')) },
    ]),
  );

class Bytes extends Uint8Array {
  toJSON(): string {
    return Buffer.from(this).toString('base64');
  }
}
