import { invalidParameter } from './errors.ts';
import type { Secret } from './secret.ts';

export type Filter = { Key: 'name' | 'description' | 'tag-key' | 'tag-value'; Values: string[] };

/**
 * One page of the secrets that match every filter, in the order they were created.
 *
 * @throws InvalidParameterException for a token that is not ours.
 */
export function pageOf(
  secrets: Secret[],
  options: { filters?: Filter[] | undefined; size: number; token?: string | undefined; newestFirst?: boolean },
) {
  const matching = secrets
    .filter((secret) => (options.filters ?? []).every((filter) => matches(secret, filter)))
    .sort((one, other) => one.createdAtEpochMs - other.createdAtEpochMs || (one.name < other.name ? -1 : 1));
  if (options.newestFirst) matching.reverse();
  const start = options.token === undefined ? 0 : readToken(options.token);
  const end = start + options.size;
  return { secrets: matching.slice(start, end), ...(end < matching.length && { NextToken: `from-${end}` }) };
}

function readToken(token: string): number {
  const start = /^from-(\d{1,9})$/.exec(token)?.[1];
  if (start === undefined) throw invalidParameter('Invalid NextToken.');
  return Number(start);
}

/**
 * A value matches the beginning of a word's text, `!` before it turns it around. Names and tags are case-sensitive,
 * descriptions are not.
 *
 * @see AWS Secrets Manager API Reference, Filter
 */
function matches(secret: Secret, { Key, Values }: Filter): boolean {
  const texts = textsOf[Key](secret);
  const starts = (prefix: string) =>
    texts.some((text) => text.startsWith(Key === 'description' ? prefix.toLowerCase() : prefix));
  return Values.some((value) => (value.startsWith('!') ? !starts(value.slice(1)) : starts(value)));
}

const textsOf: Record<Filter['Key'], (secret: Secret) => string[]> = {
  name: ({ name }) => [name],
  description: ({ description = '' }) => [description.toLowerCase(), ...description.toLowerCase().split(/\s+/)],
  'tag-key': ({ tags }) => tags.map(({ Key }) => Key),
  'tag-value': ({ tags }) => tags.map(({ Value }) => Value),
};
