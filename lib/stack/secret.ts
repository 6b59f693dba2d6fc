import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import { acknowledge } from './acknowledge.ts';
import { removalPolicyOf } from './removal-policy.ts';

/** A secret without a value: CDK's own `Secret` would invent one, and then a forger's would be as good as the vendor's. */
export function emptySecret(scope: Construct, name: string, description: string, stage: Stage): CfnSecret {
  const secret = new CfnSecret(scope, `Secret-${name.split('/').at(-1)}`, { name, description });
  secret.applyRemovalPolicy(removalPolicyOf(stage));
  acknowledge(secret, {
    'AwsSolutions-SMG4':
      'The value belongs to the vendor and is set by "syncline secrets set"; rotation starts at the vendor.',
  });
  return secret;
}
