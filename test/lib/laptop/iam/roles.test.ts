import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readIamRoles } from '../../../../lib/laptop/iam/roles.ts';
import { env, writeAssembly } from '../assembly/setup.ts';

const secretArn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:hub/shop';

const role = { Type: 'AWS::IAM::Role', Metadata: { 'aws:cdk:path': 'hub/Shop/Role/Resource' }, Properties: {} };
const secret = { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'hub/shop' } };

/** The roles of a stack with a secret, a role and a policy on this resource. */
function rolesWith(Resource: unknown, metadata: object = {}) {
  const Statement = [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource }];
  const Properties = { PolicyName: 'Own', PolicyDocument: { Statement }, Roles: [{ Ref: 'Role' }] };
  const policy = { Type: 'AWS::IAM::Policy', Properties, ...metadata };
  return readIamRoles(writeAssembly({ hub: { Resources: { Secret: secret, Role: role, Policy: policy } } }), env);
}

const resourceOf = (roles: ReturnType<typeof rolesWith>) => roles[0]?.policies[0]?.document.Statement[0]?.Resource;

describe("a secret's ARN in a policy", () => {
  test.each([
    ['its Ref', { Ref: 'Secret' }, `${secretArn}-??????`],
    ['its attribute Id', { 'Fn::GetAtt': ['Secret', 'Id'] }, `${secretArn}-??????`],
    ['its attribute Id in one text', { 'Fn::GetAtt': 'Secret.Id' }, `${secretArn}-??????`],
    ['its Ref within a text', { 'Fn::Join': ['', [{ Ref: 'Secret' }, '*']] }, `${secretArn}-??????*`],
    ['a text, which stays as it was written', secretArn, secretArn],
    ['the Ref of something else', { Ref: 'AWS::Region' }, 'eu-central-1'],
  ])('given by %s', (_how, given, expected) => {
    expect(resourceOf(rolesWith(given))).toBe(expected);
  });
});

describe('the construct of a policy', () => {
  test('is the path that CDK noted', () => {
    const [read] = rolesWith('*', { Metadata: { 'aws:cdk:path': 'hub/Shop/Role/DefaultPolicy/Resource' } });

    expect(read?.path).toBe('hub/Shop/Role');
    expect(read?.policies[0]?.path).toBe('hub/Shop/Role/DefaultPolicy');
  });

  test('is the path that CDK noted beside the template', () => {
    const folder = writeAssembly({ hub: { Resources: { Role: { Type: 'AWS::IAM::Role', Properties: {} } } } });
    const artifacts = {
      hub: {
        type: 'aws:cloudformation:stack',
        properties: { templateFile: 'hub.template.json' },
        additionalMetadataFile: 'hub.metadata.json',
      },
    };
    const metadata = { '/hub/Shop/Role/Resource': [{ type: 'aws:cdk:logicalId', data: 'Role' }] };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts }));
    writeFileSync(join(folder, 'hub.metadata.json'), JSON.stringify(metadata));

    expect(readIamRoles(folder, env)[0]?.path).toBe('hub/Shop/Role');
  });

  test('is stack and logical id where CDK noted none', () => {
    expect(rolesWith('*')[0]?.policies[0]?.path).toBe('hub/Policy');
  });

  test("is the role's for an inline policy", () => {
    const Policies = [{ PolicyName: 'Inline', PolicyDocument: { Statement: [] } }];
    const inline = { ...role, Properties: { Policies } };

    const [read] = readIamRoles(writeAssembly({ hub: { Resources: { Role: inline } } }), env);

    expect(read?.policies).toMatchObject([{ name: 'Inline', path: 'hub/Shop/Role' }]);
  });
});
