import type { PolicyDocument, PolicyStatement, RoleDefinition } from '../assembly/roles.ts';
import { type Condition, type Context, compileCondition } from './conditions.ts';
import { arnPattern, type Pattern, wildcard } from './patterns.ts';

/** One action on one resource. */
export type Call = {
  /** As AWS spells it: `sqs:SendMessage`. */
  action: string;
  resource: string;
  context: Context;
};

/** A statement of a role, ready to be held against calls. */
export type Statement = {
  readonly role: string;
  readonly policy: string;
  /** Its place in the policy, from 0. */
  readonly index: number;
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  /** As the policy gives them; `not …` for the inverted elements. */
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly Condition[];
  /** Takes the action in lower case: IAM does not tell cases apart. */
  readonly matchesAction: Pattern;
  readonly matchesResource: Pattern;
};

export type Decision =
  | { result: 'allowed'; by: Statement }
  | { result: 'explicit-deny'; by: Statement }
  /** A statement allows it but for a condition: the first of these. */
  | { result: 'condition-failed'; by: Statement; condition: Condition }
  | { result: 'no-statement' };

/**
 * Decides by a role's identity policies: a Deny wins over every Allow, and without an Allow nothing is allowed.
 *
 * @see IAM User Guide, "Policy evaluation logic"
 */
export function evaluate(statements: readonly Statement[], call: Call): Decision {
  const action = call.action.toLowerCase();
  let decision: Decision = { result: 'no-statement' };
  for (const by of statements) {
    if (!by.matchesAction(action) || !by.matchesResource(call.resource)) continue;
    const condition = by.conditions.find((each) => !each.holds(call.context));
    if (!condition) {
      if (by.effect === 'Deny') return { result: 'explicit-deny', by };
      if (decision.result !== 'allowed') decision = { result: 'allowed', by };
    } else if (by.effect === 'Allow' && decision.result === 'no-statement') {
      decision = { result: 'condition-failed', by, condition };
    }
  }
  return decision;
}

/**
 * The statements of all policies of a role.
 *
 * @throws Error that names role, policy and statement, for a managed policy whose statements are not in the assembly, and
 * for what the evaluator does not know: elements, condition operators, policy variables.
 */
export function compileRole(role: Pick<RoleDefinition, 'name' | 'policies' | 'managedPolicyArns'>): Statement[] {
  const [managed] = role.managedPolicyArns;
  if (managed) throw new Error(`[syncline] [laptop] role ${role.name}: managed policy ${managed} is not emulated`);
  return role.policies.flatMap(({ name, document }) =>
    statementsOf(document).map((statement, index) => {
      try {
        return compileStatement(statement, { role: role.name, policy: name, index });
      } catch (error) {
        const where = `role ${role.name}, policy ${name}, statement ${statement.Sid ?? index}`;
        throw new Error(`[syncline] [laptop] ${where}: ${(error as Error).message}`, { cause: error });
      }
    }),
  );
}

const ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];

function compileStatement(statement: PolicyStatement, at: Pick<Statement, 'role' | 'policy' | 'index'>): Statement {
  const unknown = Object.keys(statement).find((element) => !ELEMENTS.includes(element));
  if (unknown) throw new Error(`element ${unknown} is not emulated`);
  if (JSON.stringify(statement).includes('$' + '{')) throw new Error('policy variables are not emulated');
  const { Sid, Effect, Condition = {} } = statement;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw new Error(`Effect ${Effect} is neither Allow nor Deny`);
  const [actions, matchesAction] = compileElement(statement, 'Action', (text) => wildcard(text.toLowerCase()));
  const [resources, matchesResource] = compileElement(statement, 'Resource', arnPattern);
  const conditions = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, expected]) => compileCondition(operator, key, textsOf(expected))),
  );
  const sid = Sid !== undefined && { sid: Sid };
  return { ...at, ...sid, effect: Effect, actions, resources, conditions, matchesAction, matchesResource };
}

/** An element or its inversion: exactly one of the two must be there. */
function compileElement(
  statement: PolicyStatement,
  element: 'Action' | 'Resource',
  compile: (text: string) => Pattern,
): [string[], Pattern] {
  const { [element]: given, [`Not${element}` as const]: inverted } = statement;
  if ((given === undefined) === (inverted === undefined)) throw new Error(`needs either ${element} or Not${element}`);
  const texts = textsOf(given ?? inverted);
  const patterns = texts.map(compile);
  const matches: Pattern = (text) => patterns.some((pattern) => pattern(text));
  if (given !== undefined) return [texts, matches];
  return [texts.map((text) => `not ${text}`), (text) => !matches(text)];
}

const statementsOf = ({ Statement }: PolicyDocument) => [Statement].flat();

const textsOf = (value: unknown): string[] => [value].flat().map(String);
