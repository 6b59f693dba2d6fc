import { type Environment, type Resource, readResources } from '../assembly/resources.ts';
import type { PolicyDocument, RoleDefinition } from '../assembly/roles.ts';
import { readRoles } from '../assembly/roles.ts';
import { readStacks, type Stack } from '../assembly/stacks.ts';
import { readConstructPaths } from './construct-paths.ts';

/** A role, with where in the code it and its policies come from. */
export type IamRole = Omit<RoleDefinition, 'policies'> & {
  /** The construct's path: `<stack>/<construct>/…`. @default the role's name */
  path?: string;
  policies: { name: string; document: PolicyDocument; path?: string }[];
};

/**
 * The roles of an assembly, as AWS would have them.
 *
 * There the `Ref` of a secret is its whole ARN with the six random characters at its end; in the assembly it ends with
 * the name. In policies of roles it is completed here by `-??????`, so that such a policy fits that secret alone, and an
 * ARN that somebody wrote without the six characters fits none, as on AWS.
 *
 * @throws Error as `readAssembly` does.
 */
export function readIamRoles(folder: string, env: Environment): IamRole[] {
  const resources = readResources(readStacks(folder).map(withWholeSecretArns), env);
  const pathOf = readConstructPaths(folder);
  const policies = resources.all('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy');
  return readRoles(resources).map((role) => {
    const own = resources.all('AWS::IAM::Role').find(({ name }) => name === role.name);
    const path = own ? pathOf(own) : role.name;
    const pathOfPolicy = (name: string) => {
      const policy = policies.find((each) => nameOf(each) === name);
      return policy ? pathOf(policy) : path;
    };
    return { ...role, path, policies: role.policies.map((policy) => ({ ...policy, path: pathOfPolicy(policy.name) })) };
  });
}

const nameOf = (policy: Resource) => policy.get('PolicyName') ?? policy.get('ManagedPolicyName') ?? policy.logicalId;

function withWholeSecretArns(stack: Stack): Stack {
  const resources = Object.entries(stack.template.Resources ?? {});
  const secrets = new Set(resources.flatMap(([id, { Type }]) => (Type === 'AWS::SecretsManager::Secret' ? [id] : [])));
  const complete = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(complete);
    if (secrets.has(idReferredTo(value))) return { 'Fn::Join': ['', [value, '-??????']] };
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, complete(member)]));
  };
  const completed = resources.map(([id, resource]) => {
    const isPolicy = /^AWS::IAM::/.test(resource.Type);
    return [id, isPolicy ? { ...resource, Properties: complete(resource.Properties ?? {}) } : resource] as const;
  });
  return { ...stack, template: { ...stack.template, Resources: Object.fromEntries(completed) as never } };
}

/** `{ Ref: id }`, or the attribute `Id`, which is the ARN too. */
function idReferredTo(value: object): string {
  const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: string | string[] };
  const [id, name] = typeof attribute === 'string' ? attribute.split('.') : (attribute ?? []);
  return Ref ?? (name === 'Id' ? (id ?? '') : '');
}
