// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders of Fn::Sub
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readAssembly } from '../../../../lib/laptop/assembly/assembly.ts';
import type { Template } from '../../../../lib/laptop/assembly/stacks.ts';

export const env = { region: 'eu-central-1', account: '000000000000', queueUrlBase: 'http://127.0.0.1:4566' };

export const assetKey = 'bbc2fa0c7122823ee6791e68e8d0099a448e7e1a746f4f305e75a2e9b4caa5a8';

/** A `cdk.out` with these stacks and one asset, as CDK lays it out; removed after the test. */
export function writeAssembly(stacks: Record<string, Template>): string {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-assembly-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, `asset.${assetKey}`));
  const artifacts = Object.keys(stacks).flatMap((name) => [
    [`${name}.assets`, { type: 'cdk:asset-manifest', properties: { file: `${name}.assets.json` } }],
    [name, { type: 'aws:cloudformation:stack', properties: { templateFile: `${name}.template.json` } }],
  ]);
  writeJson(folder, 'manifest.json', { version: '55.0.0', artifacts: Object.fromEntries([...artifacts, tree]) });
  for (const [name, template] of Object.entries(stacks)) {
    writeJson(folder, `${name}.assets.json`, assetManifest);
    writeJson(folder, `${name}.template.json`, template);
  }
  return folder;
}

/** The assembly of one stack, `hub`, with these resources. */
export const readStack = (Resources: NonNullable<Template['Resources']>, rest: Template = {}) =>
  readAssembly(writeAssembly({ hub: { Resources, ...rest } }), env);

const tree = ['Tree', { type: 'cdk:tree', properties: { file: 'tree.json' } }];
const assetManifest = {
  version: '55.0.0',
  files: {
    [assetKey]: {
      source: { path: `asset.${assetKey}`, packaging: 'zip' },
      destinations: { here: { bucketName: 'assets', objectKey: `${assetKey}.zip` } },
    },
  },
};

function writeJson(folder: string, name: string, value: unknown): void {
  writeFileSync(join(folder, name), JSON.stringify(value));
}

/** A function with this environment, and its role. */
export const functionWith = (Variables: Record<string, unknown>) => ({
  Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'hub-role' } },
  Shop: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: 'hub-shop',
      Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}' }, S3Key: `${assetKey}.zip` },
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Runtime: 'nodejs24.x',
      Environment: { Variables },
    },
  },
});

/** What a value of a function's environment resolves to, beside these resources. */
export function resolved(value: unknown, resources: NonNullable<Template['Resources']> = {}, rest: Template = {}) {
  const { functions } = readStack({ ...resources, ...functionWith({ VALUE: value }) }, rest);
  return functions[0]?.environment.VALUE;
}
