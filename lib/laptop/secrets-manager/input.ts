import { z } from 'zod';
import { AwsError, notEmulated } from '../service.ts';
import { invalidParameter } from './errors.ts';
import type { SecretValue } from './secret.ts';

/** Members that several operations share. Lengths as in the AWS Secrets Manager API Reference. */
export const members = {
  secretId: z.string().min(1).max(2048),
  name: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[A-Za-z0-9/_+=.@-]+$/),
  token: z.string().min(32).max(64).optional(),
  text: z.string().max(2048).optional(),
  stage: z.string().min(1).max(256),
  tags: z.array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) })).optional(),
  filters: z
    .array(
      z.object({
        Key: z.enum(['name', 'description', 'tag-key', 'tag-value']),
        Values: z.array(z.string().max(512)).min(1).max(10),
      }),
    )
    .max(10)
    .optional(),
};

const maxValueBytes = 65_536;

/** `SecretString` and `SecretBinary`, to spread into an operation's members. */
export const valueMembers = {
  SecretString: z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= maxValueBytes)
    .optional(),
  SecretBinary: z
    .base64()
    .min(1)
    .refine((text) => Buffer.byteLength(text, 'base64') <= maxValueBytes)
    .optional(),
};

/** @throws InvalidParameterException for both kinds of value. */
export function readValue(input: {
  SecretString?: string | undefined;
  SecretBinary?: string | undefined;
}): SecretValue | undefined {
  const { SecretString, SecretBinary } = input;
  if (SecretString !== undefined && SecretBinary !== undefined)
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  if (SecretString !== undefined) return { SecretString };
  return SecretBinary === undefined ? undefined : { SecretBinary };
}

/**
 * The input of one operation. No message quotes a value: it may be the secret.
 *
 * @throws SerializationException for a wrong JSON type, ValidationException for a value out of bounds,
 *   NotEmulatedException for a member the laptop leaves out.
 */
export function readInput<Shape extends z.ZodRawShape>(shape: Shape, input: object) {
  const given = Object.entries(input).filter(([, value]) => value !== null);
  const { data, error } = z.strictObject(shape).safeParse(Object.fromEntries(given));
  if (!error) return data;
  const issue = error.issues[0]!;
  if (issue.code === 'unrecognized_keys') throw notEmulated('secretsmanager', `the member ${issue.keys.join(', ')}`);
  const member = issue.path.join('.');
  const isMissing = !Object.hasOwn(Object.fromEntries(given), String(issue.path[0]));
  if (issue.code === 'invalid_type' && !isMissing)
    throw new AwsError('SerializationException', `${member} is not of type ${issue.expected}.`);
  throw new AwsError('ValidationException', `1 validation error detected: Value at '${member}' failed: ${issue.code}`);
}
