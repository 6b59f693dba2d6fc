import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** Limits a statement to items of a table by their partition keys; patterns may hold `*`. */
export const onKeys = (...patterns: string[]) => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns },
  // ForAllValues alone also holds for a request without keys.
  Null: { 'dynamodb:LeadingKeys': 'false' },
});

/** A statement of a function's own policy. */
export const allow = (actions: string[], resources: string[], conditions: Record<string, object> = {}) =>
  new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions });
