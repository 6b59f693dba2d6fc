/** Checking of the options that a connector takes when it is configured. */
import * as z from 'zod/mini';
import type { EventType } from '../../core/source.ts';

/** The option `types`: at least one event type of one's own, each with a sample for `syncline send`. */
export const EventTypes = z
  .record(
    z.string().check(z.minLength(1)),
    z.looseObject({
      shape: z.enum(['state', 'delta', 'hint']),
      sample: z.custom<EventType['sample']>((value) => typeof value === 'function'),
    }),
  )
  .check(z.refine((types) => Object.keys(types).length > 0));
export const EVENT_TYPES_RIGHT = "an object like { 'order.shipped': { shape: 'state', sample: () => ({ … }) } }";

/**
 * Checks options where they are written down, so that a typo is an error at once.
 *
 * @param right For each option, in words, what it may be.
 * @returns The options with their defaults.
 * @throws Error `[syncline] [<kind>] …` with the option, the value given and what would be right.
 */
export function checkOptions<Schema extends z.core.$ZodType>(
  kind: string,
  schema: Schema,
  right: Readonly<Record<string, string>>,
  given: unknown,
): z.output<Schema> {
  const result = z.safeParse(schema, given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => describe(issue, right, given));
  throw new Error(`[syncline] [${kind}] ${problems.join('; ')}`);
}

function describe(issue: z.core.$ZodIssue, right: Readonly<Record<string, string>>, given: unknown): string {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => `'${[...path, key].join('.')}'`).join(', ');
    return `there is no option ${names}: options are ${Object.keys(right).join(', ')}`;
  }
  if (path.length === 0) return `the options must be an object, not ${show(given)}`;
  const option = right[path.join('.')] ? path.join('.') : (path[0] ?? '');
  return `option '${option}' must be ${right[option]}, not ${show(valueAt(given, option.split('.')))}`;
}

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], value);

const show = (value: unknown) => (JSON.stringify(value) ?? String(value)).slice(0, 100);
