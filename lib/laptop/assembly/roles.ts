import type { Resource, Resources } from './resources.ts';

/** An IAM policy document with resolved values; members as IAM spells them. */
export type PolicyDocument = { Version?: string; Statement: PolicyStatement[] };
export type PolicyStatement = {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, unknown>>;
};

export type RoleDefinition = {
  name: string;
  arn: string;
  /** Inline policies, attached `AWS::IAM::Policy` and managed policies of the assembly. */
  policies: { name: string; document: PolicyDocument }[];
  /** Managed policies whose documents are not in the assembly: AWS's own. */
  managedPolicyArns: string[];
};

type InlinePolicy = { PolicyName: string; PolicyDocument: PolicyDocument };

export function readRoles(resources: Resources): RoleDefinition[] {
  return resources.all('AWS::IAM::Role').map((role) => {
    const arns = (role.get('ManagedPolicyArns') ?? []) as string[];
    const managed = resources.all('AWS::IAM::ManagedPolicy');
    const attached = managed.filter((policy) => arns.includes(policy.ref) || namesRole(policy, role));
    const own = resources.all('AWS::IAM::Policy').filter((policy) => namesRole(policy, role));
    return {
      name: role.name,
      arn: role.attribute('Arn'),
      policies: [...readInline(role), ...own.map(readPolicy), ...attached.map(readPolicy)],
      managedPolicyArns: arns.filter((arn) => !managed.some((policy) => policy.ref === arn)),
    };
  });
}

const namesRole = (policy: Resource, role: Resource) => ((policy.get('Roles') ?? []) as string[]).includes(role.name);

function readInline(role: Resource) {
  const policies = (role.get('Policies') ?? []) as InlinePolicy[];
  return policies.map(({ PolicyName, PolicyDocument }) => ({ name: PolicyName, document: PolicyDocument }));
}

function readPolicy(policy: Resource) {
  const name = String(policy.get('PolicyName') ?? policy.get('ManagedPolicyName') ?? policy.logicalId);
  return { name, document: policy.get('PolicyDocument') as PolicyDocument };
}
