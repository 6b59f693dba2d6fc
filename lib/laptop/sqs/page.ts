import { invalidParameter } from './errors.ts';
import { within } from './input.ts';

const maxResults = 1000;

/**
 * One page of names in order. The token is the last name of the page before. SQS API reference, `ListQueues`: up to
 * 1,000 results, and a token comes back only when `MaxResults` was given.
 */
export function takePage(names: string[], input: { MaxResults?: number | undefined; NextToken?: string | undefined }) {
  const limit = within(input.MaxResults, 'MaxResults', 1, maxResults, maxResults);
  const after = input.NextToken === undefined ? '' : readToken(input.NextToken);
  const rest = names.filter((name) => name > after).sort();
  const page = rest.slice(0, limit);
  const more = input.MaxResults !== undefined && rest.length > limit;
  return { page, nextToken: more ? Buffer.from(`after/${page.at(-1)}`).toString('base64') : undefined };
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith('after/')) throw invalidParameter('Invalid or expired next token.');
  return text.slice('after/'.length);
}
