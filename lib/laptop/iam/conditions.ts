import { arnLike, type Pattern, wildcard } from './patterns.ts';

/** What is known of a call beside action and resource. Names in lower case; an empty list is as good as none. */
export type Context = Readonly<Record<string, string | readonly string[] | undefined>>;

export type Condition = {
  /** As the policy spells them. */
  operator: string;
  key: string;
  holds(context: Context): boolean;
};

type Operator = {
  /** Whether a value of the call fits one of the policy's. */
  fits(expected: string): Pattern;
  /** `…Not…`: no value of the policy may fit, and a key that is absent is none that fits. */
  negated?: true;
};

const equals =
  (expected: string): Pattern =>
  (value) =>
    value === expected;
const equalsBool = (expected: string): Pattern => equals(expected.toLowerCase());
const number =
  (compare: (value: number, expected: number) => boolean) =>
  (expected: string): Pattern =>
  (value) =>
    compare(Number(value), Number(expected));

const operators: Record<string, Operator> = {
  StringEquals: { fits: equals },
  StringNotEquals: { fits: equals, negated: true },
  StringLike: { fits: wildcard },
  StringNotLike: { fits: wildcard, negated: true },
  // IAM takes wildcards in both.
  ArnEquals: { fits: arnLike },
  ArnLike: { fits: arnLike },
  ArnNotEquals: { fits: arnLike, negated: true },
  ArnNotLike: { fits: arnLike, negated: true },
  Bool: { fits: equalsBool },
  NumericEquals: { fits: number((value, expected) => value === expected) },
  NumericNotEquals: { fits: number((value, expected) => value === expected), negated: true },
  NumericLessThan: { fits: number((value, expected) => value < expected) },
  NumericLessThanEquals: { fits: number((value, expected) => value <= expected) },
  NumericGreaterThan: { fits: number((value, expected) => value > expected) },
  NumericGreaterThanEquals: { fits: number((value, expected) => value >= expected) },
};

const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/;

/**
 * One line of a policy's `Condition`.
 *
 * @throws Error that names an operator which is not known: a condition that nobody checks is worse than none.
 * @see IAM User Guide, "IAM JSON policy elements: Condition operators"
 */
export function compileCondition(operator: string, key: string, expected: readonly string[]): Condition {
  const name = key.toLowerCase();
  const valuesOf = (context: Context) => {
    const value = context[name] ?? [];
    return typeof value === 'string' ? [value] : value;
  };
  if (operator === 'Null') {
    const absent = expected.map((value) => value.toLowerCase() === 'true');
    return { operator, key, holds: (context) => absent.includes(valuesOf(context).length === 0) };
  }
  const [, set, base = '', ifExists] = OPERATOR.exec(operator)!;
  const known = Object.hasOwn(operators, base) ? operators[base] : undefined;
  if (!known) throw new Error(`condition operator ${operator} is not emulated`);
  const { negated = false } = known;
  const tests = expected.map(known.fits);
  const passes: Pattern = (value) => tests.some((test) => test(value)) !== negated;
  const whenAbsent = ifExists !== undefined || set === 'ForAllValues' || (set === undefined && negated);
  const needsAll = set === 'ForAllValues' || (set === undefined && negated);
  return {
    operator,
    key,
    holds(context) {
      const values = valuesOf(context);
      if (values.length === 0) return whenAbsent;
      return needsAll ? values.every(passes) : values.some(passes);
    },
  };
}
