import { describe, expect, test } from 'vitest';
import type { PolicyStatement } from '../../../../lib/laptop/assembly/roles.ts';
import { type Call, compileRole, evaluate } from '../../../../lib/laptop/iam/evaluate.ts';
import cases from './evaluate.cases.json' with { type: 'json' };
import refused from './refused-policies.json' with { type: 'json' };

type Case = {
  name: string;
  statements: PolicyStatement[];
  call: Omit<Call, 'context'> & { context?: Record<string, string | string[]> };
  result: string;
  by?: number;
  condition?: string;
};

/** The statements of a role with one policy. */
const roleWith = (statements: PolicyStatement[] | PolicyStatement) =>
  compileRole({
    name: 'hub',
    policies: [{ name: 'main', document: { Version: '2012-10-17', Statement: statements as PolicyStatement[] } }],
    managedPolicyArns: [],
  });

const lowerCase = (context: Record<string, string | string[]> = {}) =>
  Object.fromEntries(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));

describe('a decision', () => {
  test.each(cases as unknown as Case[])('$name', ({ statements, call, result, by, condition }) => {
    const decision = evaluate(roleWith(statements), { ...call, context: lowerCase(call.context) });

    const told = {
      result: decision.result,
      by: by !== undefined && 'by' in decision ? decision.by.index : undefined,
      condition:
        condition !== undefined && 'condition' in decision
          ? `${decision.condition.operator} ${decision.condition.key}`
          : undefined,
    };
    expect(told).toEqual({ result, by, condition });
  });

  test('has cases that differ by name', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });
});

describe('what the evaluator does not know', () => {
  test.each(refused as unknown as { name: string; statement: PolicyStatement; message: string }[])(
    'is refused with its place: $name',
    ({ statement, message }) => {
      expect(() => roleWith(statement)).toThrow(message);
    },
  );

  test("is refused: a managed policy of AWS's own", () => {
    const role = { name: 'hub', policies: [], managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] };

    expect(() => compileRole(role)).toThrow(
      '[syncline] [laptop] role hub: managed policy arn:aws:iam::aws:policy/AdministratorAccess is not emulated',
    );
  });
});

test('ten thousand decisions over the statements of a deliver function take less than 50 ms', () => {
  const arn = 'arn:aws:dynamodb:eu-central-1:000000000000:table/ledger';
  const allow = (Action: string[], Resource: string, Condition = {}): PolicyStatement => ({
    ...{ Effect: 'Allow', Action, Resource, Condition },
  });
  const statements = roleWith([
    allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:SendMessage'], 'arn:aws:sqs:eu-central-1:000000000000:q'),
    allow(['secretsmanager:GetSecretValue'], 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:shop-??????'),
    allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::bucket/bodies/*'),
    allow(['dynamodb:PutItem', 'dynamodb:Query'], arn, {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['flow#*'] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    }),
  ]);
  const call = { action: 'dynamodb:PutItem', resource: arn, context: { 'dynamodb:leadingkeys': ['flow#shop#1'] } };
  const decideOften = () => {
    const startedAt = performance.now();
    for (let count = 0; count < 10_000; count += 1) evaluate(statements, call);
    return performance.now() - startedAt;
  };

  const fastestMs = Math.min(...Array.from({ length: 5 }, decideOften));

  expect(evaluate(statements, call).result).toBe('allowed');
  expect(fastestMs).toBeLessThan(50);
});
