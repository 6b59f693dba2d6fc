/** Whether a text fits. */
export type Pattern = (text: string) => boolean;

/** `*` stands for any number of characters, `?` for one. */
export const wildcard = (pattern: string): Pattern => matcher(pattern, (text) => globOf(text, '.'));

/**
 * An ARN of a policy's `Resource`: a wildcard in its first five parts does not reach over a colon, save for a `*` at the end
 * of a part.
 *
 * @see IAM User Guide, "IAM JSON policy elements: Resource"
 */
export const arnPattern = (pattern: string): Pattern =>
  matcher(pattern, (text) =>
    byParts(text, (part) => (part.endsWith('*') ? `${globOf(part.slice(0, -1), '[^:]')}.*` : globOf(part, '[^:]'))),
  );

/** An ARN of `ArnLike`: no wildcard in its first five parts reaches over a colon. */
export const arnLike = (pattern: string): Pattern =>
  matcher(pattern, (text) => byParts(text, (part) => globOf(part, '[^:]')));

/** Most patterns are plain texts; those are compared, not searched. */
function matcher(pattern: string, toExpression: (pattern: string) => string): Pattern {
  if (pattern === '*') return () => true;
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  const expression = new RegExp(`^${toExpression(pattern)}$`, 's');
  return (text) => expression.test(text);
}

/** The sixth part of an ARN, the resource, may hold colons of its own. */
function byParts(arn: string, toExpression: (part: string) => string): string {
  const parts = arn.split(':');
  const resource = parts.length > 5 ? [globOf(parts.slice(5).join(':'), '.')] : [];
  return [...parts.slice(0, 5).map(toExpression), ...resource].join(':');
}

const globOf = (glob: string, character: string) =>
  glob
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', `${character}*`)
    .replaceAll('?', character);
