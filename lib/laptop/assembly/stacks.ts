import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A CloudFormation template, as far as it is read. */
export type Template = {
  Parameters?: Record<string, { Type: string; Default?: unknown }>;
  Conditions?: Record<string, unknown>;
  Resources?: Record<string, { Type: string; Properties?: Record<string, unknown>; Condition?: string }>;
  Outputs?: Record<string, { Value: unknown; Export?: { Name: unknown }; Condition?: string }>;
};

export type Stack = {
  name: string;
  template: Template;
  /** Absolute path of each file asset of the assembly, by the S3 key that the templates give. */
  assets: ReadonlyMap<string, string>;
};

type Artifact = { type: string; properties?: { templateFile?: string; file?: string; stackName?: string } };
type AssetManifest = {
  files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>;
};

/** The stacks of a `cdk.out`, in the order of its manifest. */
export function readStacks(folder: string): Stack[] {
  const manifest = readJson<{ artifacts?: Record<string, Artifact> }>(join(folder, 'manifest.json'));
  const artifacts = Object.entries(manifest.artifacts ?? {});
  const assets = new Map(
    artifacts.filter(isAssetManifest).flatMap(([, { properties }]) => readAssets(folder, properties?.file ?? '')),
  );
  const nested = artifacts.find(([, { type }]) => type === 'cdk:cloud-assembly');
  if (nested) throw new Error(`[syncline] [laptop] ${nested[0]}: a CDK Stage is not emulated`);
  return artifacts.filter(isStack).map(([id, { properties }]) => ({
    name: properties?.stackName ?? id,
    template: readJson<Template>(join(folder, properties?.templateFile ?? '')),
    assets,
  }));
}

const isStack = ([, { type }]: [string, Artifact]) => type === 'aws:cloudformation:stack';
const isAssetManifest = ([, { type }]: [string, Artifact]) => type === 'cdk:asset-manifest';

function readAssets(folder: string, file: string): [string, string][] {
  const { files = {} } = readJson<AssetManifest>(join(folder, file));
  return Object.values(files).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(({ objectKey }): [string, string] => [objectKey, join(folder, source.path ?? '')]),
  );
}

function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (cause) {
    throw new Error(`[syncline] [laptop] ${file} cannot be read: is the folder a synthesized assembly?`, { cause });
  }
}
