import { AwsError, notEmulated } from '../service.ts';

const members = ['ConditionExpression', 'FilterExpression', 'KeyConditionExpression', 'UpdateExpression'];

/** dynalite's parser takes four times as long for each level: at eight levels seconds, in which nobody else is served. */
const maxDepth = 5;

/**
 * Refuses expressions that dynalite's parser would hang on, before it sees them.
 *
 * @throws ValidationException for parentheses that do not match, NotEmulatedException for more than five in each other.
 */
export function checkExpressions(input: Readonly<Record<string, unknown>>): void {
  for (const member of members) {
    const expression = input[member];
    if (typeof expression === 'string') checkParentheses(member, expression);
  }
}

function checkParentheses(member: string, expression: string): void {
  let [depth, deepest, lowest] = [0, 0, 0];
  for (const character of expression) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    deepest = Math.max(deepest, depth);
    lowest = Math.min(lowest, depth);
  }
  if (depth !== 0 || lowest < 0)
    throw new AwsError('ValidationException', `Invalid ${member}: Syntax error; the parentheses do not match`);
  if (deepest > maxDepth) throw notEmulated('dynamodb', `a ${member} of more than ${maxDepth} nested parentheses`);
}
