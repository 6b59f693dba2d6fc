import { Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Accepts findings of the built-in validation or cdk-nag below a construct, each by its full id and with its reason. */
export function acknowledge(scope: Construct, findings: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(findings)) Validations.of(scope).acknowledge({ id, reason });
}
