import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** A statement of a function's own policy. */
export const allow = (actions: string[], resources: string[], conditions: Record<string, object> = {}) =>
  new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions });
